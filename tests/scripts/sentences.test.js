// Sentences that follow each other, where the page's language has no blank between them.
import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.document = { documentElement: { lang: "ja", dataset: { root: "" } } };
globalThis.playgroundTexts = { texts: { "{t0} {t1}": "{t0}{t1}" }, plurals: {} };
const { joined, joinedParts } = await import("../../assets/shared/language.js");

test("no blank stands between sentences, however many, and empty ones are left out", () => {
  assert.equal(
    joined("空です。", "", null, undefined, "送信していません。", "{t1}です。"),
    "空です。送信していません。{t1}です。",
  );
  assert.equal(joined("", "空です。"), "空です。");
  assert.equal(joined(), "");
});

test("what a platform has said in English has its blank behind it", () => {
  assert.equal(joined("Out of {t1} memory.", "空です。", "本当です。"), "Out of {t1} memory. 空です。本当です。");
});

test("a sentence that is an element of its own is joined likewise", () => {
  const said = (text) => ({ textContent: text });
  assert.deepEqual(joinedParts(said("空です。"), "本当です。"), [said("空です。"), "本当です。"]);
  assert.deepEqual(joinedParts(said("Out of memory."), "空です。"), [said("Out of memory."), " ", "空です。"]);
  assert.deepEqual(joinedParts("空です。", ""), ["空です。"]);
});
