/** Numbers and times in the reader's own way of writing. */

import { locale, t } from "../texts";

const MINUTE = 60_000;

export function number(value: number, digits = 0): string {
  return value.toLocaleString(locale(), { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** 1234 as 1.2K: for places where a long number would break the line. */
export function compact(value: number): string {
  return value.toLocaleString(locale(), { notation: "compact", maximumFractionDigits: 1 });
}

export function signed(value: number, digits = 2): string {
  return value.toLocaleString(locale(), {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    signDisplay: "exceptZero",
  });
}

/** A probability in whole per cent, never rounded up to certainty. */
export function sure(confidence: number): string {
  const percent = Math.floor(100 * Math.max(0, confidence));
  return confidence > 0.99 ? ">99 %" : `${number(percent)} %`;
}

export function day(moment: string | Date): string {
  return new Date(moment).toLocaleString(locale(), {
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    timeZone: "UTC",
  });
}

export function longDay(moment: string | Date): string {
  const told = new Date(moment).toLocaleString(locale(), {
    dateStyle: "medium",
    timeStyle: "short",
    hourCycle: "h23",
    timeZone: "UTC",
  });
  return `${told} UTC`;
}

/** How long lies between two moments, in one unit; what lies ahead counts as now. */
export function ago(moment: string | Date, now: string | Date): string {
  const minutes = Math.floor((+new Date(now) - +new Date(moment)) / MINUTE);
  if (minutes < 1) return t("time.now");
  if (minutes < 60) return t("time.minutes", { n: minutes });
  if (minutes < 48 * 60) return t("time.hours", { n: Math.floor(minutes / 60) });
  return t("time.days", { n: Math.floor(minutes / 1440) });
}

export function duration(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  if (minutes < 1) return t("time.seconds", { n: Math.round(seconds) });
  if (minutes < 60) return t("time.minutes", { n: minutes });
  if (minutes < 48 * 60) return t("time.hours", { n: Math.round(minutes / 60) });
  return t("time.days", { n: Math.round(minutes / 1440) });
}
