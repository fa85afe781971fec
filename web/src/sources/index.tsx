/** Where everything comes from: how each source does, and choosing them. */

import { useCallback, useMemo, useRef } from "react";
import { Link, useParams } from "wouter";
import { refresh } from "../api/answers";
import { type LiveEvent, useHeard } from "../api/live";
import { SOURCES, useSources } from "../api/sources";
import type { SourceTold } from "../api/types";
import { address, useQuery } from "../shared/address";
import { useKeys } from "../shared/keys";
import { ago, number } from "../shared/numbers";
import { State } from "../shared/State";
import { type Column, Table } from "../shared/Table";
import { Await, Empty } from "../shared/Told";
import { Moment, Words } from "../shared/Words";
import { t } from "../texts";
import { Choosing } from "./Choosing";
import { One } from "./One";
import { GROUPS, groupOf } from "./states";

export default function Sources() {
  const { "*": key } = useParams<{ "*": string }>();
  useHeard(useCallback((event: LiveEvent | "poll") => followed(event), []));
  return key ? <One id={decoded(key)} /> : <List />;
}

function followed(event: LiveEvent | "poll"): void {
  if (event === "sources" || event === "poll") refresh(SOURCES);
}

/** The key of an address that somebody may have typed. */
function decoded(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

function List() {
  const answer = useSources();
  return (
    <>
      <header className="heading">
        <h1>{t("nav.sources")}</h1>
        <p className="soft">{t("sources.lead")}</p>
      </header>
      <Choosing />
      <Await answer={answer} rows={10}>
        {(page) => <Listed sources={page.sources} />}
      </Await>
    </>
  );
}

function Listed({ sources }: { sources: readonly SourceTold[] }) {
  const query = useQuery();
  const field = useRef<HTMLInputElement>(null);
  useKeys({ "/": () => field.current?.select() });
  const group = query.one("state");
  const words = query.one("q").toLowerCase();
  const counts = useMemo(() => counted(sources), [sources]);
  const rows = sources.filter(
    (source) =>
      (!group || groupOf(source) === group) &&
      `${source.source} ${source.label} ${source.host}`.toLowerCase().includes(words),
  );
  if (!sources.length) return <Empty title={t("sources.none")}>{t("sources.none.more")}</Empty>;
  return (
    <section aria-label={t("nav.sources")}>
      <div className="toolbar">
        <label className="search">
          <span className="unseen">{t("sources.filter")}</span>
          <input
            ref={field}
            type="search"
            value={query.one("q")}
            maxLength={200}
            placeholder={t("sources.filter")}
            onChange={(event) => query.set({ q: event.target.value })}
          />
        </label>
        <fieldset className="windows">
          <legend className="unseen">{t("facet.state")}</legend>
          {["", ...GROUPS.filter((name) => counts[name])].map((name) => (
            <label key={name} className={group === name ? "chosen" : undefined}>
              <input
                type="radio"
                name="state"
                className="unseen"
                checked={group === name}
                onChange={() => query.set({ state: name }, true)}
              />
              {name ? t(`state.${name}`) : t("sources.all")}{" "}
              <span className="soft">{number(name ? (counts[name] ?? 0) : sources.length)}</span>
            </label>
          ))}
        </fieldset>
      </div>
      <Table
        name="sources"
        caption={t("nav.sources")}
        columns={columns()}
        rows={rows}
        rowKey={(source) => source.source}
        rowClass={(source) => (source.enabled ? undefined : "off")}
        api={address(SOURCES)}
        feeds={{ Atom: "/feeds/sources.atom", OPML: "/feeds/sources.opml" }}
        empty={<Empty title={t("sources.nomatch")} />}
      />
    </section>
  );
}

function counted(sources: readonly SourceTold[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const source of sources) counts[groupOf(source)] = (counts[groupOf(source)] ?? 0) + 1;
  return counts;
}

function columns(): Column<SourceTold>[] {
  const now = new Date().toISOString();
  return [
    {
      key: "source",
      title: t("facet.source"),
      value: (s) => s.source,
      className: "wide",
      show: (s) => (
        <>
          <Link href={`/sources/${encodeURIComponent(s.source)}`} className="strong">
            <Words text={s.label || s.source} longest={80} />
          </Link>
          <span className="below">
            <Words text={s.words || s.host} longest={160} />
          </span>
        </>
      ),
    },
    {
      key: "state",
      title: t("facet.state"),
      value: (s) => groupOf(s),
      show: (s) => <State state={groupOf(s)} />,
    },
    { key: "kind", title: t("sources.kind"), value: (s) => s.kind, className: "later" },
    {
      key: "per_hour",
      title: t("sources.perhour"),
      value: (s) => s.per_hour,
      number: true,
      show: (s) => <Rate source={s} />,
    },
    {
      key: "fetched",
      title: t("sources.items"),
      value: (s) => s.fetched,
      number: true,
      show: (s) => number(s.fetched),
    },
    {
      key: "last_news",
      title: t("sources.news"),
      value: (s) => (s.fetched ? s.last_news : null), // of who never had any, this is when they were first asked
      number: true,
      show: (s) =>
        s.last_news && s.fetched ? <Moment at={s.last_news}>{ago(s.last_news, now)}</Moment> : "–",
    },
    {
      key: "last_try",
      title: t("sources.tried"),
      value: (s) => s.last_try,
      number: true,
      className: "later",
      show: (s) => (s.last_try ? <Moment at={s.last_try}>{ago(s.last_try, now)}</Moment> : "–"),
    },
  ];
}

/** What it brings an hour, and what it usually does where that is another number. */
function Rate({ source }: { source: SourceTold }) {
  if (source.per_hour === null) return <span className="soft">–</span>;
  const rate = perHour(source.per_hour);
  const usual = source.usual_per_hour === null ? rate : perHour(source.usual_per_hour);
  return (
    <>
      {rate}
      {usual !== rate && <span className="below">{t("sources.usually", { rate: usual })}</span>}
    </>
  );
}

function perHour(rate: number): string {
  return number(rate, rate < 10 ? 1 : 0);
}
