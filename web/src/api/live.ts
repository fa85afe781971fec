/** What changes while one looks: the stream of the API, or asking again now and then where there is none. */

import { useEffect, useSyncExternalStore } from "react";

export type Live = "connecting" | "live" | "polling" | "lost";
export type LiveEvent = "trends" | "reset" | "sources" | "workflows";

const KINDS: readonly LiveEvent[] = ["trends", "reset", "sources", "workflows"];
const POLL_MS = 10_000;
const TRIES = 3;

type Heard = (event: LiveEvent | "poll", data: unknown) => void;

const hearers = new Set<Heard>();
const watchers = new Set<() => void>();
let standing: Live = "connecting";
let stream: EventSource | undefined;
let polling: ReturnType<typeof setInterval> | undefined;
let failures = 0;

/** How what is shown is kept up to date. */
export function useLive(): Live {
  return useSyncExternalStore(
    (changed) => {
      watchers.add(changed);
      return () => watchers.delete(changed);
    },
    () => standing,
  );
}

/** Be told of events while mounted; `poll` says that it is time to look, as nobody tells us. */
export function useHeard(heard: Heard): void {
  useEffect(() => {
    hearers.add(heard);
    if (!stream && !polling) open();
    return () => {
      hearers.delete(heard);
    };
  }, [heard]);
}

function open(): void {
  stream = new EventSource("/api/v1/stream");
  stream.onopen = () => {
    failures = 0;
    stopPolling();
    be("live");
  };
  stream.onerror = () => lost();
  for (const kind of KINDS) {
    stream.addEventListener(kind, (event) => tell(kind, read((event as MessageEvent<string>).data)));
  }
}

/** Try the stream again now, as after a login. */
export function reconnect(): void {
  if (stream?.readyState === EventSource.OPEN) return;
  stream?.close();
  open();
}

/** The browser tries again by itself after a break, but never after an answer that is no stream. */
function lost(): void {
  failures += 1;
  const closed = stream?.readyState === EventSource.CLOSED;
  if (closed || failures >= TRIES) startPolling();
  be(polling ? "polling" : "lost");
  if (!closed) return;
  stream = undefined;
  setTimeout(() => !stream && open(), 60_000);
}

function startPolling(): void {
  polling ??= setInterval(() => document.visibilityState === "visible" && tell("poll", undefined), POLL_MS);
}

function stopPolling(): void {
  clearInterval(polling);
  polling = undefined;
}

function be(state: Live): void {
  standing = state;
  for (const changed of watchers) changed();
}

function tell(kind: LiveEvent | "poll", data: unknown): void {
  for (const heard of hearers) heard(kind, data);
}

function read(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}

if (typeof document !== "undefined") {
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && polling) tell("poll", undefined);
  });
}
