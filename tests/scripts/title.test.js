// The page's title names what is open in it.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

let entitle;

beforeEach(async () => {
  globalThis.document = { title: "Gallery \u2013 Sentry Block" };
  ({ entitle } = await import(`../../assets/shared/title.js?${Math.random()}`));
});

test("the search stands before the page, the image before the search, and both go again", () => {
  entitle("search", "blue");
  assert.equal(document.title, "blue \u2013 Gallery \u2013 Sentry Block");
  entitle("image", "A blue barn\n at  dusk");
  assert.equal(document.title, "A blue barn at dusk \u2013 blue \u2013 Gallery \u2013 Sentry Block");
  entitle("search", "");
  entitle("image", "");
  assert.equal(document.title, "Gallery \u2013 Sentry Block");
});

test("another name stands in the page's place, and its own comes back", () => {
  entitle("page", "Trash");
  assert.equal(document.title, "Trash \u2013 Sentry Block");
  entitle("page", "");
  assert.equal(document.title, "Gallery \u2013 Sentry Block");
});

test("a long prompt is cut, and one that holds a dash changes nothing else", () => {
  entitle("image", `left \u2013 right ${"x".repeat(500)}`);
  assert.ok(document.title.length < 100);
  assert.ok(document.title.endsWith("\u2026 \u2013 Gallery \u2013 Sentry Block"));
  entitle("image", "");
  assert.equal(document.title, "Gallery \u2013 Sentry Block");
});

test("a title that somebody else gives the page meanwhile is its own from then on", () => {
  document.title = "loading";
  entitle("image", "");
  document.title = "Create \u2013 Sentry Block"; // Gradio's, once it has drawn
  entitle("image", "cat");
  assert.equal(document.title, "cat \u2013 Create \u2013 Sentry Block");
});
