/** A topic over time: its items by source, the alarms it raised, and what the next day may bring. */

import { useEffect, useMemo, useRef, useState } from "react";
import { useAnswer, useLasting } from "../api/answers";
import { loading } from "../api/code";
import type { Timeline as Told } from "../api/types";
import { address } from "../shared/address";
import { longDay, number } from "../shared/numbers";
import { Table } from "../shared/Table";
import { Await, Fault } from "../shared/Told";
import { useDark } from "../shared/theme";
import { t } from "../texts";
import { type Colours, options, stacks } from "./timeline";

const WIDTHS = ["quarter", "hour", "day"] as const;
type Width = (typeof WIDTHS)[number];

export function Timeline({ id, asOf }: { id: string; asOf: string }) {
  const [width, setWidth] = useState<Width>("hour");
  const path = address(`/api/v1/trends/${encodeURIComponent(id)}/timeline`, { width, as_of: asOf });
  const answer = useLasting<Told>(path);
  return (
    <section className="panel over-time">
      <header>
        <h2>{t("timeline.title")}</h2>
        <fieldset className="windows">
          <legend className="unseen">{t("timeline.width")}</legend>
          {WIDTHS.map((name) => (
            <label key={name} className={width === name ? "chosen" : undefined}>
              <input
                type="radio"
                name="width"
                className="unseen"
                checked={width === name}
                onChange={() => setWidth(name)}
              />
              {t(`timeline.${name}`)}
            </label>
          ))}
        </fieldset>
      </header>
      <Await answer={answer} rows={6}>
        {(timeline) => (
          <>
            <Chart timeline={timeline} />
            <Legend timeline={timeline} />
            <Rows timeline={timeline} api={answer.of} />
          </>
        )}
      </Await>
    </section>
  );
}

const charts = loading(() => import("./chart"));

function Chart({ timeline }: { timeline: Told }) {
  const place = useRef<HTMLDivElement>(null);
  const dark = useDark();
  const { data, problem, retryAt } = useAnswer<typeof import("./chart")>("page:chart", charts);
  useEffect(() => {
    const element = place.current;
    if (!element || !data) return;
    const chart = data.init(element, undefined, { renderer: "canvas" });
    chart.on("finished", () => {
      element.dataset.drawn = "true";
    });
    chart.setOption(options(timeline, colours(dark)));
    const fit = new ResizeObserver(() => chart.resize());
    fit.observe(element);
    return () => {
      delete element.dataset.drawn;
      fit.disconnect();
      chart.dispose();
    };
  }, [timeline, dark, data]);
  return (
    <>
      {problem && !data && <Fault problem={problem} retryAt={retryAt} inline />}
      <div ref={place} className="chart" role="img" aria-label={described(timeline)} />
    </>
  );
}

function described(timeline: Told): string {
  const sums = new Map<string, number>();
  for (const { start, items } of timeline.columns) sums.set(start, (sums.get(start) ?? 0) + items);
  const alarms = timeline.alarms.map((alarm) => longDay(alarm.at)).join(", ") || "0";
  return t("timeline.chart", { alarms, most: Math.max(0, ...sums.values()) });
}

function Legend({ timeline }: { timeline: Told }) {
  const all = useMemo(() => stacks(timeline), [timeline]);
  const rests = timeline.forecast
    ? t(timeline.forecast.rests_on === "own" ? "timeline.own" : "timeline.pool")
    : "";
  return (
    <ul className="legend">
      {all.map((stack, n) => (
        <li key={stack.name}>
          <i className={stack.name ? `key-${n}` : "key-rest"} aria-hidden="true" />
          <bdi>{stack.name.slice(0, 60) || t("timeline.others")}</bdi> <b>{number(stack.total)}</b>
        </li>
      ))}
      <li className="forecast">
        {timeline.forecast ? (
          <>
            <i className="key-band" aria-hidden="true" />
            {rests}, {t("timeline.band")}
          </>
        ) : (
          t("timeline.none", { why: timeline.no_forecast })
        )}
      </li>
    </ul>
  );
}

function Rows({ timeline, api }: { timeline: Told; api: string }) {
  const [open, setOpen] = useState(false);
  return (
    <details className="as-table" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("timeline.table")}</summary>
      {open && (
        <Table
          name={`timeline-${timeline.topic}`}
          caption={t("timeline.title")}
          api={api}
          rows={timeline.columns}
          rowKey={(row) => `${row.start} ${row.source}`}
          columns={[
            {
              key: "start",
              title: t("timeline.start"),
              value: (row) => row.start,
              show: (row) => longDay(row.start),
            },
            {
              key: "source",
              title: t("timeline.source"),
              value: (row) => row.source,
              show: (row) => <bdi>{row.source}</bdi>,
            },
            { key: "items", title: t("trend.items"), value: (row) => row.items, number: true },
            { key: "copies", title: t("trend.copies"), value: (row) => row.copies, number: true },
          ]}
        />
      )}
    </details>
  );
}

/** The colours of the style sheet, as the canvas needs them; `dark` only says when they have changed. */
function colours(_dark: boolean): Colours {
  const probe = document.createElement("i");
  document.body.append(probe);
  const told = (name: string) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const found = {
    sources: Array.from({ length: 7 }, (_, n) => told(`--key-${n}`)),
    rest: told("--key-rest"),
    ink: told("--ink"),
    soft: told("--soft"),
    line: told("--line"),
    alarm: told("--fault"),
    card: told("--card"),
    font: getComputedStyle(document.body).fontFamily,
  };
  probe.remove();
  return found;
}
