/** A timeline as ECharts wants it: stacked columns by source, lines where alarms were, the forecast as a band. */

import type { EChartsOption, SeriesOption } from "echarts";
import type { Timeline } from "../api/types";
import { day, number } from "../shared/numbers";
import { t } from "../texts";

const SOURCES = 6;
const LONGEST_NAME = 28;

export interface Colours {
  sources: readonly string[];
  rest: string;
  ink: string;
  soft: string;
  line: string;
  alarm: string;
  card: string;
  font: string;
}

export interface Stack {
  name: string;
  /** Items by the start of the column, in milliseconds. */
  counts: ReadonlyMap<number, number>;
  total: number;
}

/** The sources with the most items, each by itself, and all others together. */
export function stacks(timeline: Timeline, most = SOURCES): Stack[] {
  const totals = new Map<string, number>();
  for (const { source, items } of timeline.columns) totals.set(source, (totals.get(source) ?? 0) + items);
  const names = [...totals].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).map(([name]) => name);
  const own = new Set(names.slice(0, names.length > most + 1 ? most : most + 1));
  const found = new Map<string, Map<number, number>>(
    names.filter((n) => own.has(n)).map((n) => [n, new Map()]),
  );
  for (const { start, source, items } of timeline.columns) {
    const name = own.has(source) ? source : "";
    const counts = found.get(name) ?? new Map<number, number>();
    found.set(name, counts);
    const at = Date.parse(start);
    counts.set(at, (counts.get(at) ?? 0) + items);
  }
  return [...found].map(([name, counts]) => ({
    name,
    counts,
    total: [...counts.values()].reduce((a, b) => a + b, 0),
  }));
}

/** All starts of columns from the first to the last, those without items too. */
export function starts(timeline: Timeline): number[] {
  const told = timeline.columns.map((column) => Date.parse(column.start));
  const first = Math.min(...told);
  const last = Math.max(...told);
  const step = timeline.width_seconds * 1000;
  if (!told.length || (last - first) / step > 5000) return [...new Set(told)].sort((a, b) => a - b);
  return Array.from({ length: Math.round((last - first) / step) + 1 }, (_, n) => first + n * step);
}

export function options(timeline: Timeline, colours: Colours): EChartsOption {
  const columns = starts(timeline);
  return {
    animation: false,
    textStyle: { fontFamily: colours.font },
    grid: { left: 4, right: 12, top: 22, bottom: 4, containLabel: true },
    xAxis: {
      type: "time",
      axisLabel: { color: colours.soft, hideOverlap: true, formatter: (at: number) => day(new Date(at)) },
      axisLine: { lineStyle: { color: colours.line } },
      axisTick: { show: false },
      splitLine: { show: false },
    },
    yAxis: {
      type: "value",
      minInterval: 1,
      axisLabel: { color: colours.soft },
      splitLine: { lineStyle: { color: colours.line } },
    },
    tooltip: {
      trigger: "axis",
      renderMode: "richText", // one made of HTML would need inline styles, which are not allowed
      axisPointer: { type: "shadow" },
      backgroundColor: colours.card,
      borderColor: colours.line,
      textStyle: { color: colours.ink, fontSize: 12, fontFamily: colours.font },
      formatter: (shown) => tip(Array.isArray(shown) ? shown : [shown]),
    },
    series: [...bars(timeline, columns, colours), ...band(timeline, colours)],
  };
}

function bars(timeline: Timeline, columns: readonly number[], colours: Colours): SeriesOption[] {
  const half = (timeline.width_seconds * 1000) / 2;
  return stacks(timeline).map((stack, n) => ({
    type: "bar",
    name: (stack.name || t("timeline.others")).slice(0, LONGEST_NAME),
    stack: "items",
    barCategoryGap: "12%",
    barMaxWidth: 26,
    itemStyle: { color: stack.name ? (colours.sources[n] ?? colours.rest) : colours.rest },
    data: columns.map((at) => [at + half, stack.counts.get(at) ?? 0]),
    ...(n === 0 ? { markLine: alarms(timeline, colours) } : {}),
  }));
}

function alarms(timeline: Timeline, colours: Colours) {
  return {
    symbol: "none",
    silent: true,
    lineStyle: { color: colours.alarm, type: "solid" as const, width: 1.5 },
    label: {
      color: colours.alarm,
      formatter: `▲ ${t("timeline.alarm")}`,
      fontSize: 11,
      position: "end" as const,
    },
    data: timeline.alarms.map((alarm) => ({ xAxis: Date.parse(alarm.at) })),
  };
}

/** The lower bound, and what lies between it and the upper, stacked as areas; the mean is a line. */
function band(timeline: Timeline, colours: Colours): SeriesOption[] {
  const hours = timeline.forecast?.hours ?? [];
  if (!hours.length) return [];
  const share = timeline.width_seconds / 3600;
  const point = (at: string, value: number) => [Date.parse(at) + 1_800_000, value * share];
  const area = {
    type: "line" as const,
    stack: "band",
    symbol: "none",
    silent: true,
    lineStyle: { opacity: 0 },
  };
  return [
    { ...area, name: "lower", data: hours.map((h) => point(h.at, h.lower)) },
    {
      ...area,
      name: t("timeline.band"),
      areaStyle: { color: colours.ink, opacity: 0.12 },
      data: hours.map((h) => point(h.at, h.upper - h.lower)),
    },
    {
      type: "line",
      name: t("timeline.expected"),
      symbol: "none",
      lineStyle: { color: colours.ink, type: "dashed", width: 1.5 },
      itemStyle: { color: colours.ink },
      data: hours.map((h) => point(h.at, h.mean)),
    },
  ];
}

interface Tip {
  seriesName?: string;
  seriesType?: string;
  marker?: unknown;
  value?: unknown;
}

function tip(shown: readonly Tip[]): string {
  const values = shown
    .map((one) => ({ ...one, pair: one.value as [number, number] }))
    .filter((one) => one.pair?.[1] > 0 && one.seriesName !== "lower");
  if (!values.length) return "";
  const digits = values.some((one) => one.seriesType === "line") ? 1 : 0;
  const head = day(new Date(values[0]?.pair[0] ?? 0));
  return [head, ...values.map((one) => `${plain(one.seriesName)}  ${number(one.pair[1], digits)}`)].join(
    "\n",
  );
}

/** A name that holds none of the marks that rich text is made of. */
function plain(name: string | undefined): string {
  return (name ?? "").replace(/[{}|]/g, " ");
}
