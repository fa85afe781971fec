/** Putting topics right: merge this one with another, split items off, pin them here, or take such a thing back. */

import { type FormEvent, useState } from "react";
import { refresh, useAnswer } from "../api/answers";
import { ask } from "../api/fetching";
import { LogIn, useMay } from "../shared/LogIn";
import { longDay } from "../shared/numbers";
import { Fault } from "../shared/Told";
import { Moment } from "../shared/Words";
import { t } from "../texts";
import type { Chosen } from "./choosing";

const PATH = "/api/v1/corrections";

interface Said {
  correction: { id: number; kind: string; by: string; said_at: string; topic: string; of: readonly string[] };
  stands: boolean;
}

export function Corrections({ id, choose }: { id: string; choose: Chosen }) {
  const may = useMay("write");
  const [problem, setProblem] = useState<unknown>();
  const [done, setDone] = useState(false);
  const [busy, setBusy] = useState(false);
  const say = async (...said: readonly unknown[]) => {
    setBusy(true);
    setProblem(undefined);
    setDone(false);
    try {
      for (const body of said) await ask(PATH, { method: "POST", body });
      setDone(true);
      choose.clear();
      refresh("/api/v1/");
      return true;
    } catch (fault) {
      setProblem(fault);
      return false;
    } finally {
      setBusy(false);
    }
  };
  const items = [...choose.items];
  return (
    <section className="panel correct">
      <h2>{t("correct.title")}</h2>
      <p className="soft">{t("correct.why")}</p>
      {!may && <LogIn why={`${t("login.title")}. ${t("login.where")}`} />}
      <Merge id={id} busy={busy || !may} merge={(other) => say({ kind: "merge", topics: [id, other] })} />
      <div className="ticked">
        <p>{items.length ? t("correct.chosen", { n: items.length }) : t("correct.tick")}</p>
        <button type="button" aria-pressed={choose.open} onClick={() => choose.setOpen(!choose.open)}>
          {t("correct.choose")}
        </button>
        <button
          type="button"
          disabled={busy || !may || !items.length}
          onClick={() => say({ kind: "split", topic: id, items })}
        >
          {t("correct.split")}
        </button>
        <button
          type="button"
          disabled={busy || !may || !items.length}
          onClick={() => say(...items.map((item) => ({ kind: "pin", item, topic: id })))}
        >
          {t("correct.pin")}
        </button>
      </div>
      {problem !== undefined && <Fault problem={problem} inline />}
      {done && <p role="status">{t("correct.done")}</p>}
      <Known id={id} busy={busy || !may} undo={(correction) => say({ kind: "undo", correction })} />
    </section>
  );
}

function Merge({
  id,
  busy,
  merge,
}: {
  id: string;
  busy: boolean;
  merge: (other: string) => Promise<boolean>;
}) {
  const [typed, setTyped] = useState("");
  const other = topicOf(typed);
  const send = async (event: FormEvent) => {
    event.preventDefault();
    if (await merge(other)) setTyped("");
  };
  return (
    <form className="merge" onSubmit={send}>
      <label>
        <span>{t("correct.merge")}</span>
        <input
          name="other"
          value={typed}
          maxLength={500}
          placeholder={t("correct.id")}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setTyped(event.target.value)}
        />
      </label>
      <button type="submit" disabled={busy || !other || other === id}>
        {t("correct.do")}
      </button>
    </form>
  );
}

/** The id of a topic that was typed as such, or as the address of its page. */
export function topicOf(typed: string): string {
  const text = typed.trim();
  const found = text.match(/\/trends\/([^/?#]+)/);
  return found?.[1] ? decodeURIComponent(found[1]) : text;
}

function Known({ id, busy, undo }: { id: string; busy: boolean; undo: (correction: number) => void }) {
  const { data } = useAnswer<{ corrections: readonly Said[] }>(`${PATH}?limit=200`);
  const mine = (data?.corrections ?? []).filter(
    ({ correction }) => correction.topic === id || correction.of.includes(id),
  );
  if (!mine.length) return null;
  return (
    <>
      <h3>{t("correct.said")}</h3>
      <ul className="said">
        {mine.map(({ correction, stands }) => (
          <li key={correction.id} className={stands ? undefined : "soft"}>
            {t(`correct.kind.${correction.kind}`)} · <bdi>{correction.by.slice(0, 60)}</bdi> ·{" "}
            <Moment at={correction.said_at}>{longDay(correction.said_at)}</Moment>
            {stands && (
              <button
                type="button"
                className="plain link"
                disabled={busy}
                onClick={() => undo(correction.id)}
              >
                {t("correct.undo")}
              </button>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}
