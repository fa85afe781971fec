import { useParams } from "wouter";
import { useAnswer } from "../api/answers";
import type { Trend } from "../api/types";
import { Await } from "../shared/Told";
import { Words } from "../shared/Words";

export default function TrendView() {
  const { id = "" } = useParams();
  const answer = useAnswer<Trend>(`/api/v1/trends/${encodeURIComponent(id)}`);
  return (
    <Await answer={answer}>
      {(trend) => (
        <h1>
          <Words text={trend.headline.text} />
        </h1>
      )}
    </Await>
  );
}
