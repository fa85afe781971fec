/** What stands beside a trend: its headlines, its languages, what is like it, and its past. */

import { type ReactNode, type RefObject, useEffect, useRef, useState } from "react";
import { Link } from "wouter";
import { useAnswer } from "../api/answers";
import type { HeadlinePage, ItemPage, Lineage, LineagePage, NearPage } from "../api/types";
import { address } from "../shared/address";
import { day, number } from "../shared/numbers";
import { Await } from "../shared/Told";
import { Away, Moment, Words } from "../shared/Words";
import { languageName, t } from "../texts";
import { tongues } from "./grouping";
import { itemsPath } from "./Items";

interface Of {
  id: string;
  asOf: string;
}

export function Headlines({ id, asOf }: Of) {
  const answer = useAnswer<HeadlinePage>(
    address(`/api/v1/topics/${encodeURIComponent(id)}/headlines`, { as_of: asOf }),
  );
  if (answer.data && answer.data.headlines.length < 2) return null;
  return (
    <Panel title={t("headlines.title")}>
      <Await answer={answer}>
        {(page) => (
          <ol className="headlines">
            {[...page.headlines]
              .reverse()
              .slice(0, 12)
              .map((headline) => (
                <li key={`${headline.since} ${headline.text}`}>
                  <Words text={headline.text} longest={240} />
                  <span className="soft">
                    <Moment at={headline.since}>{day(headline.since)}</Moment>
                    {headline.until !== headline.since && (
                      <>
                        {" "}
                        – <Moment at={headline.until}>{day(headline.until)}</Moment>
                      </>
                    )}{" "}
                    · {t("headlines.best", { rank: headline.best_rank })}
                  </span>
                </li>
              ))}
          </ol>
        )}
      </Await>
    </Panel>
  );
}

export function SideBySide({ id, asOf }: Of) {
  const { data } = useAnswer<ItemPage>(itemsPath(id, asOf));
  const found = data ? tongues(data.items) : [];
  if (found.length < 2) return null;
  return (
    <Panel title={t("tongues.title")} className="side-by-side">
      <div className="columns">
        {found.slice(0, 9).map((tongue) => (
          <section key={tongue.lang}>
            <h3>
              {languageName(tongue.lang)} <span className="soft">{number(tongue.items)}</span>
            </h3>
            <ul>
              {tongue.told.map((item) => (
                <li key={item.id}>
                  <Away url={item.url}>
                    <Words text={item.title} lang={item.lang} longest={240} />
                  </Away>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </Panel>
  );
}

export function Similar({ id }: Of) {
  const [place, seen] = useSeen();
  const answer = useAnswer<NearPage>(
    seen ? `/api/v1/trends/${encodeURIComponent(id)}/similar?limit=6` : null,
  );
  return (
    <Panel title={t("similar.title")}>
      <span ref={place} />
      {seen && (
        <Await answer={answer}>
          {(page) => (
            <ul className="similar">
              {page.similar.map((near) => (
                <li key={near.topic}>
                  <Link href={`/trends/${encodeURIComponent(near.topic)}`}>
                    <Words text={near.item.title || t("row.untitled")} lang={near.item.lang} longest={200} />
                  </Link>
                  <span className="soft">
                    {t("similar.alike", { percent: `${number(100 * near.likeness)} %` })}
                    {near.rank !== null && ` · ${t("trend.rank", { rank: near.rank })}`}
                  </span>
                </li>
              ))}
              {!page.similar.length && <li className="soft">{t("similar.none")}</li>}
            </ul>
          )}
        </Await>
      )}
    </Panel>
  );
}

export function Past({ id, asOf }: Of) {
  const answer = useAnswer<LineagePage>(
    address(`/api/v1/trends/${encodeURIComponent(id)}/lineage`, { as_of: asOf }),
  );
  return (
    <Panel title={t("lineage.title")}>
      <Await answer={answer}>
        {(page) => (
          <ol className="lineage">
            {page.lineage.map((change) => (
              <li key={`${change.topic} ${change.change} ${change.at}`}>
                <Moment at={change.at}>{day(change.at)}</Moment>{" "}
                <Turn change={change} topic={page.topic.id} />
              </li>
            ))}
          </ol>
        )}
      </Await>
    </Panel>
  );
}

/** One change in words, told from where this topic stands. */
function Turn({ change, topic }: { change: Lineage; topic: string }) {
  if (change.topic !== topic && change.change === "merged") return filled("lineage.came", change.topic);
  if (change.topic !== topic && change.change === "split") return filled("lineage.left", change.topic);
  return (
    <span>
      {t(`lineage.${change.change}`)} {change.other && <Other topic={change.other} />}
    </span>
  );
}

function filled(key: string, topic: string): ReactNode {
  const [before = "", after = ""] = t(key, { other: "\u0000" }).split("\u0000");
  return (
    <span>
      {before}
      <Other topic={topic} />
      {after}
    </span>
  );
}

function Other({ topic }: { topic: string }) {
  return (
    <Link href={`/trends/${encodeURIComponent(topic)}`}>
      <code>{topic.slice(0, 40)}</code>
    </Link>
  );
}

/** Whether a place has come into view: what costs the server something is not asked for before. */
function useSeen(): [RefObject<HTMLSpanElement | null>, boolean] {
  const place = useRef<HTMLSpanElement>(null);
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    if (!place.current) return;
    const watch = new IntersectionObserver(
      (found) => found.some((one) => one.isIntersecting) && setSeen(true),
      {
        rootMargin: "200px",
      },
    );
    watch.observe(place.current);
    return () => watch.disconnect();
  }, []);
  return [place, seen];
}

export function Panel({
  title,
  className = "",
  children,
}: {
  title: string;
  className?: string;
  children: ReactNode;
}) {
  return (
    <section className={`panel ${className}`}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}
