import { expect, test } from "vitest";
import { pause, waiting } from "../api/fetching";
import { address, changed, webAddress } from "./address";
import { csv } from "./csv";
import { columns } from "./Sparkline";
import { said, why } from "./saying";
import { tag } from "./Words";

test("only addresses of web pages become links", () => {
  expect(webAddress("https://news.example/a?b=1")).toBe("https://news.example/a?b=1");
  for (const bad of [
    "javascript:alert(1)",
    "JAVASCRIPT:alert(1)",
    " https://x.example",
    "data:text/html,x",
    "//x.example",
    "https://x y",
    "",
    null,
  ]) {
    expect(webAddress(bad)).toBeUndefined();
  }
});

test("a CSV keeps quotes, lines and commas in their cells and runs no formula", () => {
  const made = csv(
    ["a", "b"],
    [
      ['say "hi", twice', "=1+1"],
      ["two\nlines", null],
    ],
  );
  expect(made).toBe('a,b\r\n"say ""hi"", twice",\'=1+1\r\n"two\nlines",\r\n');
});

test("addresses leave out what says nothing", () => {
  expect(address("/x", { a: "", b: ["1", "2"], c: 3, d: undefined })).toBe("/x?b=1&b=2&c=3");
  expect(changed(new URLSearchParams("a=1&b=2"), { a: "", c: ["x", "y"] }).toString()).toBe("b=2&c=x&c=y");
});

test("waiting follows Retry-After, and grows without it", () => {
  expect(waiting("7")).toBe(7);
  expect(waiting("Wed, 21 Oct 2026 07:28:00 GMT", Date.parse("2026-10-21T07:27:30Z"))).toBe(30);
  expect(waiting("soon")).toBeNull();
  expect(pause(1, 9, 0.5)).toBe(9000);
  expect([1, 2, 3, 9].map((tries) => pause(tries, null, 0.5))).toEqual([1000, 2000, 4000, 30000]);
});

test("a sparkline has a column for what is not nothing", () => {
  expect(columns([0, 2, 4])).toBe("M4 100v-50.0h3v50.0zM8 100v-100.0h3v100.0z");
  expect(columns([0, Number.NaN])).toBe("");
});

test("terms are told in words, and those without words by their inputs", () => {
  const breadth = { name: "breadth", value: 1, inputs: { effective_sources: 3.1428 } };
  expect(said(breadth)).toBe("worth 3.1 independent sources");
  expect(said({ name: "novelty", value: 1, inputs: { days_away: 12 } })).toBe("days away 12");
  expect(said({ name: "breadth", value: 1, inputs: { other: 2 } })).toBe("other 2");
  const mix = { name: "mix", value: 5, inputs: {} };
  expect(why({ terms: [mix, breadth], items: [], configuration: "" })).toBe("worth 3.1 independent sources");
});

test("only codes of languages reach HTML", () => {
  expect(tag("zh-Hans")).toBe("zh-Hans");
  expect(tag('en" onclick="x')).toBeUndefined();
  expect(tag("und")).toBeUndefined();
});
