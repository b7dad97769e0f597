// What the gallery says it has done.
import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.document = { addEventListener: () => {} };
const { sayDone } = await import("../../assets/gallery/deeds.js");

test("every mark of many is told by what it was, or that all were so already", () => {
  for (const [changes, done, already] of [
    [{ starred: true }, "3 images starred", "Starred already"],
    [{ starred: false }, "Star taken from 3 images", "None has a star"],
    [{ rating: 4 }, "3 images rated 4 of 5", "Rated 4 already"],
    [{ rating: 0 }, "Rating taken from 3 images", "None has a rating"],
    [{ add_tags: ["keeper"] }, "3 images tagged keeper", "Tagged keeper already"],
    [{ add_tags: ["sea", "night"] }, "3 images tagged sea, night", "Tagged sea, night already"],
    [{ remove_tags: ["sea"] }, "Tag sea taken from 3 images", "None is tagged sea"],
    [{ deleted: true }, "3 images moved to the trash", "In the trash already"],
    [{ deleted: false }, "3 images restored", "Restored already"],
  ])
    assert.deepEqual([sayDone(3, changes), sayDone(0, changes)], [done, already]);
  assert.equal(sayDone(1, { add_tags: ["keeper"] }), "1 image tagged keeper");
});
