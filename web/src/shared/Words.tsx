/** Texts of others: shown in their own direction and language, isolated from ours, and never as anything but text. */

import type { ReactNode } from "react";
import { languageName } from "../texts";
import { webAddress } from "./address";
import { longDay } from "./numbers";

const LONGEST = 600;

/** A text of a source. It is cut where it is longer than anyone reads. */
export function Words({
  text,
  lang,
  longest = LONGEST,
}: {
  text: string;
  lang?: string | undefined;
  longest?: number;
}) {
  const cut = text.length > longest ? `${text.slice(0, longest).trimEnd()}…` : text;
  return (
    <bdi dir="auto" lang={tag(lang)}>
      {cut}
    </bdi>
  );
}

/** A link away from here; nothing but text where the address leads to no web page. */
export function Away({
  url,
  children,
  className,
}: {
  url: string | null | undefined;
  children: ReactNode;
  className?: string;
}) {
  const safe = webAddress(url);
  if (!safe) return <span className={className}>{children}</span>;
  return (
    <a className={className} href={safe} target="_blank" rel="noopener noreferrer nofollow ugc">
      {children}
    </a>
  );
}

export function Moment({ at, children }: { at: string; children: ReactNode }) {
  return (
    <time dateTime={at} title={longDay(at)}>
      {children}
    </time>
  );
}

export function Languages({ codes, most = 4 }: { codes: readonly string[]; most?: number }) {
  const shown = codes.slice(0, most);
  const names = codes.map(languageName).join(", ");
  return (
    <span className="langs" title={names}>
      {shown.map((code) => (
        <span key={code} className="lang">
          {code.slice(0, 8)}
        </span>
      ))}
      {codes.length > most && <span className="lang more">+{codes.length - most}</span>}
    </span>
  );
}

/** A code where HTML may carry it as `lang`. */
export function tag(code: string | undefined): string | undefined {
  return code && code !== "und" && /^[a-z]{2,3}(-[a-z0-9]{2,8})*$/i.test(code) ? code : undefined;
}
