/** Keys: who may do what by program. A key's text is shown once. */

import { type FormEvent, useState } from "react";
import { refresh, useAnswer } from "../api/answers";
import { ask } from "../api/fetching";
import type { Key, KeyPage, NewKey } from "../api/types";
import { useDoing } from "../shared/doing";
import { longDay } from "../shared/numbers";
import { State } from "../shared/State";
import { type Column, Table } from "../shared/Table";
import { Await, Fault } from "../shared/Told";
import { Moment, Words } from "../shared/Words";
import { t } from "../texts";

const KEYS = "/api/v1/admin/keys";

export function Keys() {
  const answer = useAnswer<KeyPage>(KEYS);
  const [made, setMade] = useState<NewKey>();
  const { run, busy, fault } = useDoing();
  const act = (path: string, method: "POST" | "DELETE", body?: unknown) =>
    run(async () => {
      const told = await ask<NewKey | Key>(path, { method, body });
      setMade("text" in told ? told : undefined);
      refresh(KEYS);
    });
  const revoke = (key: Key) => {
    if (window.confirm(t("keys.revoke.sure", { name: key.name }))) act(`${KEYS}/${key.id}`, "DELETE");
  };
  return (
    <section>
      <h2>{t("keys.title")}</h2>
      <Make busy={busy} make={(name, scope) => act(KEYS, "POST", { name, scope })} />
      {fault !== undefined && <Fault problem={fault} inline />}
      {made && <Shown made={made} />}
      <Await answer={answer}>
        {(page) => (
          <Table
            name="keys"
            caption={t("keys.title")}
            columns={columns(
              (key) => act(`${KEYS}/${key.id}/rotate`, "POST", { grace_hours: 24 }),
              revoke,
              busy,
            )}
            rows={page.keys}
            rowKey={(key) => key.id}
            rowClass={(key) => (standing(key) === "ok" ? undefined : "off")}
            api={KEYS}
          />
        )}
      </Await>
    </section>
  );
}

function Make({ busy, make }: { busy: boolean; make: (name: string, scope: string) => Promise<boolean> }) {
  const [name, setName] = useState("");
  const [scope, setScope] = useState("read");
  const send = async (event: FormEvent) => {
    event.preventDefault();
    if (await make(name.trim(), scope)) setName("");
  };
  return (
    <form className="line-up" onSubmit={send}>
      <label className="grow">
        <span className="unseen">{t("keys.name")}</span>
        <input
          value={name}
          maxLength={100}
          placeholder={t("keys.name")}
          onChange={(event) => setName(event.target.value)}
          required
        />
      </label>
      <label>
        {t("keys.scope")}{" "}
        <select value={scope} onChange={(event) => setScope(event.target.value)}>
          {["read", "write", "admin"].map((one) => (
            <option key={one} value={one}>
              {t(`keys.scope.${one}`)}
            </option>
          ))}
        </select>
      </label>
      <button type="submit" className="strong" disabled={busy || !name.trim()}>
        {t("keys.make")}
      </button>
    </form>
  );
}

function Shown({ made }: { made: NewKey }) {
  return (
    <div className="once" role="status">
      <p>{t("keys.once", { name: made.key.name })}</p>
      <input
        readOnly
        value={made.text}
        aria-label={t("login.key")}
        onFocus={(event) => event.target.select()}
        spellCheck={false}
      />
    </div>
  );
}

function standing(key: Key): string {
  if (key.revoked_at) return "revoked";
  return key.expires_at && Date.parse(key.expires_at) < Date.now() ? "expired" : "ok";
}

function columns(rotate: (key: Key) => void, revoke: (key: Key) => void, busy: boolean): Column<Key>[] {
  return [
    {
      key: "name",
      title: t("keys.name"),
      value: (k) => k.name,
      className: "wide",
      show: (k) => (
        <>
          <Words text={k.name} longest={100} /> <code className="soft">{k.id}</code>
        </>
      ),
    },
    { key: "scope", title: t("keys.scope"), value: (k) => k.scope, show: (k) => t(`keys.scope.${k.scope}`) },
    { key: "state", title: t("facet.state"), value: standing, show: (k) => <State state={standing(k)} /> },
    {
      key: "created_at",
      title: t("keys.created"),
      value: (k) => k.created_at,
      className: "later",
      show: (k) => <Moment at={k.created_at}>{longDay(k.created_at)}</Moment>,
    },
    {
      key: "used_at",
      title: t("keys.used"),
      value: (k) => k.used_at,
      className: "later",
      show: (k) => (k.used_at ? <Moment at={k.used_at}>{longDay(k.used_at)}</Moment> : "–"),
    },
    {
      key: "actions",
      title: t("sources.actions"),
      value: () => "",
      show: (k) =>
        standing(k) === "ok" && (
          <span className="acts">
            <button type="button" className="plain link" disabled={busy} onClick={() => rotate(k)}>
              {t("keys.rotate")}
            </button>
            <button type="button" className="plain link" disabled={busy} onClick={() => revoke(k)}>
              {t("keys.revoke")}
            </button>
          </span>
        ),
    },
  ];
}
