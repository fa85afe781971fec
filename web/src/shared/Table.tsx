/** A table that can be sorted, and taken home as CSV. */

import { type ReactNode, useMemo, useState } from "react";
import { t } from "../texts";
import { type Cell, csv, download } from "./csv";
import { Empty } from "./Told";
import { Ways, type WaysProps } from "./Ways";

export interface Column<Row> {
  key: string;
  title: string;
  /** What is sorted by and exported. */
  value: (row: Row) => Cell;
  /** What is shown, where that is not the value. */
  show?: (row: Row) => ReactNode;
  number?: boolean;
  className?: string;
}

interface TableProps<Row> extends WaysProps {
  name: string;
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  rowClass?: (row: Row) => string | undefined;
  empty?: ReactNode;
  most?: number;
}

export function Table<Row>({
  name,
  caption,
  columns,
  rows,
  rowKey,
  rowClass,
  empty,
  most = 200,
  ...ways
}: TableProps<Row>) {
  const [order, setOrder] = useState<{ key: string; down: boolean }>();
  const [all, setAll] = useState(false);
  const sorted = useMemo(() => inOrder(rows, columns, order), [rows, columns, order]);
  const shown = all ? sorted : sorted.slice(0, most);
  const save = () =>
    download(
      `${name}.csv`,
      csv(
        columns.map((c) => c.key),
        sorted.map((row) => columns.map((c) => c.value(row))),
      ),
    );
  if (!rows.length) return <>{empty ?? <Empty title={t("table.empty")} />}</>;
  return (
    <div className="tabled">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section className="scroll" tabIndex={0} aria-label={caption}>
        <table>
          <caption className="unseen">{caption}</caption>
          <thead>
            <tr>
              {columns.map((column) => (
                <Head key={column.key} column={column} order={order} setOrder={setOrder} />
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <tr key={rowKey(row)} className={rowClass?.(row)}>
                {columns.map((column) => (
                  <td key={column.key} className={classes(column)}>
                    {column.show ? column.show(row) : told(column.value(row))}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <div className="under">
        {shown.length < sorted.length && (
          <button type="button" className="plain" onClick={() => setAll(true)}>
            {t("table.all", { n: sorted.length })}
          </button>
        )}
        <Ways {...ways} csv={save} />
      </div>
    </div>
  );
}

function Head<Row>({
  column,
  order,
  setOrder,
}: {
  column: Column<Row>;
  order: { key: string; down: boolean } | undefined;
  setOrder: (order: { key: string; down: boolean }) => void;
}) {
  const mine = order?.key === column.key;
  const next = { key: column.key, down: mine ? !order.down : Boolean(column.number) };
  return (
    <th
      scope="col"
      className={classes(column)}
      aria-sort={mine ? (order.down ? "descending" : "ascending") : "none"}
    >
      <button type="button" className="plain" onClick={() => setOrder(next)}>
        {column.title}
        <i aria-hidden="true">{mine ? (order.down ? " ↓" : " ↑") : ""}</i>
      </button>
    </th>
  );
}

function inOrder<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  order?: { key: string; down: boolean },
): Row[] {
  const column = columns.find((c) => c.key === order?.key);
  if (!column) return [...rows];
  const way = order?.down ? -1 : 1;
  return [...rows].sort((a, b) => way * compare(column.value(a), column.value(b)));
}

function compare(a: Cell, b: Cell): number {
  if (a === b) return 0;
  if (a === null || a === undefined || a === "") return -1;
  if (b === null || b === undefined || b === "") return 1;
  return typeof a === "string" && typeof b === "string" ? a.localeCompare(b) : Number(a) - Number(b);
}

function classes<Row>(column: Column<Row>): string | undefined {
  return [column.number && "number", column.className].filter(Boolean).join(" ") || undefined;
}

function told(value: Cell): ReactNode {
  if (value === null || value === undefined || value === "") return <span className="soft">–</span>;
  return typeof value === "number" ? value.toLocaleString() : String(value);
}
