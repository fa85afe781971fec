/** Dark, light, or as the system has it. */

import { useSyncExternalStore } from "react";
import { keep, kept } from "./kept";

export type Theme = "system" | "light" | "dark";

const watchers = new Set<() => void>();

export function theme(): Theme {
  const told = kept("theme");
  return told === "dark" || told === "light" ? told : "system";
}

export function setTheme(wanted: Theme): void {
  keep("theme", wanted === "system" ? null : wanted);
  if (wanted === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = wanted;
  for (const changed of watchers) changed();
}

/** Whether what is shown is dark, now. */
export function isDark(): boolean {
  const told = theme();
  return told === "system" ? matchMedia("(prefers-color-scheme: dark)").matches : told === "dark";
}

export function useTheme(): Theme {
  return useSyncExternalStore(watch, theme);
}

export function useDark(): boolean {
  return useSyncExternalStore(watch, isDark);
}

function watch(changed: () => void): () => void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  watchers.add(changed);
  system.addEventListener("change", changed);
  return () => {
    watchers.delete(changed);
    system.removeEventListener("change", changed);
  };
}
