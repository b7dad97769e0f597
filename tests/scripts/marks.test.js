// What is said of a mark that was set on an image.
import assert from "node:assert/strict";
import { before, test } from "node:test";

let sayMarked;
let tagsIn;

before(async () => {
  globalThis.document = { addEventListener() {} };
  ({ sayMarked, tagsIn } = await import("../../assets/shared/marks.js"));
});

test("a star, a rating and a tag are named, and that they are gone", () => {
  assert.equal(sayMarked({ starred: true }, []), "Starred.");
  assert.equal(sayMarked({ starred: false }, []), "Star removed.");
  assert.equal(sayMarked({ rating: 3 }, []), "Rated 3 of 5.");
  assert.equal(sayMarked({ rating: 0 }, []), "Rating cleared.");
  assert.equal(sayMarked({ tags: ["sky", "keeper"] }, ["sky"]), "Tagged keeper.");
  assert.equal(sayMarked({ tags: ["sea", "sky", "keeper"] }, ["sky"]), "Tagged sea, keeper.");
  assert.equal(sayMarked({ tags: ["sky"] }, ["sky", "keeper"]), "Tag keeper removed.");
  assert.equal(sayMarked({ tags: ["sky"] }, ["sky"]), "");
});

test("commas stand between several tags, and none is there twice", () => {
  assert.deepEqual(tagsIn(" night sky, sea ,,sea, "), ["night sky", "sea"]);
  assert.deepEqual(tagsIn(" , "), []);
});
