/** That nothing was lost, and other ways to the same list. */

import { useAnswer } from "../api/answers";
import type { Ledger, Trend } from "../api/types";
import { csv, download } from "../shared/csv";
import { number } from "../shared/numbers";
import { why } from "../shared/saying";
import { Ways } from "../shared/Ways";
import { t } from "../texts";
import type { Standing } from "./steady";

export function Foot({ query, rows }: { query: string; rows: readonly Standing[] }) {
  const ledger = useAnswer<Ledger>("/api/v1/ledger").data;
  const feeds = Object.fromEntries(
    (["Atom", "RSS", "JSON"] as const).map((kind) => [kind, `/feeds/trends.${kind.toLowerCase()}${query}`]),
  );
  return (
    <footer className="foot">
      <Ways
        feeds={feeds}
        api={`/api/v1/trends${query}`}
        csv={() => download("trends.csv", asCsv(rows.map((row) => row.trend)))}
      />
      {ledger && <Balance ledger={ledger} />}
    </footer>
  );
}

function Balance({ ledger }: { ledger: Ledger }) {
  const { fetched, waiting, verdicts } = ledger.balance;
  const sums = Object.entries(verdicts).map(([verdict, n]) => `${number(n ?? 0)} ${t(`verdict.${verdict}`)}`);
  return (
    <p className="ledger" title={t("ledger.long")}>
      <span className={ledger.holds ? "holds" : "broken"}>{ledger.holds ? "✓" : "✕"}</span>{" "}
      {t("ledger.fetched", { n: fetched })} = {sums.join(" + ")}
      {waiting > 0 && ` + ${t("ledger.waiting", { n: waiting })}`}
    </p>
  );
}

const HEAD = [
  "rank",
  "topic",
  "state",
  "headline",
  "category",
  "score",
  "velocity",
  "confidence",
  "items",
  "copies",
  "sources",
  "languages",
  "first_seen",
  "last_seen",
  "alarm",
  "why",
] as const;

function asCsv(trends: readonly Trend[]): string {
  const rows = trends.map((trend) =>
    HEAD.map((name) => {
      if (name === "headline") return trend.headline.text;
      if (name === "why") return why(trend.receipt);
      const value = trend[name];
      return Array.isArray(value) ? value.join(" ") : (value as string | number | null | undefined);
    }),
  );
  return csv(HEAD, rows);
}
