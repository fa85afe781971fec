/** Asking for a key where one is needed; what is around it, and what was typed there, stays. */

import { type FormEvent, useState } from "react";
import { logIn, logOut, useSession } from "../api/session";
import { t } from "../texts";
import { Fault } from "./Fault";

export function Login() {
  const session = useSession();
  const [key, setKey] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  if (session) {
    return (
      <p className="login">
        {t("login.as", { name: session.name || session.kind || "" })}{" "}
        <button type="button" className="plain link" onClick={() => logOut().catch(setProblem)}>
          {t("login.out")}
        </button>
      </p>
    );
  }
  const send = (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    logIn(key.trim())
      .then(() => setKey(""))
      .catch(setProblem)
      .finally(() => setBusy(false));
  };
  return (
    <form className="login" onSubmit={send}>
      <p>
        {t("login.title")}. <span className="soft">{t("login.where")}</span>
      </p>
      <label>
        <span className="unseen">{t("login.key")}</span>
        <input
          type="password"
          name="key"
          value={key}
          placeholder="trend_…"
          autoComplete="current-password"
          onChange={(event) => setKey(event.target.value)}
        />
      </label>
      <button type="submit" className="strong" disabled={busy || !key.trim()}>
        {t("login.do")}
      </button>
      {problem !== undefined && <Fault problem={problem} inline />}
    </form>
  );
}
