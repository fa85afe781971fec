/** What a watch looks for: a new one, or one that is changed. What is not shown of its filter stays. */

import { type FormEvent, useState } from "react";
import { STATES, type WatchTold } from "../api/types";
import { t } from "../texts";

interface Typed {
  name: string;
  text: string;
  languages: string;
  sources: string;
  state: string;
  alarmed: boolean;
}

function typedOf(watch: WatchTold | undefined): Typed {
  const filter = watch?.filter;
  return {
    name: watch?.name ?? "",
    text: filter?.text ?? "",
    languages: (filter?.languages ?? []).join(", "),
    sources: (filter?.sources ?? []).join(", "),
    state: filter?.states?.[0] ?? "",
    alarmed: filter?.alarmed ?? false,
  };
}

/** The filter as the API takes it; several states that were chosen elsewhere stay unless another is chosen here. */
function filterOf(typed: Typed, watch: WatchTold | undefined) {
  const states = watch?.filter.states ?? [];
  const sameState = typed.state === (states[0] ?? "");
  return {
    ...watch?.filter,
    text: typed.text.trim(),
    languages: parts(typed.languages),
    sources: parts(typed.sources),
    states: sameState ? states : typed.state ? [typed.state] : [],
    alarmed: typed.alarmed,
  };
}

const parts = (text: string) =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean);

interface WatchFormProps {
  watch?: WatchTold;
  busy: boolean;
  /** Resolves to whether it worked; what was typed stays where it did not. */
  send: (body: unknown) => Promise<boolean>;
  leave?: () => void;
}

export function WatchForm({ watch, busy, send, leave }: WatchFormProps) {
  const [typed, setTyped] = useState(() => typedOf(watch));
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const worked = await send({ name: typed.name.trim(), filter: filterOf(typed, watch) });
    if (worked && !watch) setTyped(typedOf(undefined));
  };
  const field = (name: "name" | "text" | "languages" | "sources", required = false) => (
    <label>
      <span className="soft">{t(`watches.${name}`)}</span>
      <input
        value={typed[name]}
        maxLength={name === "name" ? 100 : 200}
        required={required}
        onChange={(event) => setTyped({ ...typed, [name]: event.target.value })}
      />
    </label>
  );
  return (
    <form
      className="fields"
      aria-label={watch ? t("watches.edit.title", { name: watch.name }) : t("watches.make")}
      onSubmit={submit}
    >
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
        {t(watch ? "watches.save" : "watches.make")}
      </button>
      {leave && (
        <button type="button" onClick={leave}>
          {t("watches.leave")}
        </button>
      )}
    </form>
  );
}
