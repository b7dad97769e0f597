// What the gallery says in another language than English: by its table, plurals, numbers and days.
import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.location = new URL("http://127.0.0.1/gallery");
globalThis.document = { addEventListener: () => {}, documentElement: { lang: "de", dataset: {} } };
globalThis.playgroundTexts = {
  texts: {
    Today: "Heute",
    "1 image": ["1 Bild", "{n} Bilder"],
    "{some} of 1 image": ["{some} von 1 Bild", "{some} von {n} Bildern"],
    "more than 1 image": ["mehr als 1 Bild", "mehr als {n} Bilder"],
    "1 image tagged {tags}": ["1 Bild mit Schlagwort {tags}", "{n} Bilder mit Schlagwort {tags}"],
    "Colour: {colour}": "Farbe: {colour}",
    Blue: "Blau",
  },
  plurals: { one: 0, other: 1 },
};
const { makeDays } = await import("../../assets/gallery/days.js");
const { sayDone } = await import("../../assets/gallery/deeds.js");
const { looksAsked } = await import("../../assets/gallery/colours.js");
const { sayTotal } = await import("../../assets/gallery/total.js");

test("totals have the language's plurals and numbers", () => {
  for (const [total, least, of, text] of [
    [1, false, null, "1 Bild"],
    [1234, false, null, "1.234 Bilder"],
    [1, false, 1234, "1 von 1.234 Bildern"],
    [1001, true, null, "mehr als 1.000 Bilder"],
  ])
    assert.equal(sayTotal({ total, least, of }), text);
});

test("what was done to many names the tags as the language lists them", () => {
  const changes = { add_tags: ["sea", "cat", "night"] };
  assert.equal(sayDone(1, changes), "1 Bild mit Schlagwort sea, cat, night");
  assert.equal(sayDone(2, changes), "2 Bilder mit Schlagwort sea, cat, night");
});

test("names that the server has given are told too, and those that it does not know as they are", () => {
  const told = (query) => looksAsked(new URLSearchParams(query)).map(({ text }) => text);
  assert.deepEqual(told("color=blue&color=mauve"), ["Farbe: Blau", "Farbe: mauve"]);
});

test("days are written as the language writes them", () => {
  const days = makeDays(() => null);
  assert.equal(days.name(new Date().toISOString()), "Heute");
  assert.match(days.name(new Date(2025, 11, 31, 12).toISOString()), /^Mi.*31\. Dez.* 2025$/);
});
