import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import en from "./en.json";
import es from "./es.json";
import { filled, preferred } from "./index";
import zh from "./zh.json";

/** A plural key without its form: Chinese has one form where English has two. */
const bare = (key: string) => key.replace(/\.(zero|one|two|few|many|other)$/, "");
const bareKeys = (texts: Record<string, string>) => [...new Set(Object.keys(texts).map(bare))].sort();
const names = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();

test.each([
  ["zh", zh],
  ["es", es],
])("%s has every text, with the same values in it", (_, texts: Record<string, string>) => {
  expect(bareKeys(texts)).toEqual(bareKeys(en));
  for (const [key, text] of Object.entries(texts)) {
    const english =
      (en as Record<string, string>)[key] ?? (en as Record<string, string>)[`${bare(key)}.other`];
    expect([key, names(text)]).toEqual([key, names(english ?? "")]);
    expect(text.trim()).not.toBe("");
  }
});

test.each([en, zh, es])(
  "texts stand in the order of their keys, so that two people rarely add at one place",
  (texts) => {
    expect(Object.keys(texts)).toEqual(Object.keys(texts).sort());
  },
);

test("every text that the pages ask for is there", () => {
  const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter(
    (f) => /\.tsx?$/.test(f) && !f.includes(".test."),
  );
  const known = new Set(bareKeys(en));
  for (const file of files) {
    for (const [, key] of readFileSync(`src/${file}`, "utf8").matchAll(/\bt\("([\w.]+)"/g)) {
      expect([file, key, known.has(bare(key ?? ""))]).toEqual([file, key, true]);
    }
  }
});

test("numbers choose the form of a text and are written as the language does", () => {
  const texts = { "x.one": "{n} thing", "x.other": "{n} things" };
  expect(filled(texts, "en", "x", { n: 1 })).toBe("1 thing");
  expect(filled(texts, "es", "x", { n: 12345 })).toBe("12.345 things");
  expect(filled({ "x.other": "{n} 个" }, "zh", "x", { n: 1 })).toBe("1 个");
});

test("the language is the one chosen, else the browser's, else English", () => {
  expect(preferred("es", ["zh-CN"])).toBe("es");
  expect(preferred(null, ["fr", "zh-Hant-TW", "en"])).toBe("zh");
  expect(preferred("xx", ["fr"])).toBe("en");
});
