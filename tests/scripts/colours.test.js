// The colours and the likeness that a query asks for, in words and with what takes each off.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readQuery, withChanges } from "../../assets/gallery/address.js";
import { looksAsked } from "../../assets/gallery/colours.js";
import { COLOURS } from "../../assets/shared/facts.js";

const ID = "0123456789abcdef".repeat(2);

test("several colours and one image to be like stand in the address", () => {
  const query = readQuery(`?color=blue&color=red&color=blue&like=x&like=${ID}`);
  assert.equal(query.toString(), `color=blue&color=red&like=${ID}`);
});

test("each has a name and is taken off alone", () => {
  const query = readQuery(`?q=cat&color=blue&color=red&like=${ID}`);
  const found = looksAsked(query).map(({ text, image, without }) => [
    text,
    image,
    withChanges(query, without).toString(),
  ]);
  assert.deepEqual(found, [
    ["Colour: Blue", undefined, `q=cat&color=red&like=${ID}`],
    ["Colour: Red", undefined, `q=cat&color=blue&like=${ID}`],
    ["Like this image", ID, "q=cat&color=blue&color=red"],
  ]);
  assert.deepEqual(looksAsked(readQuery("?q=cat")), []);
});

test("a colour that nobody knows can be taken off too", () => {
  const query = readQuery("?color=mauve");
  const [{ text, without }] = looksAsked(query);
  assert.equal(text, "Colour: mauve");
  assert.equal(withChanges(query, without).toString(), "");
});

test("there are eleven, each with a name", () => {
  assert.equal(new Set(COLOURS.map(([, name]) => name)).size, 11);
});
