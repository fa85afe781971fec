/** All sources, however many pages of the API they take. */

import { address } from "../shared/address";
import { type Answer, type Load, useAnswer } from "./answers";
import { ask } from "./fetching";
import type { SourcePage } from "./types";

export const SOURCES = "/api/v1/sources";

const whole: Load = async (path, signal) => {
  const first = await ask<SourcePage>(path, { signal });
  const sources = [...first.sources];
  for (let next = first.next; next; ) {
    const page: SourcePage = await ask<SourcePage>(address(path, { cursor: next }), { signal });
    sources.push(...page.sources);
    next = page.next;
  }
  return { ...first, sources, next: null };
};

export function useSources(): Answer<SourcePage> {
  return useAnswer<SourcePage>(SOURCES, whole);
}
