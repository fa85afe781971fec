/** What a view says when it has nothing else to say: that it waits, that there is nothing, or what went wrong. */

import { type ReactNode, useEffect, useState } from "react";
import type { Answer } from "../api/answers";
import { Problem } from "../api/fetching";
import { t } from "../texts";

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      {children && <div className="empty-more">{children}</div>}
    </div>
  );
}

/** A problem in words, and when it is tried again. */
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

/** Shows an answer: what it holds, or that it is awaited, or why it is not there. */
export function Await<T>({
  answer,
  children,
  rows = 3,
}: {
  answer: Answer<T>;
  children: (data: T) => ReactNode;
  rows?: number;
}) {
  if (answer.data !== undefined) {
    return (
      <>
        {answer.problem && <Fault problem={answer.problem} retryAt={answer.retryAt} inline />}
        {children(answer.data)}
      </>
    );
  }
  if (answer.problem) return <Fault problem={answer.problem} retryAt={answer.retryAt} />;
  return <Waiting rows={rows} />;
}

const SLOW_MS = 4_000;

/** Grey lines where something will stand; says so when it takes long. */
export function Waiting({ rows = 3 }: { rows?: number }) {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), SLOW_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className="waiting" role="status">
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines without any identity
        <span key={row} className="line" />
      ))}
      <span className={slow ? "slow" : "unseen"}>{t(slow ? "fault.slow" : "waiting")}</span>
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
