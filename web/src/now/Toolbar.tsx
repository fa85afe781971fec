/** Search, the window of time, and what is chosen at present. */

import { type RefObject, useEffect, useState } from "react";
import type { Query } from "../shared/address";
import { languageName, t } from "../texts";
import { type Choice, LISTS, WINDOWS } from "./choosing";
import { category } from "./Row";

export interface ToolbarProps {
  choice: Choice;
  query: Query;
  field: RefObject<HTMLInputElement | null>;
  choosing: boolean;
  setChoosing: (choosing: boolean) => void;
}

export function Toolbar({ choice, query, field, choosing, setChoosing }: ToolbarProps) {
  return (
    <div className="toolbar">
      <Search query={query} field={field} />
      <fieldset className="windows">
        <legend className="unseen">{t("window.label")}</legend>
        {["", ...Object.keys(WINDOWS)].map((name) => (
          <label key={name} className={choice.window === name ? "chosen" : undefined}>
            <input
              type="radio"
              name="window"
              className="unseen"
              checked={choice.window === name}
              onChange={() => query.set({ window: name }, true)}
            />
            {t(`window.${name || "any"}`)}
          </label>
        ))}
      </fieldset>
      <button
        type="button"
        className="choosing"
        aria-expanded={choosing}
        onClick={() => setChoosing(!choosing)}
      >
        {t("facet.label")}
      </button>
      {LISTS.some((facet) => choice[facet].length > 0) && <Chosen choice={choice} query={query} />}
    </div>
  );
}

/** What is typed shows at once; the address follows when the reader pauses. */
function Search({ query, field }: { query: Query; field: RefObject<HTMLInputElement | null> }) {
  const told = query.one("q");
  const [typed, setTyped] = useState(told);
  useEffect(() => setTyped(told), [told]);
  useEffect(() => {
    if (typed === told) return;
    const timer = setTimeout(() => query.set({ q: typed }), 90);
    return () => clearTimeout(timer);
  }, [typed, told, query]);
  return (
    <label className="search">
      <span className="unseen">{t("search.label")}</span>
      <input
        ref={field}
        type="search"
        name="q"
        value={typed}
        maxLength={200}
        placeholder={t("search.hint")}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          if (!typed) event.currentTarget.blur();
          setTyped("");
        }}
      />
      <span className="key" aria-hidden="true">
        /
      </span>
    </label>
  );
}

function Chosen({ choice, query }: { choice: Choice; query: Query }) {
  const none = { state: "", category: "", lang: "", source: "", window: "", q: "" };
  return (
    <p className="chosen-now">
      {LISTS.flatMap((facet) =>
        choice[facet].map((value) => (
          <button
            key={`${facet} ${value}`}
            type="button"
            className="chip"
            onClick={() => query.toggle(facet, value)}
            aria-label={t("facet.without", { value: named(facet, value) })}
          >
            <bdi>{named(facet, value)}</bdi> <i aria-hidden="true">×</i>
          </button>
        )),
      )}
      <button type="button" className="plain clear" onClick={() => query.set(none, true)}>
        {t("facet.clear")}
      </button>
    </p>
  );
}

function named(facet: string, value: string): string {
  if (facet === "state") return t(`state.${value}`);
  if (facet === "category") return category(value);
  return facet === "lang" ? languageName(value) : value.slice(0, 60);
}
