import { number } from "../shared/numbers";

/** How much is done, as a bar and in per cent. */
export function Progress({ of, state, label }: { of: number; state: string; label: string }) {
  const share = Math.max(0, Math.min(1, of));
  return (
    <span className={`progress state-${state}`}>
      <progress value={share} max={1} aria-label={label} />
      <span className="number">{number(Math.floor(100 * share))} %</span>
    </span>
  );
}
