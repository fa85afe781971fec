/** What a trend is based on: its items by source, copies folded beneath, what they altered marked. */

import { type ReactNode, useMemo, useState } from "react";
import { useAnswer } from "../api/answers";
import { ask } from "../api/fetching";
import type { Fact, ItemPage } from "../api/types";
import { address } from "../shared/address";
import { csv, download } from "../shared/csv";
import { day } from "../shared/numbers";
import { Await, Fault } from "../shared/Told";
import { Ways } from "../shared/Ways";
import { Away, Moment, Words } from "../shared/Words";
import { t } from "../texts";
import type { Chosen } from "./choosing";
import { altered } from "./diff";
import { type Copied, type Group, grouped } from "./grouping";

const PAGE = 500;
const SOURCES = 12;
const EACH = 6;

export function itemsPath(id: string, asOf: string): string {
  return address(`/api/v1/trends/${encodeURIComponent(id)}/items`, { limit: PAGE, as_of: asOf });
}

export function Items({
  id,
  asOf,
  feed,
  choose,
}: {
  id: string;
  asOf: string;
  feed: string;
  choose: Chosen | undefined;
}) {
  const path = itemsPath(id, asOf);
  const answer = useAnswer<ItemPage>(path);
  return (
    <section className="panel items">
      <h2>{t("items.title")}</h2>
      <Await answer={answer} rows={8}>
        {(page) => <Pages key={path} first={page} id={id} asOf={asOf} feed={feed} choose={choose} />}
      </Await>
    </section>
  );
}

function Pages({
  first,
  id,
  asOf,
  feed,
  choose,
}: {
  first: ItemPage;
  id: string;
  asOf: string;
  feed: string;
  choose: Chosen | undefined;
}) {
  const [more, setMore] = useState<{ facts: Fact[]; next: string | null }>();
  const [problem, setProblem] = useState<unknown>();
  const facts = useMemo(() => [...first.items, ...(more?.facts ?? [])], [first, more]);
  const groups = useMemo(() => grouped(facts), [facts]);
  const next = more ? more.next : first.next;
  const load = () => {
    setProblem(undefined);
    ask<ItemPage>(
      address(`/api/v1/trends/${encodeURIComponent(id)}/items`, {
        limit: PAGE,
        as_of: asOf,
        cursor: next ?? "",
      }),
    )
      .then((page) => setMore({ facts: [...(more?.facts ?? []), ...page.items], next: page.next }))
      .catch(setProblem);
  };
  return (
    <>
      <div className="groups">
        {groups.slice(0, SOURCES).map((group) => (
          <Source key={group.source} group={group} choose={choose} />
        ))}
        {groups.length > SOURCES && (
          <details>
            <summary>{t("items.sources", { n: groups.length - SOURCES })}</summary>
            {groups.slice(SOURCES).map((group) => (
              <Source key={group.source} group={group} choose={choose} />
            ))}
          </details>
        )}
      </div>
      {problem !== undefined && <Fault problem={problem} inline />}
      {next && (
        <button type="button" onClick={load}>
          {t("items.more")}
        </button>
      )}
      <Ways
        feeds={{ Atom: feed }}
        api={itemsPath(id, asOf)}
        csv={() => download(`items-${id}.csv`, asCsv(facts))}
      />
    </>
  );
}

function Source({ group, choose }: { group: Group; choose: Chosen | undefined }) {
  const [all, setAll] = useState(false);
  const shown = all ? group.originals : group.originals.slice(0, EACH);
  const rest = group.originals.length - shown.length;
  return (
    <section className="source">
      <h3>
        <bdi>{group.source.slice(0, 120)}</bdi>
        <span className="soft">{t("row.items", { n: group.originals.length + group.copies.length })}</span>
      </h3>
      <ul>
        {shown.map((fact) => (
          <Line key={fact.item.id} fact={fact} choose={choose}>
            <Words text={fact.item.title || t("row.untitled")} lang={fact.item.lang} longest={400} />
          </Line>
        ))}
      </ul>
      {rest > 0 && (
        <button type="button" className="plain more" onClick={() => setAll(true)}>
          {t("items.all", { n: rest })}
        </button>
      )}
      {group.copies.length > 0 && (
        <details className="copies">
          <summary>{t("items.copies", { n: group.copies.length })}</summary>
          <ul>
            {group.copies.map((copy) => (
              <Line key={copy.fact.item.id} fact={copy.fact} choose={choose}>
                <CopyOf copy={copy} />
              </Line>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

function Line({ fact, choose, children }: { fact: Fact; choose: Chosen | undefined; children: ReactNode }) {
  const { item } = fact;
  const at = item.published_at && item.published_at < item.seen_at ? item.published_at : item.seen_at;
  return (
    <li className="item">
      {choose?.open && (
        <input
          type="checkbox"
          aria-label={item.title.slice(0, 120) || item.id}
          checked={choose.items.has(item.id)}
          onChange={() => choose.toggle(item.id)}
        />
      )}
      <Away url={item.url} className="title">
        {children}
      </Away>
      <span className="when">
        {item.lang !== "und" && <span className="lang">{item.lang.slice(0, 8)}</span>}{" "}
        <Moment at={at}>{day(at)}</Moment>
      </span>
    </li>
  );
}

/** A copy's title with the words that its original does not have, and what it copies. */
function CopyOf({ copy }: { copy: Copied }) {
  const { fact, original } = copy;
  const pieces = original
    ? altered(original.title, fact.item.title)
    : [{ text: fact.item.title.slice(0, 400), changed: false }];
  const same = original && !pieces.some((piece) => piece.changed);
  return (
    <>
      <bdi dir="auto">
        {pieces.map((piece, n) =>
          piece.changed ? (
            // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one text, in its order
            <mark key={n} title={t("items.altered")}>
              {piece.text}
            </mark>
          ) : (
            piece.text
          ),
        )}
      </bdi>{" "}
      {original && (
        <span className="soft">
          {same ? t("items.same") : t("items.copyof")} <bdi>{original.source.slice(0, 80)}</bdi>
        </span>
      )}
    </>
  );
}

const HEAD = ["id", "source", "lang", "title", "url", "published_at", "seen_at", "copy_of"] as const;

function asCsv(facts: readonly Fact[]): string {
  return csv(
    HEAD,
    facts.map((fact) => HEAD.map((name) => (name === "copy_of" ? fact.copy_of : fact.item[name]))),
  );
}
