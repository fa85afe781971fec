/** The keys, and what they do. */

import { useEffect, useRef } from "react";
import { t } from "../texts";

const KEYS = [
  ["j / k", "help.move"],
  ["o / ↵", "help.open"],
  ["m", "help.read"],
  ["u", "help.up"],
  ["/", "help.search"],
  ["t", "help.time"],
  ["[ / ]", "help.step"],
  ["p", "help.play"],
  ["r", "help.refresh"],
  ["1 … 5", "help.pages"],
  ["?", "help.help"],
  ["Esc", "help.escape"],
] as const;

export function Help({ open, close }: { open: boolean; close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  return (
    <dialog ref={dialog} className="help" onClose={close} aria-labelledby="help-title">
      <h2 id="help-title">{t("help.title")}</h2>
      <dl>
        {KEYS.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{t(what)}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button type="submit">{t("help.close")}</button>
      </form>
    </dialog>
  );
}
