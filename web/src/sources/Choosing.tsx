/** Adding sources: by an address, or many at once as OPML. */

import { type FormEvent, useRef, useState } from "react";
import { Link } from "wouter";
import { refresh } from "../api/answers";
import { ask } from "../api/fetching";
import { SOURCES } from "../api/sources";
import type { SourcePage, TakenFeeds } from "../api/types";
import { useDoing } from "../shared/doing";
import { useKeys } from "../shared/keys";
import { WithKey } from "../shared/LogIn";
import { Fault } from "../shared/Told";
import { Words } from "../shared/Words";
import { t } from "../texts";

export function Choosing() {
  const [open, setOpen] = useState(false);
  useKeys({ a: () => setOpen(true) });
  return (
    <section className="opener" aria-label={t("sources.add")}>
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
        {t("sources.add")}
      </button>
      {open && (
        <div className="drawer">
          <WithKey scope="write" why={t("sources.why_key")}>
            <ByAddress />
            <ByList />
          </WithKey>
        </div>
      )}
    </section>
  );
}

function ByAddress() {
  const [typed, setTyped] = useState("");
  const [every, setEvery] = useState(false);
  const [added, setAdded] = useState<SourcePage>();
  const { run, busy, fault } = useDoing();
  const send = async (event: FormEvent) => {
    event.preventDefault();
    setAdded(undefined);
    const worked = await run(async () =>
      setAdded(
        await ask<SourcePage>(SOURCES, {
          method: "POST",
          body: { address: typed.trim(), every_feed: every },
        }),
      ),
    );
    if (worked) setTyped("");
    refresh(SOURCES);
  };
  return (
    <form onSubmit={send}>
      <h2>{t("sources.by_address")}</h2>
      <p className="soft">{t("sources.by_address.more")}</p>
      <div className="line-up">
        <label className="grow">
          <span className="unseen">{t("sources.address")}</span>
          <input
            // biome-ignore lint/a11y/noAutofocus: the panel was opened to type here
            autoFocus
            name="address"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            placeholder="https://example.org/"
            maxLength={2048}
            spellCheck={false}
            required
          />
        </label>
        <label className="check">
          <input type="checkbox" checked={every} onChange={(event) => setEvery(event.target.checked)} />{" "}
          {t("sources.every_feed")}
        </label>
        <button type="submit" className="strong" disabled={busy || !typed.trim()}>
          {t(busy ? "sources.looking" : "sources.add.do")}
        </button>
      </div>
      {fault !== undefined && <Fault problem={fault} inline />}
      <ul className="added" aria-live="polite">
        {added?.sources.map((source) => (
          <li key={source.source}>
            ✓{" "}
            <Link className="link" href={`/sources/${encodeURIComponent(source.source)}`}>
              <Words text={source.label || source.source} longest={100} />
            </Link>
          </li>
        ))}
      </ul>
    </form>
  );
}

function ByList() {
  const file = useRef<HTMLInputElement>(null);
  const [taken, setTaken] = useState<TakenFeeds>();
  const { run, busy, fault } = useDoing();
  const send = async () => {
    const chosen = file.current?.files?.[0];
    if (!chosen) return;
    await run(async () =>
      setTaken(
        await ask<TakenFeeds>(`${SOURCES}/opml`, {
          method: "POST",
          body: await chosen.text(),
          type: "text/x-opml",
        }),
      ),
    );
    if (file.current) file.current.value = "";
    refresh(SOURCES);
  };
  return (
    <div>
      <h2>OPML</h2>
      <p className="soft">{t("sources.opml.more")}</p>
      <div className="line-up">
        <label>
          <span className="unseen">{t("sources.opml.file")}</span>
          <input
            ref={file}
            type="file"
            accept=".opml,.xml,text/x-opml,text/xml"
            onChange={send}
            disabled={busy}
          />
        </label>
        <a className="link" href={`${SOURCES}/opml`} download="sources.opml">
          {t("sources.opml.save")}
        </a>
      </div>
      {fault !== undefined && <Fault problem={fault} inline />}
      {taken && (
        <div aria-live="polite">
          <p>{t("sources.taken", { n: taken.new, known: taken.known })}</p>
          <ul className="soft">
            {taken.refused.slice(0, 20).map((why) => (
              <li key={why}>
                <Words text={why} longest={300} />
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}
