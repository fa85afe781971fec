/** A few sentences, each as a source wrote it, with a link to who says it. */

import { useAnswer } from "../api/answers";
import type { Cited, Summary as Told } from "../api/types";
import { address } from "../shared/address";
import { Await } from "../shared/Told";
import { Away, Words } from "../shared/Words";
import { t } from "../texts";

export function Summary({ id, asOf }: { id: string; asOf: string }) {
  const answer = useAnswer<Told>(
    address(`/api/v1/trends/${encodeURIComponent(id)}/summary`, { as_of: asOf }),
  );
  if (answer.data && !answer.data.sentences.length) return null;
  return (
    <section className="panel">
      <h2>{t("summary.title")}</h2>
      <Await answer={answer}>
        {(summary) => (
          <ul className="summary">
            {summary.sentences.map((sentence) => (
              <Sentence key={sentence.text} sentence={sentence} />
            ))}
          </ul>
        )}
      </Await>
    </section>
  );
}

function Sentence({ sentence }: { sentence: Cited }) {
  return (
    <li>
      <Words text={sentence.text} lang={sentence.items[0]?.lang} longest={700} />{" "}
      {sentence.items.slice(0, 4).map((item) => (
        <Away key={item.item} url={item.url} className="cite">
          <bdi>{item.source.slice(0, 40)}</bdi>
        </Away>
      ))}
    </li>
  );
}
