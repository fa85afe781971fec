/** Something a reader does that takes a while and may fail: nothing typed is lost by it. */

import { useCallback, useState } from "react";

export interface Doing {
  /** Run it; resolves to whether it worked. */
  run: (act: () => Promise<unknown>) => Promise<boolean>;
  busy: boolean;
  fault: unknown;
}

export function useDoing(): Doing {
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>();
  const run = useCallback(async (act: () => Promise<unknown>) => {
    setBusy(true);
    setFault(undefined);
    try {
      await act();
      return true;
    } catch (problem) {
      setFault(problem);
      return false;
    } finally {
      setBusy(false);
    }
  }, []);
  return { run, busy, fault };
}
