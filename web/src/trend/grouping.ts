/** A trend's items as its page shows them: by source, newest first, copies folded beneath. */

import type { Fact, Item } from "../api/types";

export interface Copied {
  fact: Fact;
  /** What it copies, where that is among the items at hand. */
  original: Item | undefined;
}

export interface Group {
  source: string;
  originals: readonly Fact[];
  copies: readonly Copied[];
}

export function grouped(facts: readonly Fact[]): Group[] {
  const byId = new Map(facts.map((fact) => [fact.item.id, fact.item]));
  const groups = new Map<string, { source: string; originals: Fact[]; copies: Copied[] }>();
  for (const fact of [...facts].sort((a, b) => when(b.item) - when(a.item) || b.seq - a.seq)) {
    const { source } = fact.item;
    const group = groups.get(source) ?? { source, originals: [], copies: [] };
    groups.set(source, group);
    if (fact.copy_of) group.copies.push({ fact, original: byId.get(fact.copy_of) });
    else group.originals.push(fact);
  }
  return [...groups.values()].sort(
    (a, b) =>
      b.originals.length - a.originals.length ||
      b.copies.length - a.copies.length ||
      a.source.localeCompare(b.source),
  );
}

export interface Tongue {
  lang: string;
  items: number;
  /** The newest originals in this language. */
  told: readonly Item[];
}

/** How each language tells it: those with the most originals first. */
export function tongues(facts: readonly Fact[], most = 3): Tongue[] {
  const found = new Map<string, Item[]>();
  for (const fact of facts) {
    if (fact.copy_of) continue;
    found.set(fact.item.lang, [...(found.get(fact.item.lang) ?? []), fact.item]);
  }
  return [...found]
    .map(([lang, items]) => ({
      lang,
      items: items.length,
      told: items.sort((a, b) => when(b) - when(a)).slice(0, most),
    }))
    .sort((a, b) => b.items - a.items || a.lang.localeCompare(b.lang));
}

/** When it counts as published: the source's date unless that lies ahead of when we saw it. */
export function when(item: Item): number {
  const seen = Date.parse(item.seen_at);
  const published = item.published_at ? Date.parse(item.published_at) : Number.NaN;
  return Number.isNaN(published) || published > seen ? seen : published;
}
