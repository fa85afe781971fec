/** Watches: saved filters one wants to be told about. */

import { useState } from "react";
import { refresh, useAnswer } from "../api/answers";
import { ask } from "../api/fetching";
import type { WatchPage, WatchTold } from "../api/types";
import { useDoing } from "../shared/doing";
import { type Column, Table } from "../shared/Table";
import { Await, Empty, Fault } from "../shared/Told";
import { Words } from "../shared/Words";
import { t } from "../texts";
import { WatchForm } from "./WatchForm";

const WATCHES = "/api/v1/watches";

export function Watches() {
  const answer = useAnswer<WatchPage>(WATCHES);
  const { run, busy, fault } = useDoing();
  const [editing, setEditing] = useState<WatchTold>();
  const act = (path: string, method: "POST" | "PATCH" | "DELETE", body?: unknown) =>
    run(async () => {
      await ask(path, { method, body });
      refresh(WATCHES);
      refresh("/api/v1/alerts");
    });
  const path = (watch: WatchTold) => `${WATCHES}/${encodeURIComponent(watch.id)}`;
  const remove = (watch: WatchTold) => {
    if (window.confirm(t("watches.remove.sure", { name: watch.name }))) act(path(watch), "DELETE");
  };
  const change = async (watch: WatchTold, body: unknown) => {
    const worked = await act(path(watch), "PATCH", body);
    if (worked) setEditing(undefined);
    return worked;
  };
  const turn = (watch: WatchTold) => act(path(watch), "PATCH", { enabled: !watch.enabled });
  return (
    <section>
      <h2>{t("watches.title")}</h2>
      <p className="soft">{t("watches.lead")}</p>
      <WatchForm busy={busy} send={(body) => act(WATCHES, "POST", body)} />
      {fault !== undefined && <Fault problem={fault} inline />}
      {editing && (
        <div className="drawer">
          <WatchForm
            key={editing.id}
            watch={editing}
            busy={busy}
            send={(body) => change(editing, body)}
            leave={() => setEditing(undefined)}
          />
        </div>
      )}
      <Await answer={answer}>
        {(page) => (
          <Table
            name="watches"
            caption={t("watches.title")}
            columns={columns({ edit: setEditing, turn, remove, busy })}
            rows={page.watches}
            rowKey={(watch) => watch.id}
            rowClass={(watch) => (watch.enabled ? undefined : "off")}
            api={WATCHES}
            empty={<Empty title={t("watches.none")} />}
          />
        )}
      </Await>
    </section>
  );
}

interface Acts {
  edit: (watch: WatchTold) => void;
  turn: (watch: WatchTold) => void;
  remove: (watch: WatchTold) => void;
  busy: boolean;
}

function columns({ edit, turn, remove, busy }: Acts): Column<WatchTold>[] {
  return [
    { key: "name", title: t("watches.name"), value: (w) => w.name, show: (w) => <Words text={w.name} /> },
    {
      key: "filter",
      title: t("watches.filter"),
      value: (w) => inWords(w.filter),
      className: "wide",
      show: (w) => <Words text={inWords(w.filter) || t("watches.everything")} longest={200} />,
    },
    {
      key: "actions",
      title: t("sources.actions"),
      value: () => "",
      show: (w) => (
        <span className="acts">
          <button type="button" className="plain link" disabled={busy} onClick={() => edit(w)}>
            {t("watches.edit")}
          </button>
          <button type="button" className="plain link" disabled={busy} onClick={() => turn(w)}>
            {t(w.enabled ? "sources.disable" : "sources.enable")}
          </button>
          <button type="button" className="plain link" disabled={busy} onClick={() => remove(w)}>
            {t("sources.remove")}
          </button>
        </span>
      ),
    },
  ];
}

function inWords(filter: WatchTold["filter"]): string {
  return [
    filter.text,
    ...(filter.states ?? []).map((state) => t(`state.${state}`)),
    ...(filter.categories ?? []),
    ...(filter.languages ?? []),
    ...(filter.sources ?? []),
    filter.alarmed ? t("watches.alarmed") : "",
  ]
    .filter(Boolean)
    .join(" · ");
}
