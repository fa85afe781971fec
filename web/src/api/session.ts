/** Who is using the pages: nobody in particular, or whoever showed a key. */

import { type Answer, put, refresh, useAnswer } from "./answers";
import { ask, keepToken } from "./fetching";
import { reconnect } from "./live";

export interface Session {
  name?: string;
  kind?: string;
  scopes?: readonly string[];
  csrf_token?: string;
  /** Where one logs in by another service, if anywhere. */
  sign_on?: string;
}

const PATH = "/api/v1/session";

/** Who is using the pages, as far as that is known. */
export function useWho(): Answer<Session> {
  return useAnswer<Session>(PATH);
}

/** The session, or undefined while nobody has logged in. A server that is away for a while ends none: what was typed
 * under it stays where it is. */
export function useSession(): Session | undefined {
  const { data, problem } = useWho();
  if ((problem && !problem.passing) || !data?.kind || data.kind === "anonymous") return undefined;
  if (data.csrf_token) keepToken(data.csrf_token);
  return data;
}

export async function logIn(key: string): Promise<void> {
  const session = await ask<Session>(PATH, { method: "POST", body: { key } });
  if (session?.csrf_token) keepToken(session.csrf_token);
  refresh();
  reconnect();
}

export async function logOut(): Promise<void> {
  await ask(PATH, { method: "DELETE" });
  keepToken("");
  put<Session>(PATH, (was) => ({ ...was, kind: "anonymous", name: "", scopes: [] }));
  setTimeout(refresh); // what only the session could see is off the page by then, and not asked for
}
