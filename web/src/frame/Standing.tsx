/** How all stands, at the top of every page: whether it is live, and how many sources fail or are quiet. */

import { useEffect, useState } from "react";
import { Link } from "wouter";
import { refresh, useAnswer } from "../api/answers";
import { useHeard, useLive } from "../api/live";
import { SOURCES, useSources } from "../api/sources";
import type { MissedPage } from "../api/types";
import { t } from "../texts";
import { Notices } from "./Notices";

const QUIET_MS = 4_000;

function heard(event: string): void {
  if (event !== "sources" && event !== "poll") return;
  refresh(SOURCES);
}

export function Standing() {
  const live = useLive();
  useHeard(heard);
  return (
    <p className="standing">
      <Notices />
      <SourceBadge />
      <span className={`live live-${live}`} role="status" title={t(`live.${live}.long`)}>
        <i aria-hidden="true" />
        <span className="word">{t(`live.${live}`)}</span>
      </span>
    </p>
  );
}

/** Whether so much time has passed: what takes the server long waits until all else is there. */
function useLater(ms: number): boolean {
  const [later, setLater] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLater(true), ms);
    return () => clearTimeout(timer);
  }, [ms]);
  return later;
}

function SourceBadge() {
  const sources = useSources().data?.sources ?? [];
  const quiet = useAnswer<MissedPage>(useLater(QUIET_MS) ? "/api/v1/missed?hours=1" : null).data?.quiet ?? [];
  const failing = sources.filter((source) => source.error).length;
  if (!failing && !quiet.length) return null;
  return (
    <Link href="/sources" className={failing ? "badge fault" : "badge"}>
      {failing > 0 && <span>{t("badge.failing", { n: failing })}</span>}
      {quiet.length > 0 && <span>{t("badge.quiet", { n: quiet.length })}</span>}
    </Link>
  );
}
