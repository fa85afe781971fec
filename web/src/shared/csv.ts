/** A table as CSV (RFC 4180). Cells that a spreadsheet would compute are quoted with an apostrophe. */

export type Cell = string | number | boolean | null | undefined;

export function csv(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [head, ...rows]
    .map((row) => row.map(cell).join(","))
    .join("\r\n")
    .concat("\r\n");
}

function cell(value: Cell): string {
  if (value === null || value === undefined) return "";
  if (typeof value !== "string") return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Hand a text to the reader as a file. */
export function download(name: string, text: string, type = "text/csv"): void {
  const link = document.createElement("a");
  const held = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  link.href = held;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(held), 1000);
}
