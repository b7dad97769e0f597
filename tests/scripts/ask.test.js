// Questions to our own routes.
import assert from "node:assert/strict";
import test from "node:test";

globalThis.document = { querySelector: () => null, documentElement: { lang: "de", dataset: { root: "" } } };
const { ask } = await import("../../assets/shared/ask.js");

test("a question is asked in the language of the page, whatever the browser prefers", async () => {
  const sent = [];
  globalThis.fetch = async (_path, options) => {
    sent.push(new Headers(options.headers).get("accept-language"));
    return new Response("{}");
  };
  await ask("/api/images");
  await ask("/api/images", { body: {} });
  assert.deepEqual(sent, ["de", "de"]);
});
