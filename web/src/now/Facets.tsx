/** What there is to choose from, and how many trends each choice would show. */

import { memo, useMemo, useState } from "react";
import { STATES } from "../api/types";
import type { Query } from "../shared/address";
import { number } from "../shared/numbers";
import { State } from "../shared/State";
import { languageName, t } from "../texts";
import { type Chosen, type Count, type Facet, LISTS } from "./choosing";
import { category } from "./Row";

const MOST = 9;

export const Facets = memo(function Facets({ counts, query }: { counts: Chosen["counts"]; query: Query }) {
  return (
    <aside className="facets" aria-label={t("facet.label")}>
      {LISTS.map((facet) => (
        <FacetList key={facet} facet={facet} found={counts[facet]} query={query} />
      ))}
    </aside>
  );
});

function FacetList({ facet, found, query }: { facet: Facet; found: readonly Count[]; query: Query }) {
  const [all, setAll] = useState(false);
  const counts = useMemo(() => inOrder(facet, found), [facet, found]);
  if (!counts.length) return null;
  const shown = all ? counts : counts.filter((count, n) => n < MOST || count.chosen);
  const top = Math.max(1, ...counts.map((count) => count.count));
  return (
    <fieldset className="facet">
      <legend>{t(`facet.${facet}`)}</legend>
      {shown.map((count) => (
        <Choose
          key={count.value}
          facet={facet}
          count={count}
          top={top}
          toggle={() => query.toggle(facet, count.value)}
        />
      ))}
      {counts.length > MOST && (
        <button type="button" className="plain more" onClick={() => setAll(!all)}>
          {all ? t("facet.fewer") : t("facet.more", { n: counts.length - MOST })}
        </button>
      )}
    </fieldset>
  );
}

function Choose({
  facet,
  count,
  top,
  toggle,
}: {
  facet: Facet;
  count: Count;
  top: number;
  toggle: () => void;
}) {
  return (
    <label className={count.chosen ? "choose chosen" : "choose"}>
      <input type="checkbox" checked={count.chosen} onChange={toggle} />
      <span className="value">{named(facet, count.value)}</span>
      <span className="count">{number(count.count)}</span>
      <svg className="share" viewBox="0 0 100 2" preserveAspectRatio="none" aria-hidden="true">
        <rect width={(100 * count.count) / top} height="2" />
      </svg>
    </label>
  );
}

function named(facet: Facet, value: string) {
  if (facet === "state") return <State state={value} />;
  if (facet === "category") return category(value);
  if (facet === "lang") return languageName(value);
  return <bdi>{value.slice(0, 60)}</bdi>;
}

function inOrder(facet: Facet, counts: readonly Count[]): readonly Count[] {
  if (facet !== "state") return counts;
  const place = (value: string) => (STATES as readonly string[]).indexOf(value);
  return [...counts].sort((a, b) => place(a.value) - place(b.value));
}
