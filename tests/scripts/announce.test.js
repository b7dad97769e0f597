// One voice for screen readers: what rests is told once, within the dialog that is open.
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

class Node {
  constructor(tag) {
    Object.assign(this, { tag, children: [], attributes: {}, parentNode: null, textContent: "" });
  }
  setAttribute(name, value) {
    this.attributes[name] = value;
  }
  append(child) {
    child.remove();
    this.children.push(child);
    child.parentNode = this;
  }
  replaceChildren() {
    this.children = [];
  }
  remove() {
    if (this.parentNode) this.parentNode.children = this.parentNode.children.filter((child) => child !== this);
    this.parentNode = null;
  }
}

let body;
let dialogs;
let announce;
const regions = (host) => host.children.filter((child) => child.attributes["aria-live"]);
const heard = (host = body) => regions(host).flatMap((region) => region.children.map((line) => line.textContent));

beforeEach(async () => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  body = new Node("body");
  dialogs = [];
  globalThis.document = { body, createElement: (tag) => new Node(tag), querySelectorAll: () => dialogs };
  ({ announce } = await import(`../../assets/shared/announce.js?${Math.random()}`));
});

test("there is one polite region on a page, whatever is told", () => {
  for (const text of ["one", "two", "three"]) announce(text);
  mock.timers.tick(150);
  assert.deepEqual(heard(), ["one", "two", "three"]);
  assert.equal(regions(body).length, 1);
  assert.equal(regions(body)[0].attributes["aria-live"], "polite");
});

test("the region is there before its text, and empty again later", () => {
  announce("a star");
  assert.deepEqual([regions(body).length, heard()], [1, []]);
  mock.timers.tick(150);
  assert.deepEqual(heard(), ["a star"]);
  mock.timers.tick(8000);
  assert.deepEqual(heard(), []);
});

test("of what is said about the same thing the last counts, once it rests", () => {
  for (const count of ["0 of 9", "3 of 9", "5 of 9"]) {
    announce(count, { about: "found", rests: 1000 });
    mock.timers.tick(600);
  }
  assert.deepEqual(heard(), []);
  mock.timers.tick(400);
  assert.deepEqual(heard(), ["5 of 9"]);
  announce("6 of 9", { about: "found" });
  announce("", { about: "found" });
  mock.timers.tick(2000);
  assert.deepEqual(heard(), ["5 of 9"]);
});

test("the same sentence is told again when it happens again", () => {
  announce("Starred.");
  mock.timers.tick(200);
  announce("Starred.");
  mock.timers.tick(200);
  assert.deepEqual(heard(), ["Starred.", "Starred."]);
});

test("while a modal dialog is open it is told there, and what was told is not told again", () => {
  announce("on the page");
  mock.timers.tick(200);
  const dialog = new Node("dialog");
  dialogs = [new Node("dialog"), dialog]; // the topmost is the last
  announce("in the viewer");
  mock.timers.tick(200);
  assert.deepEqual(heard(dialog), ["in the viewer"]);
  assert.deepEqual(regions(body), []);
  dialogs = [];
  announce("back");
  mock.timers.tick(200);
  assert.deepEqual(heard(), ["back"]);
});
