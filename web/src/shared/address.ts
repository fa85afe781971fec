/** What a view shows is in its address, so that every view can be kept, sent and gone back to. */

import { useCallback, useMemo } from "react";
import { useSearchParams } from "wouter";

export interface Query {
  all: (name: string) => string[];
  one: (name: string) => string;
  /** Change parameters; an empty value takes one out. `keep` adds a step to go back to. */
  set: (changes: Record<string, string | readonly string[]>, keep?: boolean) => void;
  /** Put a value into a parameter's list, or take it out. */
  toggle: (name: string, value: string) => void;
}

export function useQuery(): Query {
  const [params, setParams] = useSearchParams();
  const set = useCallback(
    (changes: Record<string, string | readonly string[]>, keep = false) =>
      setParams((before) => changed(before, changes), { replace: !keep }),
    [setParams],
  );
  return useMemo(
    () => ({
      all: (name) => params.getAll(name),
      one: (name) => params.get(name) ?? "",
      set,
      toggle: (name, value) => {
        const old = params.getAll(name);
        set({ [name]: old.includes(value) ? old.filter((v) => v !== value) : [...old, value] }, true);
      },
    }),
    [params, set],
  );
}

export function changed(
  before: URLSearchParams,
  changes: Record<string, string | readonly string[]>,
): URLSearchParams {
  const after = new URLSearchParams(before);
  for (const [name, value] of Object.entries(changes)) {
    after.delete(name);
    for (const each of typeof value === "string" ? [value] : value) if (each) after.append(name, each);
  }
  return after;
}

/** An address with those parameters that say something. */
export function address(
  path: string,
  params: Record<string, string | number | readonly string[] | undefined> = {},
): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    const values = value === undefined ? [] : Array.isArray(value) ? value : [String(value)];
    for (const each of values) if (each) query.append(name, each);
  }
  const told = query.toString();
  return told ? `${path}?${told}` : path;
}

/** The address where a browser may follow it, else undefined: only http and https lead to a page. */
export function webAddress(url: string | null | undefined): string | undefined {
  return url && /^https?:\/\/[^\s\p{Cc}]+$/iu.test(url) ? url : undefined;
}
