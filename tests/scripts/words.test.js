// Words for numbers, moments and counts.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { afterEach, mock, test } from "node:test";
import { dollars, images, minutes, seconds, shorten, when } from "../../assets/shared/words.js";

afterEach(() => mock.timers.reset());

// The same table holds the server's words (tests/ui/test_facts.py).
const table = JSON.parse(readFileSync(new URL("../words.json", import.meta.url), "utf8"));

test("a duration has two decimals below a second, one below a minute, then minutes", () => {
  assert.ok(table.seconds.length > 5);
  for (const [value, text] of table.seconds) assert.equal(seconds(value), text);
});

test("an amount has at least two decimals, and more where they matter", () => {
  assert.ok(table.dollars.length > 5);
  for (const [amount, text] of table.dollars) assert.equal(dollars(Number(amount)), text);
});

test("a clock that ticks shows whole seconds", () => {
  for (const [value, text] of [
    [0, "0 s"],
    [7.99, "7 s"],
    [60, "1 min 0 s"],
    [65.2, "1 min 5 s"],
    [3600, "60 min 0 s"],
  ]) {
    assert.equal(minutes(value), text);
  }
});

test("a moment is a time of day, with its date when it is not of today or is asked for in full", () => {
  mock.timers.enable({ apis: ["Date"], now: new Date(2026, 10, 28, 15, 0) });
  const today = new Date(2026, 10, 28, 9, 5).toISOString();
  const before = new Date(2026, 10, 27, 23, 59).toISOString();
  assert.match(when(today), /^0?9:05/);
  assert.doesNotMatch(when(today), /2026/);
  assert.match(when(today, true), /2026.*, 0?9:05/);
  assert.match(when(before), /2026.*, (23:59|11:59)/);
});

test("a long text ends with an ellipsis and is as long as asked for, or shorter by spaces", () => {
  for (const [text, length, short] of [
    ["a fox", 5, "a fox"],
    ["a foxy", 5, "a fo\u2026"],
    ["a fo xy", 5, "a fo\u2026"],
    ["abc  defg", 6, "abc\u2026"],
    ["", 5, ""],
  ]) {
    assert.equal(shorten(text, length), short);
  }
  assert.equal(shorten("x".repeat(140)), "x".repeat(140));
  assert.equal(shorten("x".repeat(141)).length, 140);
});

test("a text is cut between what a person sees as letters", () => {
  const family = "\u{1f468}\u200d\u{1f469}\u200d\u{1f467}\u200d\u{1f466}";
  for (const [text, length, short] of [
    [`a${family}b`, 12, "a\u2026"],
    [`a${family}bc`, 13, `a${family}\u2026`],
    ["caf\u00e9s", 4, "caf\u2026"],
    ["cafe\u0301s", 5, "caf\u2026"],
    ["\u{1f1e9}\u{1f1ea}\u{1f1eb}\u{1f1f7}", 6, "\u{1f1e9}\u{1f1ea}\u2026"],
    ["\u{1f44d}\u{1f3fd}\u{1f44d}\u{1f3fd}", 7, "\u{1f44d}\u{1f3fd}\u2026"],
    [`${family}${family}`, 5, "\u2026"],
  ]) {
    assert.equal(shorten(text, length), short);
  }
  for (let length = 1; length < 55; length += 1) {
    const short = shorten(family.repeat(5), length);
    assert.ok(short.length <= length);
    assert.match(short, new RegExp(`^(${family})*\u2026$`, "u"));
  }
});

test("one image is one, others are counted", () => {
  assert.deepEqual([0, 1, 2].map(images), ["0 images", "1 image", "2 images"]);
});
