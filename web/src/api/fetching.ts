/** Asking the API: one request, and what may go wrong with it in a form that can be shown. */

export interface Fault {
  where: string;
  what: string;
}

/** Why there is no answer. `status` is 0 where the server could not be reached at all. */
export class Problem extends Error {
  readonly status: number;
  readonly errors: readonly Fault[];
  /** Seconds after which the server says one may ask again. */
  readonly retryAfter: number | null;

  constructor(
    status: number,
    detail: string,
    errors: readonly Fault[] = [],
    retryAfter: number | null = null,
  ) {
    super(detail);
    this.status = status;
    this.errors = errors;
    this.retryAfter = retryAfter;
  }

  /** Whether asking again later may help. */
  get passing(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

export interface Asked {
  method?: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  /** Sent as JSON, or as it is where it is a text of the kind `type`. */
  body?: unknown;
  type?: string;
  signal?: AbortSignal;
}

export const PATIENCE_MS = 30_000;

let token = "";

/** The session's token against forged requests, which goes with whatever changes the world. */
export function keepToken(value: string): void {
  token = value;
}

/** The answer to a request. Rejects with a `Problem`; a request that is given up rejects with an `AbortError`. */
export async function ask<T>(path: string, asked: Asked = {}): Promise<T> {
  const response = await reach(path, asked);
  if (!response.ok) throw await problemOf(response);
  if (response.status === 204) return undefined as T;
  const kind = response.headers.get("content-type") ?? "";
  return (kind.includes("json") ? await response.json() : await response.text()) as T;
}

async function reach(path: string, asked: Asked): Promise<Response> {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  const signal = asked.signal ? AbortSignal.any([asked.signal, patience]) : patience;
  try {
    return await fetch(path, { ...sent(asked), signal, credentials: "same-origin" });
  } catch (fault) {
    if (asked.signal?.aborted) throw fault;
    throw new Problem(0, patience.aborted ? "no answer in time" : "the server cannot be reached");
  }
}

function sent(asked: Asked): RequestInit {
  const headers: Record<string, string> = { Accept: "application/json" };
  const method = asked.method ?? "GET";
  if (method !== "GET" && token) headers["X-CSRF-Token"] = token;
  if (asked.body === undefined) return { method, headers };
  headers["Content-Type"] = asked.type ?? "application/json";
  return { method, headers, body: asked.type ? String(asked.body) : JSON.stringify(asked.body) };
}

async function problemOf(response: Response): Promise<Problem> {
  const told = await response.json().catch(() => ({}));
  const detail = typeof told?.detail === "string" && told.detail ? told.detail : response.statusText;
  const errors = Array.isArray(told?.errors) ? told.errors : [];
  return new Problem(response.status, detail, errors, waiting(response.headers.get("retry-after")));
}

/** Seconds of a Retry-After header, which may be a number or a date. */
export function waiting(header: string | null, now = Date.now()): number | null {
  if (!header) return null;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds);
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, (date - now) / 1000);
}

/** Milliseconds to wait before the next try: as told, else doubling up to half a minute, spread by chance. */
export function pause(tries: number, retryAfter: number | null, chance = Math.random()): number {
  const told = retryAfter === null ? 0 : retryAfter * 1000;
  const own = Math.min(30_000, 1000 * 2 ** Math.max(0, tries - 1)) * (0.75 + chance / 2);
  return Math.max(told, own);
}
