/** The rows of a list. Of a long one only those are made that can be seen, at the places where they would stand. */

import { type RefObject, useEffect, useLayoutEffect, useState } from "react";
import { useRead } from "../shared/read";
import { t } from "../texts";
import { Row } from "./Row";
import type { Standing } from "./steady";

/** Up to so many rows all are made, so that the browser's own search finds them. */
const ALL = 120;
const BEYOND = 8;

interface RowsProps {
  rows: readonly Standing[];
  selected: string | undefined;
  search: string;
  area: RefObject<HTMLOListElement | null>;
}

export function Rows({ rows, selected, search, area }: RowsProps) {
  const read = useRead();
  const { first, last, high } = useSeen(area, rows.length);
  const shown = rows.slice(first, last);
  return (
    <ol
      ref={area}
      className="rows"
      aria-label={t("row.list")}
      style={{ paddingTop: first * high, paddingBottom: (rows.length - last) * high }}
    >
      {shown.map((standing, n) => (
        <Row
          key={standing.trend.topic}
          standing={standing}
          place={first + n}
          total={rows.length}
          selected={standing.trend.topic === selected}
          read={read[standing.trend.topic]}
          search={search}
        />
      ))}
    </ol>
  );
}

function useSeen(area: RefObject<HTMLOListElement | null>, total: number) {
  const [seen, setSeen] = useState({ first: 0, last: Math.min(total, 40), high: 64 });
  useLayoutEffect(() => {
    const look = () => setSeen((old) => same(old, measured(area.current, total)));
    look();
    if (total <= ALL) return;
    window.addEventListener("scroll", look, { passive: true });
    window.addEventListener("resize", look);
    return () => {
      window.removeEventListener("scroll", look);
      window.removeEventListener("resize", look);
    };
  }, [area, total]);
  return total <= ALL ? { ...seen, first: 0, last: total } : { ...seen, last: Math.min(seen.last, total) };
}

function measured(list: HTMLOListElement | null, total: number) {
  const high = rowHeight();
  const top = list ? list.getBoundingClientRect().top : 0;
  const first = Math.max(0, Math.min(total, Math.floor(-top / high) - BEYOND));
  return { first, last: Math.min(total, first + Math.ceil(window.innerHeight / high) + 2 * BEYOND), high };
}

export function rowHeight(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--row")) || 64;
}

function same<T extends { first: number; last: number; high: number }>(old: T, found: T): T {
  return old.first === found.first && old.last === found.last && old.high === found.high ? old : found;
}

/** Bring the row at a place into view, below what stands fixed at the top, and give it the focus. */
export function useShown(
  area: RefObject<HTMLOListElement | null>,
  place: number,
  topic: string | undefined,
): void {
  useEffect(() => {
    if (place < 0 || !area.current) return;
    const high = rowHeight();
    const top = area.current.getBoundingClientRect().top + place * high;
    const above = 110;
    const below = window.innerHeight - high - 70;
    if (top < above) window.scrollBy(0, top - above);
    else if (top > below) window.scrollBy(0, top - below);
    requestAnimationFrame(() => {
      const row = [...(area.current?.children ?? [])].find((e) => (e as HTMLElement).dataset.topic === topic);
      row?.querySelector("a")?.focus({ preventScroll: true });
    });
  }, [area, place, topic]);
}
