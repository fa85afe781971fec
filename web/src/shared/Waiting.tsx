/** That something is awaited. */

import { useEffect, useState } from "react";
import { t } from "../texts";

const SLOW_MS = 4_000;

/** Grey lines where something will stand; says so when it takes long. */
export function Waiting({ rows = 3 }: { rows?: number }) {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), SLOW_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className="waiting" role="status">
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines without any identity
        <span key={row} className="line" />
      ))}
      <span className={slow ? "slow" : "unseen"}>{t(slow ? "fault.slow" : "waiting")}</span>
    </div>
  );
}
