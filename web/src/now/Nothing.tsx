/** What the list says when it is empty: nothing has come in yet, nothing was known then, or nothing meets the choice. */

import { useAnswer } from "../api/answers";
import { useSources } from "../api/sources";
import type { Ledger } from "../api/types";
import { number } from "../shared/numbers";
import { Empty } from "../shared/Told";
import { t } from "../texts";

export function Nothing({ asOf, chosen, clear }: { asOf: string; chosen: boolean; clear: () => void }) {
  if (chosen) {
    return (
      <Empty title={t("nothing.chosen")}>
        <button type="button" onClick={clear}>
          {t("facet.clear")}
        </button>
      </Empty>
    );
  }
  return asOf ? <Empty title={t("nothing.then")} /> : <Beginning />;
}

function Beginning() {
  const ledger = useAnswer<Ledger>("/api/v1/ledger").data;
  const sources = useSources().data?.sources ?? [];
  const done = ledger ? ledger.balance.fetched - ledger.balance.waiting : 0;
  const all = ledger?.balance.fetched ?? 0;
  return (
    <Empty title={t("nothing.yet")}>
      {all > 0 && (
        <>
          <progress max={all} value={done} aria-label={t("nothing.progress")} />
          <p>{t("nothing.done", { n: all, done: number(done) })}</p>
        </>
      )}
      {all === 0 && <p>{t("nothing.waiting", { n: sources.length })}</p>}
      {sources
        .filter((source) => source.error)
        .slice(0, 5)
        .map((source) => (
          <p key={source.source} className="failing">
            <bdi>{source.source.slice(0, 80)}</bdi>: <bdi>{source.error.slice(0, 200)}</bdi>
          </p>
        ))}
    </Empty>
  );
}
