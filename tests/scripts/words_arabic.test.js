// Money in a page whose lines run from right to left.
import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.document = { documentElement: { lang: "ar", dir: "rtl", dataset: { root: "" } } };
globalThis.playgroundTexts = { texts: { ", ": "، " }, plurals: {} };
const { dollars } = await import("../../assets/shared/words.js");
const { inRow } = await import("../../assets/shared/language.js");

test("money is one piece, whose sign stays on its side", () => {
  assert.match(dollars(0.009), /^\u2066.*0\.009.*\u2069$/);
});

test("names stand in a row with the language's own comma", () => {
  assert.equal(inRow(["a", "b"]), "a، b");
});
