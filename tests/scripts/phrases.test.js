// Prompts cut into phrases as the server cuts them, and pieces that follow a prompt that is typed.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

globalThis.document = { documentElement: { lang: "en", dataset: { root: "" } }, querySelector: () => null };
const { cut, splits } = await import("../../assets/experiments/phrases.js");
const { makePieces } = await import("../../assets/experiments/pieces.js");
const { answerText, controlTexts } = await import("../../assets/experiments/words_panel.js");

const TABLE = JSON.parse(readFileSync(new URL("../experiments/phrases.json", import.meta.url), "utf8"));

test("a prompt is cut as the server cuts it", () => {
  for (const [prompt, phrases] of TABLE)
    assert.deepEqual(
      cut(prompt).map(({ start, end }) => prompt.slice(start, end)),
      phrases,
    );
});

test("a phrase is split before each of its words, also where no blanks are between them", () => {
  assert.deepEqual(splits("a stormy  sea"), [2, 10]);
  assert.deepEqual(splits("sea"), []);
  assert.ok(splits("\u4e00\u53ea\u732b\u5728\u6d77\u8fb9").length > 1);
});

/** @param {string} prompt */
function piecesOf(prompt) {
  const pieces = makePieces();
  pieces.follow(prompt);
  return pieces;
}
const texts = (pieces) => pieces.list.map(pieces.text);

test("pieces are split and joined, and go on as they were said to", () => {
  const pieces = piecesOf("a cat at sea, red");
  assert.deepEqual(texts(pieces), ["a cat at sea", "red"]);
  pieces.list[1].how = "keep";
  pieces.split(0, 6);
  assert.deepEqual(texts(pieces), ["a cat", "at sea", "red"]);
  assert.deepEqual(pieces.given(), { phrases: ["a cat", "at sea", "red"], keep: [3], instead: {} });
  pieces.join(1);
  assert.deepEqual(texts(pieces), ["a cat", "at sea, red"]);
  pieces.reset();
  assert.deepEqual(texts(pieces), ["a cat at sea", "red"]);
});

test("moved cuts and what was said stay while the prompt is typed on", () => {
  const pieces = piecesOf("a cat at sea, red, small");
  pieces.split(0, 6);
  Object.assign(pieces.list[2], { how: "instead", own: "blue" });
  pieces.follow("a cat at sea, red, very small, old");
  assert.deepEqual(texts(pieces), ["a cat", "at sea", "red", "very small", "old"]);
  assert.deepEqual(pieces.given().instead, { 3: "blue" });
  pieces.follow("one cat at sea, red, very small, old");
  assert.deepEqual(texts(pieces), ["one cat", "at sea", "red", "very small", "old"]);
  pieces.follow("");
  assert.deepEqual([texts(pieces), pieces.moved], [[], false]);
});

test("what was said goes with the words where the prompt is cut by itself", () => {
  const pieces = piecesOf("a cat, red");
  pieces.list[1].how = "keep";
  pieces.follow("red, an old cat");
  assert.deepEqual(
    pieces.list.map(({ how }) => how),
    ["keep", "drop"],
  );
});

test("an earlier plan's phrases are taken, and cut anew where they are not there any more", () => {
  const pieces = makePieces();
  const given = { phrases: ["a", "cat", "red"], keep: [1], instead: { 3: "blue" } };
  pieces.take("a cat, red", given);
  assert.deepEqual(pieces.given(), given);
  assert.equal(pieces.moved, true);
  pieces.take("a dog, red", given);
  assert.deepEqual(texts(pieces), ["a dog", "red"]);
});

const phrase = (text, verdict, share) => ({ text, verdict, share, tried: [] });
const WORDS = { floor: 0, scale: 20, of_seeds: 3, least: 2.3, phrases: [], after: "" };

test("the answer names what mattered most, or says that nothing did", () => {
  const said = (phrases, more = {}, running = false) => answerText({ ...WORDS, ...more, phrases }, running);
  const some = [phrase("sea", "changed", 0.4), phrase("fox", "changed", 2.2), phrase("red", "unclear", 3)];
  assert.equal(said(some), "\u201cfox\u201d mattered most: 220 % of what another seed changes.");
  assert.match(said(some, {}, true), /being made/);
  assert.match(said([phrase("sea", "nothing", 0.05)]), /^No phrase changed anything/);
  assert.match(said([phrase("sea", "unclear", 1)]), /may be luck/);
  assert.match(said([phrase("sea", "changed", null)], { scale: 0 }), /^Another seed changes nothing/);
});

test("the controls say whether the platform makes the same image again", () => {
  assert.match(controlTexts(WORDS, false).join(" "), /by 20, the mean of 3.* same request gave the same image/);
  assert.match(controlTexts({ ...WORDS, floor: 0.42 }, false).join(" "), /differs by 0.4 by itself/);
  assert.match(controlTexts({ ...WORDS, floor: null, scale: null }, false).join(" "), /is not known/);
});
