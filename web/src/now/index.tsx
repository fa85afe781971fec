/** What rises now, or rose at any moment: ranked, with what each rests on. */

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useLocation } from "wouter";
import { refresh, useAnswer } from "../api/answers";
import { type LiveEvent, useHeard } from "../api/live";
import type { Ledger } from "../api/types";
import { address, useQuery } from "../shared/address";
import { useKeys } from "../shared/keys";
import { LogIn } from "../shared/LogIn";
import { longDay, number } from "../shared/numbers";
import { markRead, useRead } from "../shared/read";
import { Fault, Waiting } from "../shared/Told";
import { t } from "../texts";
import { Archive } from "./Archive";
import { choiceOf, choose, isChosen } from "./choosing";
import { Facets } from "./Facets";
import { Foot } from "./Foot";
import { LIST, type List, useList } from "./list";
import { Nothing } from "./Nothing";
import { Rows, useShown } from "./Rows";
import { useSteady } from "./steady";
import { TimeBar } from "./TimeBar";
import { Toolbar } from "./Toolbar";
import "./now.css";

const NONE = { state: "", category: "", lang: "", source: "", window: "", q: "" };
const HOURS = 3_600_000;
const THROTTLE_MS = 2_000;

export default function Now() {
  const query = useQuery();
  const asOf = query.one("as_of");
  const choice = useMemo(() => choiceOf(query), [query]);
  const listed = useList(asOf);
  const area = useRef<HTMLOListElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const [choosing, setChoosing] = useState(false);
  const steady = useSteady(listed.list, area);
  const trends = useMemo(() => steady.rows.map((row) => row.trend), [steady.rows]);
  const chosen = useMemo(() => choose(trends, choice), [trends, choice]);
  const rows = useMemo(() => steady.rows.filter((_, n) => chosen.wanted[n]), [steady.rows, chosen]);
  const span = useSpan(listed.list, asOf);
  const go = useCallback((moment: string) => query.set({ as_of: moment }, true), [query]);
  const clear = () => query.set(NONE, true);
  useNews(asOf);
  const selected = useSelection(rows, area, field, steady.bringIn, asOf);

  const told = address("", { ...choice, as_of: asOf });
  return (
    <>
      <h1 className="unseen">{asOf ? t("now.then", { moment: longDay(asOf) }) : t("now.title")}</h1>
      <div
        className={["now", choosing && "choosing", listed.pending && listed.list && "pending"]
          .filter(Boolean)
          .join(" ")}
      >
        <Facets counts={chosen.counts} query={query} />
        <div className="list">
          <Toolbar
            choice={choice}
            query={query}
            field={field}
            choosing={choosing}
            setChoosing={setChoosing}
          />
          {span ? (
            <TimeBar asOf={asOf} {...span} loading={listed.loading} go={go} />
          ) : (
            <div className="timebar" />
          )}
          <div className="head" aria-hidden="true">
            <span className="rank">#</span>
            <span className="told">
              {t("now.count", { n: rows.length, all: number(steady.rows.length) })}
            </span>
            <span className="picture">{t("now.day")}</span>
            <span className="pace">{t("now.pace")}</span>
            <span className="sources">{t("now.sources")}</span>
            <span className="tongues">{t("now.languages")}</span>
            <span className="times">{t("now.seen")}</span>
          </div>
          {steady.stale && (
            <button type="button" className="pill" onClick={steady.bringIn}>
              {steady.waiting ? t("now.waiting", { n: steady.waiting }) : t("now.moved")}
            </button>
          )}
          {listed.problem?.status === 401 && <LogIn why={`${t("login.title")}. ${t("login.where")}`} />}
          {listed.problem && listed.problem.status !== 401 && (
            <Fault problem={listed.problem} retryAt={listed.retryAt} inline={Boolean(listed.list)} />
          )}
          {listed.list ? (
            <Rows rows={rows} selected={selected} search={asOf && address("", { as_of: asOf })} area={area} />
          ) : (
            !listed.problem && <Waiting rows={12} />
          )}
          {listed.list && !listed.pending && !rows.length && (
            <Nothing asOf={asOf} chosen={isChosen(choice) && trends.length > 0} clear={clear} />
          )}
          {choice.q.trim() && <Archive q={choice.q} lang={choice.lang} source={choice.source} />}
          {listed.list && <Foot query={told} rows={rows} />}
        </div>
      </div>
    </>
  );
}

/** Ask again when something changed, not more often than one can look. */
function useNews(asOf: string): void {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const heard = useCallback(
    (event: LiveEvent | "poll") => {
      if (asOf || timer.current || !["trends", "reset", "poll"].includes(event)) return;
      timer.current = setTimeout(() => {
        timer.current = undefined;
        refresh(LIST);
        refresh("/api/v1/ledger");
      }, THROTTLE_MS / 2);
    },
    [asOf],
  );
  useHeard(heard);
}

/** From when to when one can go: the newest moment is the records' own while a past one is shown. */
function useSpan(list: List | undefined, asOf: string): { now: string; earliest: string } | undefined {
  const clock = useAnswer<Ledger>("/api/v1/ledger").data?.at;
  const newest = useRef<string>(undefined);
  if (list?.at && !list.asOf) newest.current = list.at;
  const now = newest.current ?? clock ?? undefined;
  const earliest = useMemo(() => {
    const end = now ? Date.parse(now) : Date.now();
    const first = Math.min(...(list?.trends ?? []).map((trend) => Date.parse(trend.first_seen)), end);
    return new Date(Math.min(first, end - 24 * HOURS)).toISOString();
  }, [list, now]);
  return now && (list?.at || asOf) ? { now, earliest } : undefined;
}

type Shown = ReturnType<typeof useSteady>["rows"];

/** The row that keys act on. */
function useSelection(
  rows: Shown,
  area: React.RefObject<HTMLOListElement | null>,
  field: React.RefObject<HTMLInputElement | null>,
  bringIn: () => void,
  asOf: string,
): string | undefined {
  const [topic, setTopic] = useState<string>();
  const [, open] = useLocation();
  const read = useRead();
  const place = rows.findIndex((row) => row.trend.topic === topic);
  useShown(area, place, topic);
  const step = (by: number) => {
    const next = rows[Math.max(0, Math.min(rows.length - 1, place + by))];
    if (next) setTopic(next.trend.topic);
  };
  const onTrend = (act: (topic: string, items: number) => void) => () => {
    const row = rows[place];
    if (row) act(row.trend.topic, row.trend.items);
  };
  const show = onTrend((id) =>
    open(`/trends/${encodeURIComponent(id)}${asOf && address("", { as_of: asOf })}`),
  );
  useKeys({
    j: () => step(1),
    k: () => step(place < 0 ? 0 : -1),
    o: show,
    Enter: show,
    m: onTrend((id, items) => markRead(id, id in read ? null : items)),
    "/": () => field.current?.select(),
    r: bringIn,
    Escape: () => setTopic(undefined),
  });
  useEffect(() => {
    const left = (event: PointerEvent) => !(event.target as Element).closest(".row") && setTopic(undefined);
    document.addEventListener("pointerdown", left);
    return () => document.removeEventListener("pointerdown", left);
  }, []);
  return topic;
}
