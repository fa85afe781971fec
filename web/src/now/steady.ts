/** A list that does not move while somebody reads it: numbers change in place, the order only when the reader rests,
 * or asks for it. */

import { type RefObject, useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Trend } from "../api/types";
import type { List } from "./list";

export interface Standing {
  trend: Trend;
  /** Places it went up (positive) or down with the last change of order. */
  moved: number;
  /** It came with the last change of order. */
  fresh: boolean;
  /** It is not on the newest list any more. */
  gone: boolean;
}

export interface Steady {
  rows: readonly Standing[];
  /** Trends that wait to be brought in. */
  waiting: number;
  /** Whether the order is not the newest. */
  stale: boolean;
  bringIn: () => void;
}

interface Order {
  view: string;
  at: string | null;
  topics: readonly string[];
  before: ReadonlyMap<string, number> | undefined;
}

const REST_MS = 2_500;

/** The list of another moment is shown as it comes. */
export function useSteady(list: List | undefined, area: RefObject<HTMLElement | null>): Steady {
  const [order, setOrder] = useState<Order>();
  const kept = useRef(new Map<string, Trend>());
  const resting = useResting(area);
  const view = list?.asOf ?? "";
  const adopt = useCallback(() => list && setOrder((old) => ordered(list, view, old)), [list, view]);
  const current = order?.view === view ? order : undefined;
  const shown = current ?? (list ? ordered(list, view, undefined) : undefined);

  useEffect(() => {
    if (!list) return;
    if (!current?.topics.length || (list.at === current.at && list.trends.length !== current.topics.length))
      adopt();
  }, [list, current, adopt]);

  const stale = Boolean(list && current && list.at !== current.at && differs(list, current));
  useEffect(() => {
    if (!stale) return;
    const timer = setInterval(() => resting() && adopt(), 500);
    return () => clearInterval(timer);
  }, [stale, resting, adopt]);

  return useMemo(() => {
    const newest = new Map(list?.trends.map((trend) => [trend.topic, trend]));
    for (const [topic, trend] of newest) kept.current.set(topic, trend);
    const topics = shown?.topics ?? [];
    const known = new Set(topics);
    const rows = topics.flatMap((topic, place) =>
      standing(topic, place, newest, kept.current, shown?.before),
    );
    return {
      rows,
      stale,
      waiting: [...newest.keys()].filter((topic) => !known.has(topic)).length,
      bringIn: adopt,
    };
  }, [list, shown, stale, adopt]);
}

function standing(
  topic: string,
  place: number,
  newest: ReadonlyMap<string, Trend>,
  kept: ReadonlyMap<string, Trend>,
  before: ReadonlyMap<string, number> | undefined,
): Standing[] {
  const trend = newest.get(topic) ?? kept.get(topic);
  if (!trend) return [];
  const old = before?.get(topic);
  return [
    {
      trend,
      moved: old === undefined ? 0 : old - place,
      fresh: before !== undefined && old === undefined,
      gone: !newest.has(topic),
    },
  ];
}

function ordered(list: List, view: string, old: Order | undefined): Order {
  const same = old?.view === view;
  const before =
    same && old.topics.length ? new Map(old.topics.map((topic, place) => [topic, place])) : undefined;
  return { view, at: list.at, topics: list.trends.map((trend) => trend.topic), before };
}

function differs(list: List, order: Order): boolean {
  return (
    list.trends.length !== order.topics.length ||
    list.trends.some((trend, n) => trend.topic !== order.topics[n])
  );
}

/** Whether the reader is not at the list: no pointer over it, no key or wheel lately, and not scrolled into it. */
function useResting(area: RefObject<HTMLElement | null>): () => boolean {
  const last = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    const touched = () => {
      last.current = performance.now();
    };
    const events = ["keydown", "wheel", "pointerdown", "touchmove"] as const;
    for (const event of events) window.addEventListener(event, touched, { passive: true });
    const element = area.current;
    element?.addEventListener("pointermove", touched);
    return () => {
      for (const event of events) window.removeEventListener(event, touched);
      element?.removeEventListener("pointermove", touched);
    };
  }, [area]);
  return useCallback(() => {
    const over = area.current?.matches(":hover") || area.current?.contains(document.activeElement);
    return !over && window.scrollY < 120 && performance.now() - last.current > REST_MS;
  }, [area]);
}
