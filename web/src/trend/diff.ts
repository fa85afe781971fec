/** What a copy altered: the words of one text that the other lacks, in the order they stand in. */

export interface Piece {
  text: string;
  changed: boolean;
}

const WORDS =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]|[\p{L}\p{N}]+(?:[.,'’][\p{L}\p{N}]+)*|\s+|[^\s]/gu;
const MOST = 400;

/** The copy in pieces, those marked that the original does not have in their place. */
export function altered(original: string, copy: string): Piece[] {
  const from = words(original);
  const to = words(copy);
  const kept = common(from, to);
  const pieces: Piece[] = [];
  to.forEach((text, n) => {
    const changed = text.trim() !== "" && !kept.has(n);
    const last = pieces.at(-1);
    if (last && (last.changed === changed || text.trim() === "")) last.text += text;
    else pieces.push({ text, changed });
  });
  return pieces;
}

function words(text: string): string[] {
  return (text.slice(0, 4000).match(WORDS) ?? []).slice(0, MOST);
}

/** The places of the second text that belong to the longest common subsequence of both. */
function common(from: readonly string[], to: readonly string[]): Set<number> {
  const wide = to.length + 1;
  const longest = new Uint16Array((from.length + 1) * wide);
  const at = (a: number, b: number) => longest[a * wide + b] ?? 0;
  for (let a = from.length - 1; a >= 0; a--) {
    for (let b = to.length - 1; b >= 0; b--) {
      longest[a * wide + b] = same(from[a], to[b])
        ? at(a + 1, b + 1) + 1
        : Math.max(at(a + 1, b), at(a, b + 1));
    }
  }
  const kept = new Set<number>();
  for (let a = 0, b = 0; a < from.length && b < to.length; ) {
    if (same(from[a], to[b])) {
      kept.add(b);
      a += 1;
      b += 1;
    } else if (at(a + 1, b) >= at(a, b + 1)) a += 1;
    else b += 1;
  }
  return kept;
}

function same(one: string | undefined, other: string | undefined): boolean {
  return one?.toLocaleLowerCase() === other?.toLocaleLowerCase();
}
