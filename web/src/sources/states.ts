/** The states of sources as they are shown. */

import { SOURCES } from "../api/sources";
import type { SourceTold } from "../api/types";

/** In this order they are chosen from: what needs a person first. */
export const GROUPS = ["failing", "gone", "misconfigured", "quiet", "fine", "unvisited", "disabled"] as const;

export type Group = (typeof GROUPS)[number];

export function groupOf(source: SourceTold): Group {
  if (!source.enabled) return "disabled";
  if (source.state === "not visited" || source.state === "removed") return "unvisited";
  return source.state;
}

export function pathOf(source: string): string {
  return `${SOURCES}/${encodeURIComponent(source)}`;
}
