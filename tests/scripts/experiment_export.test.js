// The downloads of an experiment in words: each with its size, or why there is none.
import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.document = {
  documentElement: { lang: "en", dataset: { root: "" } },
  querySelector: () => null,
  addEventListener: () => {},
};
const { exportsOf } = await import("../../assets/experiments/export.js");

const PNG = { width_px: 4200, height_px: 3100, image_px: 512, smaller: false, refused: null };
const FOUND = { html: { about_bytes: 3_140_000 }, png: PNG, csv: { rows: 1200 } };

test("each download says how large it is", () => {
  assert.deepEqual(
    exportsOf(FOUND).map(({ form, size, refused }) => [form, size, refused]),
    [
      ["html", "about 3.1 MB, all in one file", null],
      ["png", "4,200 x 3,100 pixels", null],
      ["csv", "1,200 rows", null],
    ],
  );
  const small = exportsOf({ ...FOUND, html: { about_bytes: 162_456 }, csv: { rows: 1 } });
  assert.deepEqual([small[0].size, small[2].size], ["about 163 kB, all in one file", "1 row"]);
});

test("a picture that is made smaller says so, and one that is refused says why", () => {
  const smaller = exportsOf({ ...FOUND, png: { ...PNG, smaller: true, image_px: 128 } })[1];
  assert.equal(smaller.size, "4,200 x 3,100 pixels; so that it fits, its images are 128 pixels wide");
  const refused = { ...PNG, width_px: null, height_px: null, smaller: true, refused: "It is too large." };
  assert.equal(exportsOf({ ...FOUND, png: refused })[1].refused, "It is too large.");
});
