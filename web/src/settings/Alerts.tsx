/** What one's watches told. */

import { Link } from "wouter";
import { refresh, useAnswer } from "../api/answers";
import { ask } from "../api/fetching";
import type { AlertPage, AlertTold } from "../api/types";
import { address, useQuery } from "../shared/address";
import { useDoing } from "../shared/doing";
import { longDay } from "../shared/numbers";
import { Older } from "../shared/Room";
import { State } from "../shared/State";
import { type Column, Table } from "../shared/Table";
import { Await, Empty, Fault } from "../shared/Told";
import { Moment, Words } from "../shared/Words";
import { t } from "../texts";

const ALERTS = "/api/v1/alerts";

export function Alerts() {
  const path = address(ALERTS, { cursor: useQuery().one("alerts") });
  const answer = useAnswer<AlertPage>(path);
  const { run, busy, fault } = useDoing();
  const newest = answer.data?.alerts[0];
  const readAll = () =>
    run(async () => {
      await ask(ALERTS, { method: "PATCH", body: { until: newest?.id } });
      refresh(ALERTS);
    });
  return (
    <section>
      <div className="line-up">
        <h2>{t("alerts.title")}</h2>
        {answer.data?.alerts.some((alert) => !alert.read_at) && (
          <button type="button" disabled={busy} onClick={readAll}>
            {t("alerts.read_all")}
          </button>
        )}
      </div>
      {fault !== undefined && <Fault problem={fault} inline />}
      <Await answer={answer}>
        {(page) => (
          <>
            <Table
              name="alerts"
              caption={t("alerts.title")}
              columns={columns()}
              rows={page.alerts}
              rowKey={(alert) => alert.id}
              rowClass={(alert) => (alert.read_at ? "off" : undefined)}
              api={path}
              empty={<Empty title={t("alerts.none")} />}
            />
            <Older next={page.next} name="alerts" />
          </>
        )}
      </Await>
    </section>
  );
}

function columns(): Column<AlertTold>[] {
  return [
    {
      key: "headline",
      title: t("calls.topic"),
      value: (a) => a.headline,
      className: "wide",
      show: (a) => (
        <Link href={`/trends/${encodeURIComponent(a.topic)}`} className="strong">
          <Words text={a.headline || a.topic} longest={140} />
        </Link>
      ),
    },
    { key: "kind", title: t("alerts.what"), value: (a) => a.kind, show: (a) => t(`alerts.kind.${a.kind}`) },
    { key: "state", title: t("facet.state"), value: (a) => a.state, show: (a) => <State state={a.state} /> },
    {
      key: "at",
      title: t("alerts.when"),
      value: (a) => a.at,
      number: true,
      show: (a) => <Moment at={a.at}>{longDay(a.at)}</Moment>,
    },
  ];
}
