export const WORKFLOWS = "/api/v1/workflows";

/** A workflow's name as words. */
export function named(name: string): string {
  return name.replaceAll("_", " ");
}

export function pathOf(execution: string): string {
  return `${WORKFLOWS}/${encodeURIComponent(execution)}`;
}
