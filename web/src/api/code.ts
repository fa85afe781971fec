/** Code that is loaded when it is needed, as an answer: awaited, told of where it cannot be had, and asked for again. */

import type { Load } from "./answers";
import { ask, Problem } from "./fetching";

/** How old a document is before it is loaded anew, so that this is not done for ever. */
const SETTLED_MS = 10_000;

/** A browser may remember that a file could not be had, and a newer server has it under another name: once the server
 * answers, the document is loaded anew, which shows what was gone to. */
export function loading<T>(load: () => Promise<T>): Load {
  return () =>
    load().catch(async (fault) => {
      await ask("/healthz");
      if (performance.now() > SETTLED_MS) location.reload();
      throw new Problem(0, String(fault));
    });
}
