import { Link } from "wouter";
import { useAnswer } from "../api/answers";
import type { TrendPage } from "../api/types";
import { Await } from "../shared/Told";
import { Words } from "../shared/Words";
import { t } from "../texts";

export default function Now() {
  const answer = useAnswer<TrendPage>("/api/v1/trends?limit=100");
  return (
    <>
      <h1 className="unseen">{t("nav.now")}</h1>
      <Await answer={answer}>
        {(page) => (
          <ol>
            {page.trends.map((trend) => (
              <li key={trend.topic}>
                <Link href={`/trends/${encodeURIComponent(trend.topic)}`}>
                  <Words text={trend.headline.text} />
                </Link>
              </li>
            ))}
          </ol>
        )}
      </Await>
    </>
  );
}
