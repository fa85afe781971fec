/** The reader's own: language, colours, who one is; and for who may, keys, watches and what was done. */

import { useAnswer } from "../api/answers";
import { logOut, useSession } from "../api/session";
import { useDoing } from "../shared/doing";
import { keep } from "../shared/kept";
import { LogIn, useMay } from "../shared/LogIn";
import { Details } from "../shared/Room";
import { Fault } from "../shared/Told";
import { setTheme, type Theme, useTheme } from "../shared/theme";
import { Words } from "../shared/Words";
import { LANGUAGES, type Language, speak, t, useLanguage } from "../texts";
import { Alerts } from "./Alerts";
import { Deeds } from "./Deeds";
import { Keys } from "./Keys";
import { Watches } from "./Watches";
import "./settings.css";

export default function Page() {
  const admin = useMay("admin");
  const known = useMay("write");
  return (
    <div className="room">
      <header className="heading">
        <h1>{t("nav.settings")}</h1>
      </header>
      <Looks />
      <Who />
      {known && <Watches />}
      {known && <Alerts />}
      {admin && <Keys />}
      {admin && <Deeds />}
      <Parts />
    </div>
  );
}

function Looks() {
  const language = useLanguage();
  const theme = useTheme();
  const { run, fault } = useDoing();
  const choose = (wanted: Language) => {
    keep("language", wanted);
    run(() => speak(wanted));
  };
  return (
    <section>
      <h2>{t("settings.looks")}</h2>
      <div className="line-up">
        <label>
          {t("settings.language")}{" "}
          <select value={language} onChange={(event) => choose(event.target.value as Language)}>
            {Object.entries(LANGUAGES).map(([code, name]) => (
              <option key={code} value={code} lang={code}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t("settings.theme")}{" "}
          <select value={theme} onChange={(event) => setTheme(event.target.value as Theme)}>
            {(["system", "light", "dark"] as const).map((name) => (
              <option key={name} value={name}>
                {t(`theme.${name}`)}
              </option>
            ))}
          </select>
        </label>
      </div>
      {fault !== undefined && <Fault problem={fault} inline />}
    </section>
  );
}

function Who() {
  const session = useSession();
  const { run, busy, fault } = useDoing();
  const named = session?.kind && session.kind !== "anonymous";
  return (
    <section>
      <h2>{t("settings.who")}</h2>
      {named ? (
        <div className="line-up">
          <p>
            <Words text={t("settings.who.known", { name: session.name || session.kind || "" })} />{" "}
            <span className="soft">{session.scopes?.join(", ")}</span>
          </p>
          <button type="button" disabled={busy} onClick={() => run(logOut)}>
            {t("login.leave")}
          </button>
        </div>
      ) : (
        <LogIn why={t("settings.who.unknown")} />
      )}
      {fault !== undefined && <Fault problem={fault} inline />}
    </section>
  );
}

/** What the server is made of, and how each part does. */
function Parts() {
  const ready = useAnswer<{ ready: boolean; parts: Record<string, string> }>("/readyz").data;
  if (!ready) return null;
  return (
    <section>
      <h2>{t("settings.parts")}</h2>
      <Details facts={Object.entries(ready.parts)} />
    </section>
  );
}
