/** How good the calls of a rise were, whether the ledger balances, and what the sources did not see. */

import type { ReactNode } from "react";
import { useAnswer } from "../api/answers";
import type { Ledger, MissedPage, Scorecard, Scored } from "../api/types";
import { number } from "../shared/numbers";
import { Await, Empty } from "../shared/Told";
import { Ways } from "../shared/Ways";
import { t } from "../texts";
import { Calls } from "./Calls";
import { Missed } from "./Missed";
import "../styles/rooms.css";
import "./scorecard.css";

const SCORECARD = "/api/v1/scorecard";
const LEDGER = "/api/v1/ledger";
const MISSED = "/api/v1/missed";

export default function Page() {
  const scored = useAnswer<Scored>(SCORECARD);
  const ledger = useAnswer<Ledger>(LEDGER);
  const missed = useAnswer<MissedPage>(MISSED);
  return (
    <div className="room">
      <header className="heading">
        <h1>{t("nav.scorecard")}</h1>
        <p className="soft">{t("scorecard.lead")}</p>
      </header>
      <section>
        <Await answer={scored}>{({ scorecard }) => <Measures of={scorecard} />}</Await>
        <Ways api={SCORECARD} />
      </section>
      <Calls />
      <section>
        <h2>{t("scorecard.ledger")}</h2>
        <p className="soft">{t("ledger.long")}.</p>
        <Await answer={ledger}>{(data) => <Balance of={data} />}</Await>
        <Ways api={LEDGER} />
      </section>
      <section>
        <h2>{t("missed.title")}</h2>
        <p className="soft">{t("missed.lead")}</p>
        <Await answer={missed}>{(page) => <Missed page={page} path={MISSED} />}</Await>
      </section>
    </div>
  );
}

/** A share in per cent, or that nobody can tell yet. */
export function percent(share: number | null | undefined, digits = 0): string {
  return share === null || share === undefined ? "–" : `${number(100 * share, digits)} %`;
}

function Measures({ of }: { of: Scorecard }) {
  if (!of.calls) return <Empty title={t("scorecard.none")}>{t("scorecard.none.more")}</Empty>;
  return (
    <div className="measures">
      <Measure name={t("scorecard.calls")} more={t("scorecard.resolved", { n: of.resolved })}>
        {number(of.calls)}
      </Measure>
      <Measure name={t("scorecard.held")} more={t("scorecard.held.more")}>
        {percent(of.held)}
      </Measure>
      {Object.entries(of.precision).map(([k, share]) => (
        <Measure
          key={k}
          name={t("scorecard.precision", { k })}
          more={t("scorecard.moments", { n: of.moments })}
        >
          {percent(share)}
        </Measure>
      ))}
      <Measure
        name={t("scorecard.brier")}
        more={t("scorecard.brier.more", { base: told(of.brier_of_base_rate, 3) })}
      >
        {told(of.brier, 3)}
      </Measure>
      <Measure name={t("scorecard.lead_hours")} more={t("scorecard.led", { n: of.led })}>
        {of.lead_hours === null ? "–" : t("time.hours_exact", { hours: number(of.lead_hours, 1) })}
      </Measure>
    </div>
  );
}

function told(value: number | null, digits: number): string {
  return value === null ? "–" : number(value, digits);
}

function Measure({ name, more, children }: { name: string; more: string; children: ReactNode }) {
  return (
    <div className="measure">
      <h3>{name}</h3>
      <p className="figure">{children}</p>
      <p className="soft">{more}</p>
    </div>
  );
}

const VERDICTS = ["kept", "duplicate", "filtered", "quarantined"] as const;

/** What was fetched, parted by what became of it. */
function Balance({ of }: { of: Ledger }) {
  const { fetched, waiting, verdicts } = of.balance;
  const parts = [
    ...VERDICTS.map((name) => [name, verdicts[name] ?? 0] as const),
    ["waiting", waiting] as const,
  ].filter(([, n]) => n > 0);
  const starts = parts.map((_, place) => parts.slice(0, place).reduce((sum, [, n]) => sum + n, 0));
  return (
    <div className="balance">
      <p className="figure">
        <span className={of.holds ? "holds" : "broken"}>{of.holds ? "✓" : "✕"}</span>{" "}
        {t("ledger.fetched", { n: fetched })}
      </p>
      {fetched > 0 && (
        <svg viewBox={`0 0 ${fetched} 10`} preserveAspectRatio="none" aria-hidden="true">
          {parts.map(([name, n], place) => (
            <rect key={name} className={`part-${name}`} x={starts[place]} width={n} height="10" />
          ))}
        </svg>
      )}
      <ul className="shares">
        {parts.map(([name, n]) => (
          <li key={name}>
            <i className={`part-${name}`} aria-hidden="true" /> {t(`verdict.${name}`)} <b>{number(n)}</b>
          </li>
        ))}
      </ul>
    </div>
  );
}
