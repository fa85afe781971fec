/** The calls that were made, and how each came out. */

import { Link } from "wouter";
import { useAnswer } from "../api/answers";
import type { CallPage, CallTold } from "../api/types";
import { address, useQuery } from "../shared/address";
import { longDay, number, sure } from "../shared/numbers";
import { Older } from "../shared/Room";
import { State } from "../shared/State";
import { type Column, Table } from "../shared/Table";
import { Await, Empty } from "../shared/Told";
import { Moment, Words } from "../shared/Words";
import { t } from "../texts";

const CALLS = "/api/v1/calls";

export function Calls() {
  const query = useQuery();
  const path = address(CALLS, { cursor: query.one("calls") });
  const answer = useAnswer<CallPage>(path);
  return (
    <section>
      <h2>{t("calls.title")}</h2>
      <p className="soft">{t("calls.told")}</p>
      <Await answer={answer} rows={6}>
        {(page) => (
          <>
            <Table
              name="calls"
              caption={t("calls.title")}
              columns={columns()}
              rows={page.calls}
              rowKey={(call) => `${call.topic} ${call.at}`}
              api={path}
              empty={<Empty title={t("calls.none")} />}
            />
            <Older next={page.next} name="calls" />
          </>
        )}
      </Await>
    </section>
  );
}

function outcome(call: CallTold): string {
  return call.outcome === null ? "open" : call.outcome.held ? "held" : "missed";
}

function columns(): Column<CallTold>[] {
  return [
    {
      key: "topic",
      title: t("calls.topic"),
      value: (c) => c.topic,
      className: "wide",
      show: (c) => (
        <Link href={`/trends/${encodeURIComponent(c.topic)}`} className="strong">
          <Words text={c.headline || c.topic} longest={140} />
        </Link>
      ),
    },
    {
      key: "at",
      title: t("calls.made"),
      value: (c) => c.at,
      number: true,
      show: (c) => <Moment at={c.at}>{longDay(c.at)}</Moment>,
    },
    { key: "rank", title: t("calls.rank"), value: (c) => c.rank, number: true },
    {
      key: "confidence",
      title: t("calls.confidence"),
      value: (c) => c.confidence,
      number: true,
      show: (c) => sure(c.confidence),
    },
    {
      key: "outcome",
      title: t("calls.outcome"),
      value: outcome,
      show: (c) => <State state={outcome(c)} />,
    },
    { key: "before", title: t("calls.before"), value: (c) => c.before, number: true },
    { key: "after", title: t("calls.after"), value: (c) => c.outcome?.after, number: true },
    {
      key: "lead_hours",
      title: t("calls.lead"),
      value: (c) => c.outcome?.lead_hours,
      number: true,
      className: "later",
      show: (c) =>
        typeof c.outcome?.lead_hours === "number"
          ? t("time.hours_exact", { hours: number(c.outcome.lead_hours, 1) })
          : "–",
    },
  ];
}
