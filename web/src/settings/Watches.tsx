/** Watches: saved filters one wants to be told about. */

import { type FormEvent, useState } from "react";
import { refresh, useAnswer } from "../api/answers";
import { ask } from "../api/fetching";
import { STATES, type WatchPage, type WatchTold } from "../api/types";
import { useDoing } from "../shared/doing";
import { type Column, Table } from "../shared/Table";
import { Await, Empty, Fault } from "../shared/Told";
import { Words } from "../shared/Words";
import { t } from "../texts";

const WATCHES = "/api/v1/watches";

export function Watches() {
  const answer = useAnswer<WatchPage>(WATCHES);
  const { run, busy, fault } = useDoing();
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
  return (
    <section>
      <h2>{t("watches.title")}</h2>
      <p className="soft">{t("watches.lead")}</p>
      <Make busy={busy} make={(body) => act(WATCHES, "POST", body)} />
      {fault !== undefined && <Fault problem={fault} inline />}
      <Await answer={answer}>
        {(page) => (
          <Table
            name="watches"
            caption={t("watches.title")}
            columns={columns((watch) => act(path(watch), "PATCH", { enabled: !watch.enabled }), remove, busy)}
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

const parts = (text: string) =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean);

function Make({ busy, make }: { busy: boolean; make: (body: unknown) => Promise<boolean> }) {
  const blank = { name: "", text: "", languages: "", sources: "", state: "", alarmed: false };
  const [typed, setTyped] = useState(blank);
  const send = async (event: FormEvent) => {
    event.preventDefault();
    const filter = {
      text: typed.text.trim(),
      languages: parts(typed.languages),
      sources: parts(typed.sources),
      states: typed.state ? [typed.state] : [],
      alarmed: typed.alarmed,
    };
    if (await make({ name: typed.name.trim(), filter })) setTyped(blank);
  };
  const field = (name: "name" | "text" | "languages" | "sources", required = false) => (
    <label>
      <span className="soft">{t(`watches.${name}`)}</span>
      <input
        value={typed[name]}
        maxLength={100}
        required={required}
        onChange={(event) => setTyped({ ...typed, [name]: event.target.value })}
      />
    </label>
  );
  return (
    <form className="fields" onSubmit={send}>
      {field("name", true)}
      {field("text")}
      {field("languages")}
      {field("sources")}
      <label>
        <span className="soft">{t("facet.state")}</span>
        <select value={typed.state} onChange={(event) => setTyped({ ...typed, state: event.target.value })}>
          <option value="">{t("sources.all")}</option>
          {STATES.map((state) => (
            <option key={state} value={state}>
              {t(`state.${state}`)}
            </option>
          ))}
        </select>
      </label>
      <label className="check">
        <input
          type="checkbox"
          checked={typed.alarmed}
          onChange={(event) => setTyped({ ...typed, alarmed: event.target.checked })}
        />{" "}
        {t("watches.alarmed")}
      </label>
      <button type="submit" className="strong" disabled={busy || !typed.name.trim()}>
        {t("watches.make")}
      </button>
    </form>
  );
}

function columns(
  turn: (watch: WatchTold) => void,
  remove: (watch: WatchTold) => void,
  busy: boolean,
): Column<WatchTold>[] {
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
