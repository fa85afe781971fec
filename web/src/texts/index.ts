/** The words of the interface. Every text is in a file by language; which languages there are follows from the files. */

import { useSyncExternalStore } from "react";
import en from "./en.json";

export type Key = keyof typeof en;
export const LANGUAGES = { en: "English", zh: "中文", es: "Español" } as const;
export type Language = keyof typeof LANGUAGES;
type Texts = Record<string, string>;
type Values = Record<string, string | number>;

const others: Record<Exclude<Language, "en">, () => Promise<{ default: Texts }>> = {
  zh: () => import("./zh.json"),
  es: () => import("./es.json"),
};
const watchers = new Set<() => void>();
let language: Language = "en";
let texts: Texts = en;

/** The language that was chosen, else the first of the browser's that we speak. */
export function preferred(kept: string | null, spoken: readonly string[]): Language {
  const known = [kept ?? "", ...spoken].map((tag) => tag.slice(0, 2).toLowerCase());
  return (known.find((tag) => tag in LANGUAGES) ?? "en") as Language;
}

export async function speak(wanted: Language): Promise<void> {
  texts = wanted === "en" ? en : (await others[wanted]()).default;
  language = wanted;
  document.documentElement.lang = wanted;
  for (const changed of watchers) changed();
}

export function useLanguage(): Language {
  return useSyncExternalStore(
    (changed) => {
      watchers.add(changed);
      return () => watchers.delete(changed);
    },
    () => language,
  );
}

/** The text of a key, with `{name}` replaced. A key followed by `.one` and so on is chosen by the number `n`. */
export function t(key: Key | (string & {}), values: Values = {}): string {
  return filled(texts, locale(), key, values);
}

export function filled(from: Texts, tongue: string, key: string, values: Values): string {
  const { n } = values;
  const plural = typeof n === "number" ? `${key}.${new Intl.PluralRules(tongue).select(n)}` : key;
  const text = from[plural] ?? from[`${key}.other`] ?? from[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? value.toLocaleString(tongue) : value;
  });
}

/** Whether there is a text under a key that was made up of parts. */
export function has(key: string): boolean {
  return key in texts || `${key}.other` in texts;
}

/** The name of a language of the items, in that of the interface. */
export function languageName(code: string): string {
  try {
    return new Intl.DisplayNames([language], { type: "language" }).of(code) ?? code;
  } catch {
    return code;
  }
}

/** How numbers and times are written: as where the reader is, where the browser's language is that of the interface. */
export function locale(): string {
  const spoken = typeof navigator === "undefined" ? [] : (navigator.languages ?? []);
  return spoken.find((tag) => tag.slice(0, 2).toLowerCase() === language) ?? language;
}
