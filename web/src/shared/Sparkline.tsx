/** Counts as a small picture of columns; what is not nothing is at least a line high. */

const HIGH = 100;
const LEAST = 5;

export function columns(values: readonly number[]): string {
  const top = Math.max(0, ...values);
  return values
    .map((value, place) => {
      if (!(value > 0) || top <= 0) return "";
      const height = Math.max(LEAST, (HIGH * value) / top).toFixed(1);
      return `M${4 * place} ${HIGH}v-${height}h3v${height}z`;
    })
    .join("");
}

export function Sparkline({ values, label }: { values: readonly number[]; label: string }) {
  return (
    <svg
      className="spark"
      viewBox={`0 0 ${Math.max(4, 4 * values.length)} ${HIGH}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <path d={columns(values)} />
    </svg>
  );
}
