/** What a reader should know before reading on. */

import { useAnswer } from "../api/answers";
import { has, t } from "../texts";

interface Readiness {
  ready: boolean;
  parts: Record<string, string>;
}

export function Notices() {
  const { data } = useAnswer<Readiness>("/readyz");
  const parts = Object.entries(data?.parts ?? {}).map(
    ([part, how]) => `notice.${part}.${how.replaceAll(" ", "_")}`,
  );
  const shown = parts.filter(has);
  if (!shown.length) return null;
  return (
    <ul className="notices">
      {shown.map((key) => (
        <li key={key}>{t(key)}</li>
      ))}
    </ul>
  );
}
