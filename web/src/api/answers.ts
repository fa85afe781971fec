/** Answers kept by their address: many components may show one, it is asked for once, and asked again when it fails. */

import { useCallback, useRef, useSyncExternalStore } from "react";
import { ask, Problem, pause } from "./fetching";

export interface Answer<T> {
  /** The newest answer there was, kept while a newer one is asked for or cannot be had. */
  data: T | undefined;
  problem: Problem | undefined;
  loading: boolean;
  /** When it is asked for again by itself, as a time in milliseconds. */
  retryAt: number | undefined;
  /** When `data` came. */
  at: number;
}

interface Entry {
  load: Load;
  answer: Answer<unknown>;
  listeners: Set<() => void>;
  tries: number;
  timer: ReturnType<typeof setTimeout> | undefined;
  asking: AbortController | undefined;
}

const NOTHING: Answer<never> = {
  data: undefined,
  problem: undefined,
  loading: false,
  retryAt: undefined,
  at: 0,
};
const FRESH_MS = 5_000;
const KEPT = 60;
const entries = new Map<string, Entry>();

export type Load = (path: string, signal: AbortSignal) => Promise<unknown>;

const plainly: Load = (path, signal) => ask(path, { signal });

/** The answer at an address of the API; none is asked for where it is null. `load` gets it where that takes more than
 * one request. */
export function useAnswer<T>(path: string | null, load: Load = plainly): Answer<T> {
  const subscribe = useCallback(
    (changed: () => void) => {
      if (path === null) return () => {};
      const entry = entryOf(path, load);
      entry.listeners.add(changed);
      if (Date.now() - entry.answer.at > FRESH_MS && !entry.timer) fetchInto(path, entry);
      return () => leave(path, entry, changed);
    },
    [path, load],
  );
  const read = useCallback(() => (path === null ? NOTHING : (entries.get(path)?.answer ?? LOADING)), [path]);
  return useSyncExternalStore(subscribe, read) as Answer<T>;
}

/** The same, with the last answer there was of another address until its own has come; `of` is the address that the
 * data answers. */
export function useLasting<T>(path: string): Answer<T> & { of: string } {
  const answer = useAnswer<T>(path);
  const last = useRef<{ data: T; of: string }>(undefined);
  if (answer.data !== undefined) last.current = { data: answer.data, of: path };
  const lasts = answer.data === undefined && !answer.problem && last.current;
  return lasts ? { ...answer, ...lasts } : { ...answer, of: path };
}

const LOADING: Answer<never> = { ...NOTHING, loading: true };

/** Ask again at once for whatever is shown whose address begins so. */
export function refresh(prefix = ""): void {
  for (const [path, entry] of entries) {
    if (!path.startsWith(prefix)) continue;
    if (entry.listeners.size) fetchInto(path, entry);
    else entries.delete(path);
  }
}

/** Put an answer that came another way, such as by the live stream, in the place of the kept one. */
export function put<T>(path: string, change: (old: T) => T): void {
  const entry = entries.get(path);
  if (entry?.answer.data === undefined) return;
  tell(entry, { ...entry.answer, data: change(entry.answer.data as T), at: Date.now() });
}

function entryOf(path: string, load: Load): Entry {
  let entry = entries.get(path);
  if (!entry) {
    entry = { load, answer: LOADING, listeners: new Set(), tries: 0, timer: undefined, asking: undefined };
    entries.set(path, entry);
  }
  return entry;
}

function leave(path: string, entry: Entry, changed: () => void): void {
  entry.listeners.delete(changed);
  if (entry.listeners.size) return;
  clearTimeout(entry.timer);
  entry.timer = undefined;
  entry.asking?.abort();
  entry.asking = undefined;
  if (entry.answer.data === undefined) entries.delete(path);
  for (const [old, kept] of entries) {
    if (entries.size <= KEPT) break;
    if (!kept.listeners.size) entries.delete(old);
  }
}

async function fetchInto(path: string, entry: Entry): Promise<void> {
  clearTimeout(entry.timer);
  entry.timer = undefined;
  entry.asking?.abort();
  const asking = new AbortController();
  entry.asking = asking;
  if (!entry.answer.loading) tell(entry, { ...entry.answer, loading: true });
  try {
    const data = await entry.load(path, asking.signal);
    entry.tries = 0;
    tell(entry, { data, problem: undefined, loading: false, retryAt: undefined, at: Date.now() });
  } catch (fault) {
    if (asking.signal.aborted) return;
    failed(path, entry, fault instanceof Problem ? fault : new Problem(0, String(fault)));
  } finally {
    if (entry.asking === asking) entry.asking = undefined;
  }
}

function failed(path: string, entry: Entry, problem: Problem): void {
  entry.tries += 1;
  const wait = problem.passing ? pause(entry.tries, problem.retryAfter) : undefined;
  if (wait !== undefined) entry.timer = setTimeout(() => fetchInto(path, entry), wait);
  const retryAt = wait === undefined ? undefined : Date.now() + wait;
  tell(entry, { ...entry.answer, problem, loading: false, retryAt });
}

function tell(entry: Entry, answer: Answer<unknown>): void {
  entry.answer = answer;
  for (const changed of entry.listeners) changed();
}

if (typeof window !== "undefined") {
  window.addEventListener("online", () => {
    for (const [path, entry] of entries) if (entry.timer) fetchInto(path, entry);
  });
}
