/** A state, told by a sign and a word, so that nothing hangs on colour. */

import { has, t } from "../texts";

const SIGNS: Record<string, string> = {
  new: "✦",
  rising: "▲",
  peaking: "◆",
  steady: "●",
  fading: "▽",
  ok: "●",
  quiet: "◐",
  failing: "✕",
  disabled: "○",
  running: "▶",
  done: "✓",
  failed: "✕",
  paused: "‖",
  waiting: "◌",
  cancelled: "⊘",
  "timed out": "⊘",
  approval: "?",
  cut: "⊘",
  fine: "●",
  gone: "✕",
  misconfigured: "✕",
  unvisited: "○",
  held: "✓",
  missed: "✕",
  open: "◌",
  revoked: "✕",
  expired: "✕",
};

export function State({ state, bare = false }: { state: string; bare?: boolean }) {
  const word = has(`state.${state}`) ? t(`state.${state}`) : state;
  return (
    <span className={`state state-${state}`} title={bare ? word : undefined}>
      <i aria-hidden="true">{SIGNS[state] ?? "·"}</i> {bare ? <span className="unseen">{word}</span> : word}
    </span>
  );
}
