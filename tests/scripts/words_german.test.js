// Words for numbers, moments and counts in another language than ours.
import assert from "node:assert/strict";
import { mock, test } from "node:test";

globalThis.document = { documentElement: { lang: "de", dataset: { root: "" } } };
globalThis.playgroundTexts = {
  texts: {
    "1 image": ["1 Bild", "{n} Bilder"],
    "{minutes} min {seconds} s": "{minutes} Min. {seconds} Sek.",
  },
  plurals: { one: 0, other: 1 },
};
const { dollars, images, minutes, seconds, when } = await import("../../assets/shared/words.js");

const plain = (text) => text.replaceAll(/[\u00a0\u202f]/g, " ");

test("amounts and counts are written as the language writes them", () => {
  assert.equal(plain(dollars(1228.556)), "1.228,556 $");
  assert.equal(plain(dollars(0.5)), "0,50 $");
  assert.deepEqual([0, 1, 2000].map(images), ["0 Bilder", "1 Bild", "2.000 Bilder"]);
});

test("a duration has the language's comma and words, and falls back to ours", () => {
  assert.equal(seconds(0.844), "0,84 s");
  assert.equal(seconds(13.41), "13,4 s");
  assert.equal(minutes(125.9), "2 Min. 5 Sek.");
  assert.equal(minutes(61_000), "1016 Min. 40 Sek.");
});

test("a moment has the language's day and clock", () => {
  mock.timers.enable({ apis: ["Date"], now: new Date(2026, 10, 28, 15, 0) });
  assert.equal(when(new Date(2026, 10, 28, 14, 5).toISOString()), "14:05");
  assert.equal(plain(when(new Date(2026, 11, 3, 14, 5).toISOString())), "3. Dez. 2026, 14:05");
  mock.timers.reset();
});
