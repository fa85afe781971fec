/** What a view says when it has nothing else to say: that it waits, that there is nothing, or what went wrong. */

import type { ReactNode } from "react";
import type { Answer } from "../api/answers";
import { t } from "../texts";
import { Fault } from "./Fault";
import { LogIn } from "./LogIn";
import { Waiting } from "./Waiting";

export { Fault, Waiting };

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      {children && <div className="empty-more">{children}</div>}
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
  if (answer.problem?.status === 401) return <LogIn why={`${t("login.title")}. ${t("login.where")}`} />;
  if (answer.problem) return <Fault problem={answer.problem} retryAt={answer.retryAt} />;
  return <Waiting rows={rows} />;
}
