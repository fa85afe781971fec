import { expect, test } from "vitest";
import type { Trend } from "../api/types";
import { type Choice, choose } from "./choosing";

const trend = (topic: string, rest: Partial<Trend> = {}): Trend => ({
  topic,
  at: "2026-03-01T12:00:00Z",
  rank: 1,
  score: 1,
  state: "new",
  headline: { text: `Headline of ${topic}`, items: [] },
  summary: [],
  items: 1,
  copies: 0,
  sources: ["wire"],
  languages: ["en"],
  first_seen: "2026-03-01T08:00:00Z",
  last_seen: "2026-03-01T11:00:00Z",
  velocity: 1,
  confidence: 1,
  series: [],
  receipt: { terms: [], items: [], configuration: "" },
  label: "",
  category: "science",
  alarm: null,
  ...rest,
});

const none: Choice = { state: [], category: [], lang: [], source: [], window: "", q: "" };
const trends = [
  trend("a", { languages: ["de", "en"] }),
  trend("b", { state: "rising", last_seen: "2026-03-01T02:00:00Z" }),
  trend("c", { state: "rising", category: "sports", languages: ["de"] }),
];
const topics = (choice: Partial<Choice>) => {
  const { wanted } = choose(trends, { ...none, ...choice });
  return trends.filter((_, n) => wanted[n]).map((each) => each.topic);
};

test("values of one filter widen the choice, filters narrow it", () => {
  expect(topics({})).toEqual(["a", "b", "c"]);
  expect(topics({ state: ["rising"] })).toEqual(["b", "c"]);
  expect(topics({ state: ["rising", "new"], lang: ["de"] })).toEqual(["a", "c"]);
  expect(topics({ q: "headline OF c" })).toEqual(["c"]);
  expect(topics({ window: "breaking" })).toEqual(["a", "c"]);
  expect(topics({ window: "12" })).toEqual(["a", "b", "c"]);
});

test("each value tells how many trends it would show with the other filters as they are", () => {
  const { counts } = choose(trends, { ...none, state: ["new"], lang: ["de"] });
  expect(counts.state).toEqual([
    { value: "new", count: 1, chosen: true },
    { value: "rising", count: 1, chosen: false },
  ]);
  expect(counts.lang.map((c) => [c.value, c.count])).toEqual([
    ["de", 1],
    ["en", 1],
  ]);
  expect(counts.category.map((c) => [c.value, c.count])).toEqual([["science", 1]]);
});
