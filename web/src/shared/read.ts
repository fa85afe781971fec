/** What this reader has read: each trend with the number of its items at the time, so that what came since shows. */

import { useSyncExternalStore } from "react";
import { keep, kept } from "./kept";

const NAME = "read";
const MOST = 3000;
type Read = Readonly<Record<string, number>>;

const watchers = new Set<() => void>();
let read: Read = load();

function load(): Read {
  try {
    const found: unknown = JSON.parse(kept(NAME) ?? "{}");
    return found && typeof found === "object" && !Array.isArray(found) ? (found as Read) : {};
  } catch {
    return {};
  }
}

export function useRead(): Read {
  return useSyncExternalStore(
    (changed) => {
      watchers.add(changed);
      return () => watchers.delete(changed);
    },
    () => read,
  );
}

/** Mark a trend as read with so many items, or as unread. */
export function markRead(topic: string, items: number | null): void {
  if (items !== null && read[topic] === items) return;
  const { [topic]: _, ...rest } = read;
  const entries = Object.entries(rest).slice(items === null ? 0 : -(MOST - 1));
  read = Object.fromEntries(items === null ? entries : [...entries, [topic, items]]);
  keep(NAME, JSON.stringify(read));
  for (const changed of watchers) changed();
}

if (typeof window !== "undefined") {
  window.addEventListener("storage", (event) => {
    if (event.key !== NAME) return;
    read = load();
    for (const changed of watchers) changed();
  });
}
