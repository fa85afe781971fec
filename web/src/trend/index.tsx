/** One trend, down to its last item. */

import { type ReactNode, useCallback, useEffect, useState } from "react";
import { Link, useLocation, useParams } from "wouter";
import { refresh, useAnswer } from "../api/answers";
import { type LiveEvent, useHeard } from "../api/live";
import type { ItemPage, ReceiptOf, Trend } from "../api/types";
import { category } from "../now/Row";
import { address, useQuery, webAddress } from "../shared/address";
import { Breakdown } from "../shared/Breakdown";
import { useKeys } from "../shared/keys";
import { ago, longDay, number, sure } from "../shared/numbers";
import { markRead, useRead } from "../shared/read";
import { State } from "../shared/State";
import { Await } from "../shared/Told";
import { Ways } from "../shared/Ways";
import { Languages, Moment, Words } from "../shared/Words";
import { t } from "../texts";
import { Headlines, Panel, Past, SideBySide, Similar } from "./Beside";
import { Corrections } from "./Corrections";
import { useChosen } from "./choosing";
import { when } from "./grouping";
import { Items, itemsPath } from "./Items";
import { Summary } from "./Summary";
import { Timeline } from "./Timeline";
import "./trend.css";

export default function TrendView() {
  const { id = "" } = useParams();
  const asOf = useQuery().one("as_of");
  const path = address(`/api/v1/trends/${encodeURIComponent(id)}`, { as_of: asOf });
  const answer = useAnswer<Trend>(path);
  useNews(id, asOf);
  const [, go] = useLocation();
  const up = () => go(address("/", { as_of: asOf }));
  useKeys({ u: up, Escape: up });
  return (
    <article className="one">
      <p className="way-back">
        <Link href={address("/", { as_of: asOf })}>← {t("trend.back")}</Link>
        {asOf && (
          <span className="past">
            {t("trend.then", { moment: longDay(asOf) })} ·{" "}
            <Link href={`/trends/${encodeURIComponent(id)}`}>{t("trend.now")}</Link>
          </span>
        )}
      </p>
      <Await answer={answer} rows={10}>
        {(trend) => <Whole key={trend.topic} trend={trend} asked={id} asOf={asOf} api={path} />}
      </Await>
    </article>
  );
}

function Whole({ trend, asked, asOf, api }: { trend: Trend; asked: string; asOf: string; api: string }) {
  const id = trend.topic;
  const choose = useChosen();
  const feed = `/feeds/topics/${encodeURIComponent(id)}.atom`;
  useReading(trend, asOf);
  return (
    <div className={`state-${trend.state}`}>
      {id !== asked && <p className="moved">{t("trend.moved")}</p>}
      <h1>
        <Words text={trend.headline.text || t("row.untitled")} longest={500} />
      </h1>
      <Facts trend={trend} />
      <Figures trend={trend} />
      <div className="parts">
        <div className="main">
          <Summary id={id} asOf={asOf} />
          <Timeline id={id} asOf={asOf} />
          <SideBySide id={id} asOf={asOf} />
          <Items id={id} asOf={asOf} feed={feed} choose={asOf ? undefined : choose} />
        </div>
        <div className="beside">
          <Why trend={trend} asOf={asOf} />
          <Headlines id={id} asOf={asOf} />
          <Similar id={id} asOf={asOf} />
          <Past id={id} asOf={asOf} />
          {!asOf && <Corrections id={id} choose={choose} />}
        </div>
      </div>
      <Ways
        feeds={{ Atom: feed, RSS: feed.replace("atom", "rss"), JSON: feed.replace("atom", "json") }}
        api={api}
      />
    </div>
  );
}

function Facts({ trend }: { trend: Trend }) {
  return (
    <p className="facts">
      <State state={trend.state} />
      <span>{t("trend.rank", { rank: trend.rank })}</span>
      {trend.category && <span>{category(trend.category)}</span>}
      {trend.alarm && (
        <span className="alarm">
          <Moment at={trend.alarm}>{t("trend.alarm", { ago: ago(trend.alarm, trend.at) })}</Moment>
        </span>
      )}
      {trend.label && <Words text={trend.label} longest={80} />}
      <Languages codes={trend.languages} most={12} />
    </p>
  );
}

function Figures({ trend }: { trend: Trend }) {
  return (
    <dl className="figures">
      <Figure name="sources">×{number(trend.sources.length)}</Figure>
      <Figure name="items">{number(trend.items)}</Figure>
      <Figure name="copies">{number(trend.copies)}</Figure>
      <Figure name="pace">
        {number(trend.velocity, 1)}
        <small>{t("row.hour")}</small>
      </Figure>
      <Figure name="sure" title={t("trend.sure.long")}>
        {sure(trend.confidence)}
      </Figure>
      <Figure name="first">
        <Moment at={trend.first_seen}>{t("trend.ago", { ago: ago(trend.first_seen, trend.at) })}</Moment>
      </Figure>
      <Figure name="last">
        <Moment at={trend.last_seen}>{t("trend.ago", { ago: ago(trend.last_seen, trend.at) })}</Moment>
      </Figure>
    </dl>
  );
}

function Figure({ name, title, children }: { name: string; title?: string; children: ReactNode }) {
  return (
    <div title={title}>
      <dt>{t(`trend.${name}`)}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Why({ trend, asOf }: { trend: Trend; asOf: string }) {
  return (
    <Panel title={t("receipt.title")}>
      <Breakdown receipt={trend.receipt} score={trend.score} />
      <Changes id={trend.topic} asOf={asOf} />
    </Panel>
  );
}

/** What would exchange it with its neighbours; finding out takes the server a while, so it is asked for. */
function Changes({ id, asOf }: { id: string; asOf: string }) {
  const [open, setOpen] = useState(false);
  const path = address(`/api/v1/trends/${encodeURIComponent(id)}/receipt`, { changes: "true", as_of: asOf });
  const answer = useAnswer<ReceiptOf>(open ? path : null);
  return (
    <details className="would" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("receipt.changes")}</summary>
      {open && (
        <Await answer={answer} rows={2}>
          {(told) => (
            <>
              <ul className="changes">
                {[told.lifts, told.drops].filter(Boolean).map((words) => (
                  <li key={words}>
                    <bdi>{words.slice(0, 500)}</bdi>
                  </li>
                ))}
              </ul>
              <p>
                <a className="link" href={told.recompute}>
                  {t("receipt.recompute")}
                </a>
              </p>
            </>
          )}
        </Await>
      )}
    </details>
  );
}

/** Who looks at a trend has read it; `m` says otherwise, `o` opens its newest item. */
function useReading(trend: Trend, asOf: string): void {
  const read = useRead();
  const items = useAnswer<ItemPage>(itemsPath(trend.topic, asOf)).data?.items ?? [];
  useEffect(() => {
    if (!asOf) markRead(trend.topic, trend.items);
    document.title = `${trend.headline.text.slice(0, 90)} · Trend Agent`;
    return () => {
      document.title = "Trend Agent";
    };
  }, [trend.topic, trend.items, trend.headline.text, asOf]);
  const newest = [...items]
    .sort((a, b) => when(b.item) - when(a.item))
    .find((fact) => webAddress(fact.item.url));
  useKeys({
    m: () => markRead(trend.topic, trend.topic in read ? null : trend.items),
    o: () => newest && window.open(newest.item.url, "_blank", "noopener,noreferrer"),
  });
}

function useNews(id: string, asOf: string): void {
  const heard = useCallback(
    (event: LiveEvent | "poll", data: unknown) => {
      if (asOf || !["trends", "reset", "poll"].includes(event)) return;
      if (event === "trends" && !JSON.stringify(data).includes(id)) return;
      refresh(`/api/v1/trends/${encodeURIComponent(id)}`);
    },
    [id, asOf],
  );
  useHeard(heard);
}
