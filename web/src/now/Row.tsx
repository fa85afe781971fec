/** One trend of the list. All rows are of one height, so that nothing can push the others. */

import { memo } from "react";
import { Link } from "wouter";
import type { Trend } from "../api/types";
import { ago, compact, number, sure } from "../shared/numbers";
import { Sparkline } from "../shared/Sparkline";
import { State } from "../shared/State";
import { why } from "../shared/saying";
import { Languages, Moment, Words } from "../shared/Words";
import { has, t } from "../texts";
import type { Standing } from "./steady";

export interface RowProps {
  standing: Standing;
  place: number;
  total: number;
  selected: boolean;
  /** Items it had when it was read, undefined while it was not. */
  read: number | undefined;
  search: string;
}

export const Row = memo(function Row({ standing, place, total, selected, read, search }: RowProps) {
  const { trend, moved, fresh, gone } = standing;
  const classes = ["row", `state-${trend.state}`];
  if (selected) classes.push("selected");
  if (read !== undefined) classes.push("read");
  if (fresh) classes.push("fresh");
  if (gone) classes.push("gone");
  return (
    <li className={classes.join(" ")} data-topic={trend.topic} aria-posinset={place + 1} aria-setsize={total}>
      <span className="rank">
        {trend.rank}
        <Move moved={moved} fresh={fresh} />
      </span>
      <div className="told">
        <h2>
          <Link
            href={`/trends/${encodeURIComponent(trend.topic)}${search}`}
            title={trend.headline.text.slice(0, 300)}
          >
            <Words text={trend.headline.text || t("row.untitled")} longest={300} />
          </Link>
          {read !== undefined && trend.items > read && (
            <span className="since" title={t("row.since")}>
              +{compact(trend.items - read)}
            </span>
          )}
        </h2>
        <p className="why">
          <State state={trend.state} />
          {trend.category && <span className="category">{category(trend.category)}</span>}
          <span className="reason">{why(trend.receipt)}</span>
        </p>
      </div>
      <Measures trend={trend} />
    </li>
  );
});

function Measures({ trend }: { trend: Trend }) {
  const rising = trend.state === "new" || trend.state === "rising" || trend.state === "peaking";
  return (
    <>
      <div className="picture">
        <Sparkline values={trend.series} label={t("row.spark")} />
      </div>
      <p className="pace">
        <b>{number(trend.velocity, trend.velocity < 100 ? 1 : 0)}</b>
        <small>{t("row.hour")}</small>
        <span className="under">{rising ? sureness(trend.confidence) : ""}</span>
      </p>
      <p className="sources" title={trend.sources.slice(0, 40).join(", ").slice(0, 600)}>
        <b>×{compact(trend.sources.length)}</b>
        <span className="under">{t("row.items", { n: trend.items })}</span>
      </p>
      <div className="tongues">
        <Languages codes={trend.languages} most={3} />
      </div>
      <p className="times">
        <Moment at={trend.last_seen}>{ago(trend.last_seen, trend.at)}</Moment>
        <span className="under">
          <Moment at={trend.first_seen}>{t("row.first", { ago: ago(trend.first_seen, trend.at) })}</Moment>
        </span>
      </p>
    </>
  );
}

/** How sure it is that a rise is no accident; what is under one in twenty is not worth a number. */
function sureness(confidence: number): string {
  return confidence < 0.05 ? t("row.chance") : t("row.sure", { sure: sure(confidence) });
}

function Move({ moved, fresh }: { moved: number; fresh: boolean }) {
  if (fresh) return <span className="move up">{t("row.new")}</span>;
  if (!moved) return null;
  const told = t(moved > 0 ? "row.up" : "row.down", { n: Math.abs(moved) });
  return (
    <span className={moved > 0 ? "move up" : "move down"} title={told}>
      <span aria-hidden="true">
        {moved > 0 ? "↑" : "↓"}
        {Math.abs(moved)}
      </span>
      <span className="unseen">{told}</span>
    </span>
  );
}

export function category(name: string): string {
  return has(`category.${name}`) ? t(`category.${name}`) : name.slice(0, 30);
}
