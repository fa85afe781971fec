/** Items of any time that meet a search, beside the trends that do. */

import { useDeferredValue, useEffect, useState } from "react";
import { Link } from "wouter";
import { useAnswer } from "../api/answers";
import type { FoundPage } from "../api/types";
import { address } from "../shared/address";
import { day } from "../shared/numbers";
import { Moment, Words } from "../shared/Words";
import { t } from "../texts";

const PAUSE_MS = 250;

export function Archive({
  q,
  lang,
  source,
}: {
  q: string;
  lang: readonly string[];
  source: readonly string[];
}) {
  const [asked, setAsked] = useState(q);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(q), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [q]);
  const path = useDeferredValue(
    asked.trim() ? address("/api/v1/search", { q: asked.trim(), limit: 8, lang, source }) : null,
  );
  const { data } = useAnswer<FoundPage>(path);
  if (!data?.found.length) return null;
  return (
    <section className="archive">
      <h2>{t("archive.title")}</h2>
      <ul>
        {data.found.map(({ item, topic }) => (
          <li key={item.id}>
            {topic ? (
              <Link href={`/trends/${encodeURIComponent(topic)}`}>
                <Words text={item.title} lang={item.lang} longest={200} />
              </Link>
            ) : (
              <Words text={item.title} lang={item.lang} longest={200} />
            )}
            <span className="soft">
              <bdi>{item.source.slice(0, 60)}</bdi> · <Moment at={item.seen_at}>{day(item.seen_at)}</Moment>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
