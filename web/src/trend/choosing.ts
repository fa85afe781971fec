/** Items that somebody ticks, to say something of them. */

import { useCallback, useMemo, useState } from "react";

export interface Chosen {
  /** Whether items can be ticked at present. */
  open: boolean;
  setOpen: (open: boolean) => void;
  items: ReadonlySet<string>;
  toggle: (item: string) => void;
  clear: () => void;
}

export function useChosen(): Chosen {
  const [items, setItems] = useState<ReadonlySet<string>>(new Set());
  const [open, setOpen] = useState(false);
  const toggle = useCallback(
    (item: string) =>
      setItems((old) => {
        const made = new Set(old);
        if (!made.delete(item)) made.add(item);
        return made;
      }),
    [],
  );
  const clear = useCallback(() => setItems(new Set()), []);
  return useMemo(() => ({ open, setOpen, items, toggle, clear }), [open, items, toggle, clear]);
}
