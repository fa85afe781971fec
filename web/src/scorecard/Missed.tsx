/** How many topics the sources did not see, by language, with the interval it lies in. */

import { Link } from "wouter";
import type { MissedPage } from "../api/types";
import { duration, number } from "../shared/numbers";
import { type Column, Table } from "../shared/Table";
import { Empty } from "../shared/Told";
import { Words } from "../shared/Words";
import { languageName, t } from "../texts";
import { percent } from "./index";

type Row = MissedPage["missed"][number];

export function Missed({ page, path }: { page: MissedPage; path: string }) {
  return (
    <>
      <Table
        name="missed"
        caption={t("missed.title")}
        columns={columns()}
        rows={page.missed}
        rowKey={(row) => row.lang}
        api={path}
        empty={<Empty title={t("missed.none")} />}
      />
      {page.quiet.length > 0 && (
        <ul className="quiet">
          {page.quiet.map((source) => (
            <li key={source.source}>
              <Link className="link" href={`/sources/${encodeURIComponent(source.source)}`}>
                <Words text={source.source} longest={120} />
              </Link>{" "}
              <span className="soft">{t("missed.quiet", { since: duration(source.silence_seconds) })}</span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function columns(): Column<Row>[] {
  return [
    {
      key: "lang",
      title: t("facet.lang"),
      value: (row) => row.lang,
      show: (row) => languageName(row.lang),
    },
    { key: "topics", title: t("missed.seen"), value: (row) => row.topics, number: true },
    { key: "voices", title: t("missed.voices"), value: (row) => row.voices, number: true },
    {
      key: "missed",
      title: t("missed.missed"),
      value: (row) => row.missed,
      number: true,
      show: (row) => (typeof row.missed === "number" ? number(row.missed) : "–"),
    },
    {
      key: "share",
      title: t("missed.share"),
      value: (row) => row.share,
      className: "wide",
      show: (row) => <Interval row={row} />,
    },
  ];
}

/** The share that was seen, and between which shares the truth lies with nine in ten. */
function Interval({ row }: { row: Row }) {
  const { missed, lower, upper } = row;
  if (typeof missed !== "number" || typeof lower !== "number" || typeof upper !== "number") {
    return (
      <span className="soft">
        <Words text={row.reason ?? ""} longest={160} />
      </span>
    );
  }
  const share = (unseen: number) => unseen / (unseen + row.topics);
  const [low, mid, high] = [share(lower), share(missed), share(upper)];
  return (
    <span className="interval">
      <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
        <rect className="whole" width="100" height="10" rx="1" />
        <rect className="between" x={100 * low} width={Math.max(0.6, 100 * (high - low))} height="10" />
        <rect className="middle" x={100 * mid - 0.4} width="0.8" height="10" />
      </svg>
      <span className="number">
        {percent(mid)}{" "}
        <span className="soft">
          ({percent(low)} – {row.open_ended ? "?" : percent(high)})
        </span>
      </span>
    </span>
  );
}
