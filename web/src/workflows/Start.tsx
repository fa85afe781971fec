/** Running a template: which, and what it is told. */

import { type FormEvent, useState } from "react";
import { useLocation } from "wouter";
import { refresh, useAnswer } from "../api/answers";
import { ask } from "../api/fetching";
import type { Execution, Template, TemplatePage } from "../api/types";
import { useDoing } from "../shared/doing";
import { WithKey } from "../shared/LogIn";
import { Await, Fault } from "../shared/Told";
import { Words } from "../shared/Words";
import { t } from "../texts";
import { named, WORKFLOWS } from "./states";

const TEMPLATES = `${WORKFLOWS}/templates`;

export function Start() {
  const [open, setOpen] = useState(false);
  return (
    <section className="opener" aria-label={t("workflows.run")}>
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
        {t("workflows.run")}
      </button>
      {open && (
        <div className="drawer">
          <WithKey scope="write" why={t("workflows.why_key")}>
            <Templates />
          </WithKey>
        </div>
      )}
    </section>
  );
}

function Templates() {
  const answer = useAnswer<TemplatePage>(TEMPLATES);
  const [name, setName] = useState<string>();
  return (
    <Await answer={answer}>
      {({ templates }) => {
        const chosen = templates.find((template) => template.name === name) ?? templates[0];
        if (!chosen) return null;
        return (
          <>
            <label>
              {t("workflows.template")}{" "}
              <select value={chosen.name} onChange={(event) => setName(event.target.value)}>
                {templates.map((template) => (
                  <option key={template.name} value={template.name}>
                    {named(template.name)}
                  </option>
                ))}
              </select>
            </label>
            <Form key={chosen.name} template={chosen} />
          </>
        );
      }}
    </Await>
  );
}

function Form({ template }: { template: Template }) {
  const [values, setValues] = useState<Record<string, string>>({});
  const { run, busy, fault } = useDoing();
  const [, go] = useLocation();
  const send = async (event: FormEvent) => {
    event.preventDefault();
    await run(async () => {
      const parameters = Object.fromEntries(
        Object.entries(values)
          .filter(([, value]) => value !== "")
          .map(([name, value]) => [name, read(value)]),
      );
      const made = await ask<Execution>(`${WORKFLOWS}/execute`, {
        method: "POST",
        body: { template: template.name, parameters },
      });
      refresh(WORKFLOWS);
      go(`/workflows/${encodeURIComponent(made.id)}`);
    });
  };
  return (
    <form onSubmit={send}>
      <p className="soft">
        <Words text={template.does} /> {template.steps.map(named).join(" → ")}
      </p>
      <div className="details">
        {template.parameters.map((parameter) => (
          <label key={parameter.name} className="parameter">
            <span className="soft">{named(parameter.name)}</span>
            <input
              name={parameter.name}
              value={values[parameter.name] ?? ""}
              placeholder={shown(parameter.default)}
              onChange={(event) => setValues({ ...values, [parameter.name]: event.target.value })}
            />
          </label>
        ))}
      </div>
      <div className="line-up">
        <button type="submit" className="strong" disabled={busy}>
          {t("workflows.run.do")}
        </button>
      </div>
      {fault !== undefined && <Fault problem={fault} inline />}
    </form>
  );
}

/** What was typed, as JSON where it is some: a number, a list. */
function read(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function shown(value: unknown): string {
  return value === null || value === undefined
    ? ""
    : typeof value === "string"
      ? value
      : JSON.stringify(value);
}
