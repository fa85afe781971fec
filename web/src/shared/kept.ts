/** What the browser keeps for this reader. One that keeps nothing forgets at the end of the visit. */

const forgotten = new Map<string, string>();

export function kept(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return forgotten.get(name) ?? null;
  }
}

export function keep(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, value);
  } catch {
    if (value === null) forgotten.delete(name);
    else forgotten.set(name, value);
  }
}
