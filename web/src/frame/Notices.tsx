/** What a reader should know before reading on, at the top of every page. */

import { useAnswer } from "../api/answers";
import { has, t } from "../texts";

interface Readiness {
  ready: boolean;
  parts: Record<string, string>;
}

export function Notices() {
  const { data } = useAnswer<Readiness>("/readyz");
  const keys = Object.entries(data?.parts ?? {}).map(
    ([part, how]) => `notice.${part}.${how.replaceAll(" ", "_")}`,
  );
  return keys.filter(has).map((key) => (
    <span key={key} className="badge notice" title={t(`${key}.long`)}>
      {t(key)}
    </span>
  ));
}
