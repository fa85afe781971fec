/** What is run, and what ran: executions of workflows, and stepping in. */

import { useCallback } from "react";
import { Link, useParams } from "wouter";
import { refresh, useAnswer } from "../api/answers";
import { type LiveEvent, useHeard } from "../api/live";
import type { Execution, ExecutionPage } from "../api/types";
import { address, useQuery } from "../shared/address";
import { ago, duration } from "../shared/numbers";
import { Older } from "../shared/Room";
import { State } from "../shared/State";
import { type Column, Table } from "../shared/Table";
import { Await, Empty } from "../shared/Told";
import { Moment, Words } from "../shared/Words";
import { t } from "../texts";
import { One } from "./One";
import { Progress } from "./Progress";
import { Start } from "./Start";
import { named, WORKFLOWS } from "./states";
import "./workflows.css";

const CHOICES = ["", "running", "waiting", "paused", "done", "failed", "cancelled"] as const;

export default function Workflows() {
  const { id } = useParams<{ id: string }>();
  useHeard(
    useCallback((event: LiveEvent | "poll") => {
      if (event === "workflows" || event === "poll") refresh(WORKFLOWS);
    }, []),
  );
  return id ? <One id={id} /> : <List />;
}

function List() {
  const query = useQuery();
  const state = query.one("state");
  const path = address(WORKFLOWS, { state, cursor: query.one("cursor") });
  const answer = useAnswer<ExecutionPage>(path);
  return (
    <>
      <header className="heading">
        <h1>{t("nav.workflows")}</h1>
        <p className="soft">{t("workflows.lead")}</p>
      </header>
      <Start />
      <div className="toolbar">
        <fieldset className="windows">
          <legend className="unseen">{t("facet.state")}</legend>
          {CHOICES.map((name) => (
            <label key={name} className={state === name ? "chosen" : undefined}>
              <input
                type="radio"
                name="state"
                className="unseen"
                checked={state === name}
                onChange={() => query.set({ state: name, cursor: "" }, true)}
              />
              {name ? t(`state.${name}`) : t("sources.all")}
            </label>
          ))}
        </fieldset>
      </div>
      <Await answer={answer} rows={8}>
        {(page) => (
          <>
            <Table
              name="workflows"
              caption={t("nav.workflows")}
              columns={columns()}
              rows={page.executions}
              rowKey={(execution) => execution.id}
              api={path}
              empty={<Empty title={t("workflows.none")}>{t("workflows.none.more")}</Empty>}
            />
            <Older next={page.next} />
          </>
        )}
      </Await>
    </>
  );
}

function columns(): Column<Execution>[] {
  const now = new Date().toISOString();
  return [
    {
      key: "workflow",
      title: t("workflows.workflow"),
      value: (e) => e.workflow,
      className: "wide",
      show: (e) => (
        <>
          <Link href={`/workflows/${encodeURIComponent(e.id)}`} className="strong">
            <Words text={named(e.workflow)} longest={80} />
          </Link>
          <span className="below">
            <Words
              text={e.error || (e.schedule ? t("workflows.by", { schedule: e.schedule }) : e.id)}
              longest={140}
            />
          </span>
        </>
      ),
    },
    {
      key: "state",
      title: t("facet.state"),
      value: (e) => e.state,
      show: (e) => <State state={e.state} />,
    },
    {
      key: "progress",
      title: t("workflows.progress"),
      value: (e) => e.progress,
      show: (e) => <Progress of={e.progress} state={e.state} label={named(e.workflow)} />,
    },
    {
      key: "created",
      title: t("workflows.created"),
      value: (e) => e.created,
      number: true,
      show: (e) => <Moment at={e.created}>{t("time.ago", { ago: ago(e.created, now) })}</Moment>,
    },
    {
      key: "seconds",
      title: t("workflows.took"),
      value: (e) => e.seconds,
      number: true,
      show: (e) => (typeof e.seconds === "number" ? duration(e.seconds) : "–"),
    },
  ];
}
