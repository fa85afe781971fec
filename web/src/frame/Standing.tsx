/** How all stands, at the top of every page: whether it is live, and how many sources fail or are quiet. */

import { Link } from "wouter";
import { refresh, useAnswer } from "../api/answers";
import { useHeard, useLive } from "../api/live";
import type { MissedPage, SourcePage } from "../api/types";
import { t } from "../texts";

function heard(event: string): void {
  if (event !== "sources" && event !== "poll") return;
  refresh("/api/v1/sources");
  refresh("/api/v1/missed");
}

export function Standing() {
  const live = useLive();
  useHeard(heard);
  return (
    <p className="standing">
      <SourceBadge />
      <span className={`live live-${live}`} role="status" title={t(`live.${live}.long`)}>
        <i aria-hidden="true" />
        {t(`live.${live}`)}
      </span>
    </p>
  );
}

function SourceBadge() {
  const sources = useAnswer<SourcePage>("/api/v1/sources").data?.sources ?? [];
  const quiet = useAnswer<MissedPage>("/api/v1/missed").data?.quiet ?? [];
  const failing = sources.filter((source) => source.error).length;
  if (!failing && !quiet.length) return null;
  return (
    <Link href="/sources" className={failing ? "badge fault" : "badge"}>
      {failing > 0 && <span>{t("badge.failing", { n: failing })}</span>}
      {quiet.length > 0 && <span>{t("badge.quiet", { n: quiet.length })}</span>}
    </Link>
  );
}
