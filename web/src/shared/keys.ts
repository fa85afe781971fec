/** Keys that do something on a page. Nothing is taken from who is typing, or uses a key with Ctrl, Alt or Meta. */

import { useEffect, useRef } from "react";

export type Keys = Record<string, (event: KeyboardEvent) => void>;

export function useKeys(keys: Keys, active = true): void {
  const current = useRef(keys);
  current.current = keys;
  useEffect(() => {
    if (!active) return;
    const pressed = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
      if (event.key !== "?" && document.querySelector("dialog[open]")) return;
      const typing = isTyping(event.target);
      if (typing && event.key !== "Escape") return;
      const act = current.current[event.key];
      if (!act) return;
      if (!(event.key === "Enter" && takesEnter(event.target))) event.preventDefault();
      else return;
      act(event);
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, [active]);
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement)
    return !["checkbox", "radio", "button", "range"].includes(target.type);
  return (
    target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable
  );
}

function takesEnter(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && ["A", "BUTTON", "SUMMARY"].includes(target.tagName);
}
