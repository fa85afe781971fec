/** Terms of a score put into words, and the reasons for a place. */

import type { Receipt, Term } from "../api/types";
import { has, t } from "../texts";
import { number } from "./numbers";

/** Terms that speak of what stands above a trend, not of the trend. */
const OF_THE_PAGE = new Set(["mix", "category", "similarity", "balance"]);
const PERCENT = new Set(["percentile_in_source", "shared_words", "wanted_share"]);

/** A term that adds less than this is no reason for a place. */
const SPEAKING = 0.05;

/** The term in words; one that we have no words for lists its inputs. */
export function said(term: Term): string {
  const inputs = term.inputs ?? {};
  const key = `term.${term.name}.said`;
  if (!has(key) || !filledBy(t(key), inputs)) {
    return Object.entries(inputs)
      .map(([name, value]) => `${name.replaceAll("_", " ")} ${told(name, value)}`)
      .join(", ");
  }
  return t(key, Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, told(name, value)])));
}

export function termName(name: string): string {
  return has(`term.${name}`) ? t(`term.${name}`) : name;
}

/** The weightiest of the trend's own reasons for its place, in one line. */
export function why(receipt: Receipt, most = 2): string {
  return receipt.terms
    .filter((term) => term.value > SPEAKING && !OF_THE_PAGE.has(term.name))
    .sort((a, b) => b.value - a.value)
    .slice(0, most)
    .map(said)
    .join("; ");
}

function filledBy(text: string, inputs: Record<string, unknown>): boolean {
  return [...text.matchAll(/\{(\w+)\}/g)].every(([, name]) => name !== undefined && name in inputs);
}

function told(name: string, value: unknown): string {
  if (typeof value !== "number") return String(value).slice(0, 80);
  if (PERCENT.has(name)) return `${number(100 * value)} %`;
  return number(value, Number.isInteger(value) ? 0 : 1);
}
