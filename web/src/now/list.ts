/** The list of a moment, whole: its first page at once, what follows as soon as it is there. */

import { useMemo, useRef } from "react";
import { type Load, useAnswer } from "../api/answers";
import { ask, type Problem } from "../api/fetching";
import type { Trend, TrendPage } from "../api/types";
import { address } from "../shared/address";

export const FIRST = 100;
const MORE = 500;

export interface List {
  trends: readonly Trend[];
  at: string | null;
  /** Whether there is nothing more to come. */
  whole: boolean;
  /** The moment it was asked for; empty for now. */
  asOf: string;
}

export interface Listed {
  list: List | undefined;
  problem: Problem | undefined;
  retryAt: number | undefined;
  loading: boolean;
  /** Whether what is given is still the list of another moment. */
  pending: boolean;
}

export const LIST = "/api/v1/trends";

export function useList(asOf: string): Listed {
  const first = useAnswer<TrendPage>(address(LIST, { limit: FIRST, as_of: asOf }));
  const next = first.data?.next;
  const rest = useAnswer<Trend[]>(next ? address(LIST, { limit: MORE, cursor: next }) : null, following);
  const before = useRef<List>(undefined);
  const list = useMemo(() => joined(asOf, first.data, rest.data), [asOf, first.data, rest.data]);
  before.current = pick(before.current, list);
  return {
    list: before.current,
    problem: first.problem ?? rest.problem,
    retryAt: first.retryAt ?? rest.retryAt,
    loading: first.loading,
    pending: before.current?.asOf !== asOf,
  };
}

/** A list replaces the one that is shown when it is there, and as whole as that one. */
function pick(before: List | undefined, list: List | undefined): List | undefined {
  if (!list) return before;
  return list.whole || !before?.whole || before.asOf !== list.asOf ? list : before;
}

function joined(
  asOf: string,
  page: TrendPage | undefined,
  rest: readonly Trend[] | undefined,
): List | undefined {
  if (!page) return undefined;
  const whole = !page.next || rest !== undefined;
  return { trends: rest && page.next ? [...page.trends, ...rest] : page.trends, at: page.at, whole, asOf };
}

const following: Load = async (path, signal) => {
  const found: Trend[] = [];
  let place: string | null = path;
  while (place) {
    const page: TrendPage = await ask<TrendPage>(place, { signal });
    found.push(...page.trends);
    place = page.next ? address(LIST, { limit: MORE, cursor: page.next }) : null;
  }
  return found;
};
