import { expect, test } from "vitest";
import type { Fact } from "../api/types";
import { altered } from "./diff";
import { grouped, tongues } from "./grouping";

const fact = (id: string, source: string, at: string, rest: Partial<Fact> = {}, lang = "en"): Fact => ({
  seq: Number(id),
  topic: "t",
  copy_of: null,
  item: {
    id,
    source,
    title: id,
    seen_at: at,
    published_at: null,
    body: "",
    url: "",
    author: "",
    lang,
    engagement: {},
    extra: {},
  },
  ...rest,
});

test("a copy shows the words that it altered", () => {
  const pieces = altered("12 killed in Porto fire", "At least 15 killed in Porto fire");
  expect(pieces.filter((p) => p.changed).map((p) => p.text.trim())).toEqual(["At least 15"]);
  expect(pieces.map((p) => p.text).join("")).toBe("At least 15 killed in Porto fire");
});

test("a copy word for word shows nothing altered, in any script", () => {
  for (const text of ["Same Words", "塔斯马尼亚爱好者", "إعادة فتح الجسر"]) {
    expect(altered(text, text).some((p) => p.changed)).toBe(false);
  }
  expect(altered("发现一颗彗星", "发现两颗彗星").filter((p) => p.changed)).toEqual([
    { text: "两", changed: true },
  ]);
});

test("items stand by source, newest first, with copies apart and what they copy", () => {
  const facts = [
    fact("1", "a", "2026-03-01T10:00:00Z"),
    fact("2", "b", "2026-03-01T11:00:00Z", { copy_of: "1" }),
    fact("3", "a", "2026-03-01T12:00:00Z"),
  ];
  const [first, second] = grouped(facts);
  expect(first?.originals.map((f) => f.item.id)).toEqual(["3", "1"]);
  expect(second?.copies[0]?.original?.id).toBe("1");
});

test("each language tells its newest, and a date ahead of us counts as when we saw it", () => {
  const ahead = fact("1", "a", "2026-03-01T10:00:00Z", {}, "de");
  ahead.item.published_at = "2030-01-01T00:00:00Z";
  const later = fact("2", "a", "2026-03-01T11:00:00Z", {}, "de");
  const [german] = tongues([ahead, later, fact("3", "b", "2026-03-01T12:00:00Z", { copy_of: "1" }, "fr")]);
  expect(german).toMatchObject({ lang: "de", items: 2 });
  expect(german?.told.map((item) => item.id)).toEqual(["2", "1"]);
});
