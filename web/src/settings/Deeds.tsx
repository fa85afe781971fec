/** The audit log: who changed what. */

import { useAnswer } from "../api/answers";
import type { Deed, DeedPage } from "../api/types";
import { address, useQuery } from "../shared/address";
import { longDay } from "../shared/numbers";
import { Older } from "../shared/Room";
import { type Column, Table } from "../shared/Table";
import { Await } from "../shared/Told";
import { Moment, Words } from "../shared/Words";
import { t } from "../texts";

export function Deeds() {
  const query = useQuery();
  const path = address("/api/v1/admin/audit", { cursor: query.one("audit") });
  const answer = useAnswer<DeedPage>(path);
  return (
    <section>
      <h2>{t("audit.title")}</h2>
      <Await answer={answer}>
        {(page) => (
          <>
            <Table
              name="audit"
              caption={t("audit.title")}
              columns={columns()}
              rows={page.deeds}
              rowKey={(deed) => String(deed.number)}
              api={path}
            />
            <Older next={page.next} name="audit" />
          </>
        )}
      </Await>
    </section>
  );
}

function columns(): Column<Deed>[] {
  return [
    {
      key: "at",
      title: t("alerts.when"),
      value: (d) => d.at,
      show: (d) => <Moment at={d.at}>{longDay(d.at)}</Moment>,
    },
    {
      key: "name",
      title: t("audit.who"),
      value: (d) => d.name || d.caller,
      show: (d) => <Words text={d.name || d.caller || "–"} longest={80} />,
    },
    {
      key: "action",
      title: t("audit.action"),
      value: (d) => d.action,
      className: "wide",
      show: (d) => <code>{d.action.slice(0, 120)}</code>,
    },
    { key: "status", title: t("audit.status"), value: (d) => d.status, number: true },
    { key: "address", title: t("audit.from"), value: (d) => d.address, className: "later" },
  ];
}
