// The help's search: which words are found in a text, and where they stand in it.
import assert from "node:assert/strict";
import test from "node:test";
import { spans, wordsOf } from "../../assets/help/find.js";

/**
 * What is marked of a text, null where it is not found.
 *
 * @param {string} text
 * @param {string} sought
 */
const marked = (text, sought, also = "") =>
  spans(text, wordsOf(sought), also)?.map(([from, to]) => text.slice(from, to)) ?? null;

test("a longer word is found anywhere, a short one at a word's beginning", () => {
  assert.deepEqual(marked("The seed of Seeds", "seed"), ["seed", "Seed"]);
  assert.deepEqual(marked("Startbild", "bild"), ["bild"]);
  assert.deepEqual(marked("these uses", "us"), ["us"]);
  assert.equal(marked("these", "es"), null);
});

test("all words have to be there, in the text or among those that count too", () => {
  assert.deepEqual(marked("What it costs", "cost it"), ["it", "cost"]);
  assert.equal(marked("What it costs", "cost zebra"), null);
  assert.deepEqual(marked("What it costs", "cost money", "money price"), ["cost"]);
  assert.deepEqual(marked("What it costs", "money", "money price"), []);
});

test("case and accents are passed over, and letters are marked whole", () => {
  assert.deepEqual(marked("Réglages ÉTAPES", "reglages etapes"), ["Réglages", "ÉTAPES"]);
  assert.deepEqual(marked("Re\u0301glages", "regl"), ["Re\u0301gl"]);
  assert.deepEqual(marked("die Straße", "strasse"), ["Straße"]);
  assert.deepEqual(marked("die Straße", "stras"), ["Straß"]);
  assert.deepEqual(marked("مثلًا", "مثلا"), ["مثلًا"]);
});

test("signs that are words by themselves are found within others", () => {
  assert.deepEqual(marked("種子和参数相同", "参数"), ["参数"]);
  assert.deepEqual(marked("シードの役割", "役"), ["役"]);
});

test("what overlaps is marked once, in the order of the text", () => {
  assert.deepEqual(marked("generate", "gene nerate"), ["generate"]);
  assert.deepEqual(spans("aaa aaa", wordsOf("aaa")), [
    [0, 3],
    [4, 7],
  ]);
});

test("nothing sought marks nothing", () => {
  assert.deepEqual(wordsOf("  ?! "), []);
  assert.deepEqual(marked("anything", ""), []);
});
