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

export function wordsOf(q: string): string[] {
  return q.toLocaleLowerCase().split(/\s+/).filter(Boolean);
}

/** The moment since when an item must have been seen; none where the window is open. */
function since(trends: readonly Trend[], window: string): number {
  const hours = window in WINDOWS ? WINDOWS[window as keyof typeof WINDOWS] : Number(window);
  const at = trends[0]?.at;
  return hours && at ? Date.parse(at) - hours * 3_600_000 : Number.NEGATIVE_INFINITY;
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

export interface Chosen {
  /** Which of the trends are wanted, by their place. */
  wanted: readonly boolean[];
  /** How many trends each value of a filter would show, with the other filters as they are; the most first. */
  counts: Record<Facet, readonly Count[]>;
}

/** Both in one pass: a trend that fails one filter alone still counts for what that filter offers. */
export function choose(trends: readonly Trend[], choice: Choice): Chosen {
  const words = wordsOf(choice.q);
  const from = since(trends, choice.window);
  const sums = LISTS.map((facet) => new Map<string, number>(choice[facet].map((value) => [value, 0])));
  const wanted = trends.map((trend) => {
    if ((from !== Number.NEGATIVE_INFINITY && Date.parse(trend.last_seen) < from) || !says(trend, words))
      return false;
    const failing = LISTS.filter((facet) => !meets(choice[facet], offers[facet](trend)));
    LISTS.forEach((facet, n) => {
      if (failing.length === 0 || (failing.length === 1 && failing[0] === facet)) {
        for (const value of offers[facet](trend)) sums[n]?.set(value, (sums[n].get(value) ?? 0) + 1);
      }
    });
    return failing.length === 0;
  });
  const [state, category, lang, source] = LISTS.map((facet, n) => ordered(sums[n], choice[facet]));
  return {
    wanted,
    counts: { state: state ?? [], category: category ?? [], lang: lang ?? [], source: source ?? [] },
  };
}

function meets(wanted: readonly string[], offered: readonly string[]): boolean {
  return !wanted.length || offered.some((value) => wanted.includes(value));
}

function ordered(sums: ReadonlyMap<string, number> | undefined, chosen: readonly string[]): Count[] {
  return [...(sums ?? [])]
    .map(([value, count]) => ({ value, count, chosen: chosen.includes(value) }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
}
