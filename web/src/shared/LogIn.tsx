/** What takes a key: shown to who has one, and to others the place to give it. */

import { type FormEvent, type ReactNode, useState } from "react";
import { logIn, useSession, useWho } from "../api/session";
import { t } from "../texts";
import { Fault } from "./Fault";
import { Waiting } from "./Waiting";
import "../styles/rooms.css";

export type Scope = "read" | "write" | "admin";

/** Whether who looks may do what a scope allows. */
export function useMay(scope: Scope): boolean {
  return useSession()?.scopes?.includes(scope) ?? false;
}

/** Its children for who may, else a field for a key and the reason why one is asked for. */
export function WithKey({ scope, why, children }: { scope: Scope; why: string; children: ReactNode }) {
  return useMay(scope) ? children : <LogIn why={why} />;
}

/** The place to give a key, once it is known that nobody has logged in. */
export function LogIn({ why }: { why: string }) {
  const { data, problem, retryAt } = useWho();
  if (data === undefined && !problem) return <Waiting rows={1} />;
  return (
    <>
      {problem?.passing && <Fault problem={problem} retryAt={retryAt} inline />}
      <Form why={why} />
    </>
  );
}

function Form({ why }: { why: string }) {
  const [key, setKey] = useState("");
  const [fault, setFault] = useState<unknown>();
  const [asking, setAsking] = useState(false);
  const signOn = useWho().data?.sign_on;
  const send = async (event: FormEvent) => {
    event.preventDefault();
    setAsking(true);
    setFault(undefined);
    await logIn(key.trim()).then(() => setKey(""), setFault);
    setAsking(false);
  };
  return (
    <form className="log-in" onSubmit={send}>
      <p className="soft">{why}</p>
      <div className="line-up">
        <label>
          <span className="unseen">{t("login.key")}</span>
          <input
            type="password"
            name="key"
            value={key}
            onChange={(event) => setKey(event.target.value)}
            placeholder={t("login.hint")}
            autoComplete="current-password"
            spellCheck={false}
            required
          />
        </label>
        <button type="submit" className="strong" disabled={asking || !key.trim()}>
          {t("login.do")}
        </button>
        {signOn && (
          <a className="link" href={signOn}>
            {t("login.elsewhere")}
          </a>
        )}
      </div>
      {fault !== undefined && <Fault problem={fault} inline />}
    </form>
  );
}
