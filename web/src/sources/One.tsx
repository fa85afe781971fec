/** One source: how it does, what is set of it, and what it would bring now. */

import { useState } from "react";
import { useLocation } from "wouter";
import { refresh, useAnswer } from "../api/answers";
import { ask } from "../api/fetching";
import { SOURCES } from "../api/sources";
import type { SourceTold, Tried } from "../api/types";
import { type Doing, useDoing } from "../shared/doing";
import { WithKey } from "../shared/LogIn";
import { duration, longDay, number } from "../shared/numbers";
import { Back, Details } from "../shared/Room";
import { State } from "../shared/State";
import { Await, Empty, Fault } from "../shared/Told";
import { Ways } from "../shared/Ways";
import { Away, Moment, Words } from "../shared/Words";
import { t } from "../texts";
import { groupOf, pathOf } from "./states";

export function One({ id }: { id: string }) {
  const answer = useAnswer<SourceTold>(pathOf(id));
  return (
    <>
      <Back to="/sources">{t("nav.sources")}</Back>
      <Await answer={answer} rows={8}>
        {(source) => <Shown source={source} />}
      </Await>
    </>
  );
}

function Shown({ source }: { source: SourceTold }) {
  return (
    <article className="room">
      <header className="heading">
        <h1>
          <Words text={source.label || source.source} longest={200} />
        </h1>
        <p>
          <State state={groupOf(source)} /> <Words text={source.words} longest={400} />
        </p>
      </header>
      <Facts source={source} />
      <WithKey scope="write" why={t("sources.why_key")}>
        <Actions source={source} />
      </WithKey>
      <Settings settings={source.settings} />
      <Ways api={pathOf(source.source)} />
    </article>
  );
}

function Facts({ source }: { source: SourceTold }) {
  const facts: [string, React.ReactNode][] = [
    [t("sources.key"), <code key="key">{source.source}</code>],
    [t("sources.kind"), source.kind],
    [t("sources.tried"), moment(source.last_try)],
    [t("sources.answered"), moment(source.last_success)],
    [t("sources.news"), moment(source.fetched ? source.last_news : null)],
    [t("sources.items"), t("sources.items.known", { n: source.fetched, known: number(source.known) })],
    [t("sources.perhour"), rate(source)],
    [t("sources.every"), source.every ? duration(source.every) : "–"],
    [t("sources.failures"), number(source.failures)],
  ];
  if (source.retry_at) facts.push([t("sources.retry"), moment(source.retry_at)]);
  return <Details facts={facts} />;
}

function moment(at: string | null): React.ReactNode {
  return at ? <Moment at={at}>{longDay(at)}</Moment> : "–";
}

function rate(source: SourceTold): string {
  if (source.per_hour === null) return "–";
  const told = number(source.per_hour, 1);
  if (source.usual_per_hour === null) return told;
  return `${told} · ${t("sources.usually", { rate: number(source.usual_per_hour, 1) })}`;
}

function Settings({ settings }: { settings: SourceTold["settings"] }) {
  const told = Object.entries(settings ?? {}).filter(
    ([, value]) => value !== "" && value !== null && value !== undefined,
  );
  if (!told.length) return null;
  return (
    <section>
      <h2>{t("sources.settings")}</h2>
      <Details
        facts={told.map(([name, value]) => [
          name.replaceAll("_", " "),
          <Words
            key={name}
            text={typeof value === "object" ? JSON.stringify(value) : String(value)}
            longest={400}
          />,
        ])}
      />
    </section>
  );
}

function Actions({ source }: { source: SourceTold }) {
  const doing = useDoing();
  const [tried, setTried] = useState<Tried>();
  const [, go] = useLocation();
  const path = pathOf(source.source);
  const turn = () =>
    doing.run(async () => {
      await ask(path, { method: "PATCH", body: { enabled: !source.enabled } });
      refresh(SOURCES);
    });
  const test = () => doing.run(async () => setTried(await ask<Tried>(`${path}/test`, { method: "POST" })));
  const remove = async () => {
    if (!window.confirm(t("sources.remove.sure"))) return;
    if (await doing.run(() => ask(path, { method: "DELETE" }))) {
      refresh(SOURCES);
      go("/sources");
    }
  };
  return (
    <section aria-label={t("sources.actions")}>
      <div className="line-up">
        <button type="button" className="strong" onClick={test} disabled={doing.busy}>
          {t(doing.busy ? "sources.asking" : "sources.test")}
        </button>
        <button type="button" onClick={turn} disabled={doing.busy}>
          {t(source.enabled ? "sources.disable" : "sources.enable")}
        </button>
        {source.chosen && (
          <button type="button" onClick={remove} disabled={doing.busy}>
            {t("sources.remove")}
          </button>
        )}
      </div>
      <Outcome doing={doing} tried={tried} />
    </section>
  );
}

function Outcome({ doing, tried }: { doing: Doing; tried: Tried | undefined }) {
  if (doing.fault !== undefined) return <Fault problem={doing.fault} inline />;
  if (!tried) return null;
  if (tried.fault) {
    return (
      <p className="fault-title" role="alert">
        <Words text={tried.fault} />
      </p>
    );
  }
  if (!tried.items.length) return <Empty title={t("sources.test.nothing")} />;
  return (
    <div className="tried" aria-live="polite">
      <h2>{t("sources.test.brings", { n: tried.items.length })}</h2>
      <ol>
        {tried.items.map((item) => (
          <li key={item.id}>
            <Away url={item.url} className="link">
              <Words text={item.title || item.url || item.id} lang={item.lang} longest={200} />
            </Away>
          </li>
        ))}
      </ol>
    </div>
  );
}
