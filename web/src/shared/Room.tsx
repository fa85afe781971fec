/** What pages about one thing and pages of lists have in common. */

import type { ReactNode } from "react";
import { Link, useLocation } from "wouter";
import { t } from "../texts";
import { useQuery } from "./address";
import { useKeys } from "./keys";
import "../styles/rooms.css";

/** The way back to the list one came from, by a click or the key `u`. */
export function Back({ to, children }: { to: string; children: ReactNode }) {
  const [, go] = useLocation();
  useKeys({ u: () => go(to) });
  return (
    <p className="back">
      <Link href={to}>← {children}</Link>
    </p>
  );
}

/** Facts by their names. */
export function Details({ facts }: { facts: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className="details">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Goes on to the next page of a list; the cursor stands in the address under `name`. */
export function Older({ next, name = "cursor" }: { next: string | null; name?: string }) {
  const query = useQuery();
  if (!next) return null;
  return (
    <button type="button" onClick={() => query.set({ [name]: next }, true)}>
      {t("list.older")}
    </button>
  );
}
