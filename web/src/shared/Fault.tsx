/** What went wrong, in words, and when it is tried again. */

import { useEffect, useState } from "react";
import { Problem } from "../api/fetching";
import { t } from "../texts";

export function Fault({
  problem,
  retryAt,
  inline = false,
}: {
  problem: unknown;
  retryAt?: number | undefined;
  inline?: boolean;
}) {
  const seconds = useSecondsUntil(retryAt);
  return (
    <div className={inline ? "fault inline" : "fault"} role="alert">
      <p className="fault-title">{titleOf(problem)}</p>
      <p className="fault-more">
        <bdi>{detailOf(problem)}</bdi>{" "}
        {retryAt !== undefined && t("fault.again", { n: Math.max(0, seconds) })}
      </p>
    </div>
  );
}

function titleOf(problem: unknown): string {
  if (!(problem instanceof Problem)) return t("fault.ours");
  if (problem.status === 0) return t("fault.away");
  if (problem.status === 429) return t("fault.many");
  if (problem.status === 401 || problem.status === 403) return t("fault.denied");
  if (problem.status === 404) return t("fault.missing");
  return problem.status >= 500 ? t("fault.theirs") : t("fault.refused");
}

function detailOf(problem: unknown): string {
  if (!(problem instanceof Problem)) return String(problem);
  return problem.status === 0 ? "" : problem.message;
}

function useSecondsUntil(moment: number | undefined): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    if (moment === undefined) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [moment]);
  return moment === undefined ? 0 : Math.ceil((moment - now) / 1000);
}
