/** One execution: its steps, how far each is, what went wrong, and stepping in. */

import { useEffect, useState } from "react";
import { refresh, useAnswer } from "../api/answers";
import { ask } from "../api/fetching";
import type { Execution, ExecutionStep } from "../api/types";
import { useDoing } from "../shared/doing";
import { WithKey } from "../shared/LogIn";
import { duration, longDay, number } from "../shared/numbers";
import { Back, Details } from "../shared/Room";
import { State } from "../shared/State";
import { type Column, Table } from "../shared/Table";
import { Await, Fault } from "../shared/Told";
import { Moment, Words } from "../shared/Words";
import { t } from "../texts";
import { Progress } from "./Progress";
import { named, pathOf, WORKFLOWS } from "./states";

export function One({ id }: { id: string }) {
  const answer = useAnswer<Execution>(pathOf(id));
  useFollowed(id, answer.data?.state === "running" || answer.data?.state === "waiting");
  return (
    <>
      <Back to="/workflows">{t("nav.workflows")}</Back>
      <Await answer={answer} rows={8}>
        {(execution) => <Shown execution={execution} />}
      </Await>
    </>
  );
}

const OFTEN_MS = 2_000;

/** The stream tells of changes of state; how far a step is gets asked for. */
function useFollowed(id: string, moving: boolean): void {
  useEffect(() => {
    if (!moving) return;
    const timer = setInterval(() => refresh(pathOf(id)), OFTEN_MS);
    return () => clearInterval(timer);
  }, [id, moving]);
}

function Shown({ execution }: { execution: Execution }) {
  return (
    <article className="room">
      <header className="heading">
        <h1>
          <Words text={named(execution.workflow)} longest={120} />
        </h1>
        <p>
          <State state={execution.state} />{" "}
          <Progress of={execution.progress} state={execution.state} label={named(execution.workflow)} />
        </p>
        {execution.error && (
          <p className="fault-title">
            <Words text={execution.error} />
          </p>
        )}
      </header>
      <Facts execution={execution} />
      <WithKey scope="write" why={t("workflows.why_key")}>
        <Actions execution={execution} />
      </WithKey>
      <section>
        <h2>{t("workflows.steps")}</h2>
        <Table
          name={`workflow-${execution.id}`}
          caption={t("workflows.steps")}
          columns={columns()}
          rows={execution.steps}
          rowKey={(step) => String(step.number)}
          api={pathOf(execution.id)}
        />
      </section>
    </article>
  );
}

function Facts({ execution }: { execution: Execution }) {
  const facts: [string, React.ReactNode][] = [
    ["id", <code key="id">{execution.id}</code>],
    [
      t("workflows.created"),
      <Moment key="created" at={execution.created}>
        {longDay(execution.created)}
      </Moment>,
    ],
  ];
  if (typeof execution.seconds === "number") facts.push([t("workflows.took"), duration(execution.seconds)]);
  if (execution.executor) facts.push([t("workflows.executor"), execution.executor]);
  if (execution.schedule) facts.push([t("workflows.schedule"), execution.schedule]);
  if (execution.recoveries) facts.push([t("workflows.recoveries"), number(execution.recoveries)]);
  return <Details facts={facts} />;
}

const MAY: Record<string, readonly ("pause" | "resume" | "cancel")[]> = {
  waiting: ["pause", "cancel"],
  running: ["pause", "cancel"],
  paused: ["resume", "cancel"],
  cancelled: ["resume"],
  "timed out": ["resume"],
};

function Actions({ execution }: { execution: Execution }) {
  const { run, busy, fault } = useDoing();
  const [note, setNote] = useState("");
  const does = (what: string, body?: unknown) => () =>
    run(async () => {
      await ask(`${pathOf(execution.id)}/${what}`, { method: "POST", body });
      setNote("");
      refresh(WORKFLOWS);
    });
  const waiting = execution.steps.filter((step) => step.state === "approval");
  const may = MAY[execution.state] ?? [];
  if (!waiting.length && !may.length) return null;
  return (
    <section aria-label={t("sources.actions")}>
      {waiting.map((step) => (
        <div key={step.number} className="approval">
          <p>
            <Words text={t("workflows.approval", { step: named(step.name) })} longest={200} />
          </p>
          {step.question && (
            <p className="asked">
              <Words text={step.question} longest={1000} />
            </p>
          )}
          <div className="line-up">
            <label className="grow">
              <span className="unseen">{t("workflows.note")}</span>
              <input
                value={note}
                maxLength={1000}
                placeholder={t("workflows.note")}
                onChange={(event) => setNote(event.target.value)}
              />
            </label>
            <button
              type="button"
              className="strong"
              disabled={busy}
              onClick={does("approve", { yes: true, step: step.name, note })}
            >
              {t("workflows.yes")}
            </button>
            <button
              type="button"
              disabled={busy}
              onClick={does("approve", { yes: false, step: step.name, note })}
            >
              {t("workflows.no")}
            </button>
          </div>
        </div>
      ))}
      <div className="line-up">
        {may.map((what) => (
          <button key={what} type="button" disabled={busy} onClick={does(what)}>
            {t(`workflows.${what}`)}
          </button>
        ))}
      </div>
      {fault !== undefined && <Fault problem={fault} inline />}
    </section>
  );
}

function columns(): Column<ExecutionStep>[] {
  return [
    { key: "number", title: "#", value: (s) => s.number, number: true },
    {
      key: "name",
      title: t("workflows.step"),
      value: (s) => s.name,
      className: "wide",
      show: (s) => (
        <>
          <Words text={named(s.name)} longest={100} />
          <span className="below">
            <Words text={s.error || resulted(s.result)} longest={240} />
          </span>
        </>
      ),
    },
    {
      key: "state",
      title: t("facet.state"),
      value: (s) => s.state,
      show: (s) => <State state={s.state} />,
    },
    {
      key: "progress",
      title: t("workflows.progress"),
      value: (s) => s.progress,
      show: (s) => <Progress of={s.progress} state={s.state} label={named(s.name)} />,
    },
    {
      key: "attempts",
      title: t("workflows.attempts"),
      value: (s) => s.attempts,
      number: true,
      className: "later",
    },
    {
      key: "began",
      title: t("workflows.began"),
      value: (s) => s.began,
      number: true,
      className: "later",
      show: (s) => (s.began ? <Moment at={s.began}>{longDay(s.began)}</Moment> : "–"),
    },
    {
      key: "seconds",
      title: t("workflows.took"),
      value: (s) => s.seconds,
      number: true,
      show: (s) => (typeof s.seconds === "number" ? duration(s.seconds) : "–"),
    },
  ];
}

/** What a step gave, its counts first. */
function resulted(result: unknown): string {
  if (result === null || result === undefined) return "";
  if (typeof result !== "object") return String(result);
  return Object.entries(result)
    .filter(([, value]) => ["number", "string", "boolean"].includes(typeof value))
    .map(([name, value]) => `${name.replaceAll("_", " ")} ${told(value)}`)
    .join(" · ");
}

const MOMENT = /^\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)$/;

function told(value: unknown): string {
  if (typeof value === "number") return number(value);
  return typeof value === "string" && MOMENT.test(value) ? longDay(value) : String(value);
}
