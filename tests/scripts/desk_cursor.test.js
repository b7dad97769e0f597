// Which idea and which picture the keys of the desk mean.
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeCursor } from "../../assets/desk/cursor.js";

const at = (cursor) => [cursor.at, cursor.marked.line, cursor.marked.gate];

test("the first of each list is marked, and the ideas come first", () => {
  const cursor = makeCursor();
  cursor.follow("line", ["a", "b"]);
  cursor.follow("gate", ["c"]);
  assert.deepEqual(at(cursor), ["line", "a", "c"]);
});

test("where the marked one goes, the one in its place is marked, at the end the last", () => {
  const cursor = makeCursor();
  cursor.follow("line", ["a", "b", "c"]);
  cursor.step("line", 1);
  cursor.follow("line", ["a", "c"]);
  assert.equal(cursor.marked.line, "c");
  cursor.follow("line", ["a"]);
  assert.equal(cursor.marked.line, "a");
  cursor.follow("line", ["x", "a"]);
  assert.equal(cursor.marked.line, "a");
});

test("an empty list is left for the other one", () => {
  const cursor = makeCursor();
  cursor.follow("line", ["a"]);
  cursor.follow("gate", ["c"]);
  cursor.follow("line", []);
  assert.deepEqual(at(cursor), ["gate", "", "c"]);
  cursor.follow("gate", []);
  cursor.follow("line", ["b"]);
  assert.deepEqual(at(cursor), ["line", "b", ""]);
});

test("steps end at the ends; next begins anew after the last", () => {
  const cursor = makeCursor();
  cursor.follow("gate", ["a", "b"]);
  cursor.step("gate", -1);
  assert.deepEqual(at(cursor), ["gate", "", "a"]);
  cursor.step("gate", 1);
  cursor.step("gate", 1);
  assert.equal(cursor.marked.gate, "b");
  cursor.step("gate", 1, true);
  assert.equal(cursor.marked.gate, "a");
});

test("only what is in a list can be marked", () => {
  const cursor = makeCursor();
  cursor.follow("line", ["a"]);
  cursor.mark("line", "gone");
  cursor.mark("gate", "a");
  assert.deepEqual(at(cursor), ["line", "a", ""]);
});
