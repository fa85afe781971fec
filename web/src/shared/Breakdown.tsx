/** A receipt one can read: each term, what it rests on, and what it adds; the terms sum to the score. */

import type { Receipt } from "../api/types";
import { t } from "../texts";
import { number, signed } from "./numbers";
import { said, termName } from "./saying";

export function Breakdown({ receipt, score }: { receipt: Receipt; score: number }) {
  const terms = [...receipt.terms].sort((a, b) => b.value - a.value);
  const most = Math.max(0.001, ...terms.map((term) => Math.abs(term.value)));
  return (
    <table className="receipt">
      <caption className="unseen">{t("receipt.caption")}</caption>
      <thead className="unseen">
        <tr>
          <th scope="col">{t("receipt.term")}</th>
          <th scope="col">{t("receipt.rests")}</th>
          <th scope="col">{t("receipt.share")}</th>
          <th scope="col">{t("receipt.adds")}</th>
        </tr>
      </thead>
      <tbody>
        {terms.map((term) => (
          <tr key={term.name} className={kind(term.value)}>
            <th scope="row">{termName(term.name).slice(0, 40)}</th>
            <td className="rests">
              <bdi>{said(term).slice(0, 300)}</bdi>
            </td>
            <td className="bar">
              <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
                <rect width={((100 * Math.abs(term.value)) / most).toFixed(1)} height="10" rx="1" />
              </svg>
            </td>
            <td className="number">{signed(term.value)}</td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">{t("receipt.score")}</th>
          <td colSpan={2} className="rests">
            {t("receipt.sum", { n: receipt.items.length })} <code>{receipt.configuration.slice(0, 16)}</code>
          </td>
          <td className="number">{number(score, 2)}</td>
        </tr>
      </tfoot>
    </table>
  );
}

function kind(value: number): string | undefined {
  if (Math.abs(value) < 0.005) return "nothing";
  return value < 0 ? "minus" : undefined;
}
