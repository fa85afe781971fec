/** Which trends of the list are shown: the filters of the address, as the API knows them, and how many each leaves. */

import type { Trend } from "../api/types";
import type { Query } from "../shared/address";

export const WINDOWS = { breaking: 3, day: 24, week: 168 } as const;
export const LISTS = ["state", "category", "lang", "source"] as const;
export type Facet = (typeof LISTS)[number];

export interface Choice {
  state: readonly string[];
  category: readonly string[];
  lang: readonly string[];
  source: readonly string[];
  window: string;
  q: string;
}

export function choiceOf(query: Query): Choice {
  return {
    state: query.all("state"),
    category: query.all("category"),
    lang: query.all("lang"),
    source: query.all("source"),
    window: query.one("window"),
    q: query.one("q"),
  };
}

export function isChosen(choice: Choice): boolean {
  return LISTS.some((facet) => choice[facet].length > 0) || choice.window !== "" || choice.q.trim() !== "";
}

/** What a trend offers to each list of choices. */
export const offers: Record<Facet, (trend: Trend) => readonly string[]> = {
  state: (trend) => [trend.state],
  category: (trend) => (trend.category ? [trend.category] : []),
  lang: (trend) => trend.languages,
  source: (trend) => trend.sources,
};

/** Whether a trend is wanted; `but` names a filter that is left out of account. */
export function wanted(trend: Trend, choice: Choice, words: readonly string[], but?: Facet): boolean {
  for (const facet of LISTS) {
    if (facet === but || !choice[facet].length) continue;
    if (!offers[facet](trend).some((value) => choice[facet].includes(value))) return false;
  }
  return within(trend, choice.window) && says(trend, words);
}

export function wordsOf(q: string): string[] {
  return q.toLocaleLowerCase().split(/\s+/).filter(Boolean);
}

function within(trend: Trend, window: string): boolean {
  const hours = window in WINDOWS ? WINDOWS[window as keyof typeof WINDOWS] : Number(window);
  return !hours || Date.parse(trend.at) - Date.parse(trend.last_seen) <= hours * 3_600_000;
}

const texts = new WeakMap<Trend, string>();

function says(trend: Trend, words: readonly string[]): boolean {
  if (!words.length) return true;
  let text = texts.get(trend);
  if (text === undefined) {
    text = [trend.headline.text, trend.label, ...trend.summary.map((s) => s.text)]
      .join("\n")
      .toLocaleLowerCase();
    texts.set(trend, text);
  }
  return words.every((word) => (text as string).includes(word));
}

export interface Count {
  value: string;
  count: number;
  chosen: boolean;
}

/** How many trends each value of a filter would show, with the other filters as they are; the most first. */
export function counted(trends: readonly Trend[], choice: Choice, facet: Facet): Count[] {
  const words = wordsOf(choice.q);
  const counts = new Map<string, number>(choice[facet].map((value) => [value, 0]));
  for (const trend of trends) {
    if (!wanted(trend, choice, words, facet)) continue;
    for (const value of offers[facet](trend)) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts]
    .map(([value, count]) => ({ value, count, chosen: choice[facet].includes(value) }))
    .sort((a, b) => b.count - a.count || a.value.localeCompare(b.value));
}
