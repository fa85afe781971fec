/** Other ways to what a view shows: as a feed, by the API, as a table for a spreadsheet. */

import { useState } from "react";
import { t } from "../texts";

export interface WaysProps {
  /** Addresses of feeds by their kind, such as Atom. */
  feeds?: Record<string, string>;
  /** The path of the API call. */
  api?: string;
  /** Makes the CSV when it is asked for. */
  csv?: () => void;
}

export function Ways({ feeds = {}, api, csv }: WaysProps) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard?.writeText(`curl '${location.origin}${api}'`);
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  };
  return (
    <p className="ways">
      {Object.entries(feeds).map(([kind, path]) => (
        <a key={kind} href={path}>
          {kind}
        </a>
      ))}
      {api && (
        <a href={api} className="call" title={t("ways.api")}>
          <span className="method">GET</span> <code>{api.length > 90 ? `${api.slice(0, 89)}…` : api}</code>
        </a>
      )}
      {api && (
        <button type="button" className="plain" onClick={copy}>
          {t(copied ? "ways.copied" : "ways.copy")}
        </button>
      )}
      {csv && (
        <button type="button" className="plain" onClick={csv}>
          CSV
        </button>
      )}
    </p>
  );
}
