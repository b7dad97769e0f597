// Where a search finds nothing: what the page offers in its place, from what the server has.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readQuery } from "../../assets/gallery/address.js";
import { waysOut } from "../../assets/gallery/ways.js";
import { serve } from "./server.js";

/** A library of prompts; `in` the trash, `starred`. It knows words, beginnings, phrases and exclusions. */
function library(...images) {
  const has = (prompt, term) => {
    const [, minus, phrase, word] = /^(-?)(?:"([^"]*)"|(.*))$/.exec(term);
    const found = phrase
      ? prompt.includes(phrase)
      : prompt.split(" ").some((one) => (word.endsWith("*") ? one.startsWith(word.slice(0, -1)) : one === word));
    return minus ? !found : found;
  };
  return serve((url) => {
    const { q = "", starred, trash, tag } = Object.fromEntries(url.searchParams);
    const terms = q.match(/-?"[^"]*"|\S+/g) ?? [];
    const found = images.filter(
      (image) =>
        terms.every((term) => has(image.prompt, term)) &&
        (!starred || image.starred) &&
        (!tag || image.tag === tag) &&
        Boolean(image.trash) === (trash === "1"),
    );
    return [200, { images: found.slice(0, 1), total: found.length, total_is_least: false, as_of: 1 }];
  });
}

const offered = async (address, filters = []) =>
  (await waysOut(readQuery(address), filters, new AbortController().signal)).map(
    ({ text, query }) => `${text} -> ${decodeURIComponent(query.toString().replaceAll("+", " "))}`,
  );

const STARRED = ["Starred", { starred: "" }];
const SEA = ["Tag: sea", { tag: "" }];

test("a word that nothing has is cut to the longest beginning that something has", async () => {
  library({ prompt: "a lighthouse" }, { prompt: "light on a lighthouse" });
  assert.deepEqual(await offered("?q=lighthosue*"), ["Beginning with lightho: 2 images -> q=lightho*"]);
  assert.deepEqual(await offered("?q=xylophone*"), []);
  assert.deepEqual(await offered("?q=lizard*"), [], "two letters have nothing to do with it");
  assert.deepEqual(await offered("?q=lightheartedness*"), [], "nor have five of sixteen");
});

test("words before the last are beginnings too, and phrases are taken apart", async () => {
  library({ prompt: "a lighthouse by night" }, { prompt: "a barn is red" });
  assert.deepEqual(await offered("?q=ligh nig*"), ["Beginning with ligh, nig: 1 image -> q=ligh* nig*"]);
  assert.deepEqual(await offered('?q="red barn"'), ["Beginning with red, barn: 1 image -> q=red* barn*"]);
});

test("of several words, the one that nothing has is named and left out; the others stay in their order", async () => {
  library({ prompt: "a red lighthouse by night" });
  assert.deepEqual(await offered("?q=red* zebra* night*"), ["Without zebra: 1 image -> q=red* night*"]);
  assert.deepEqual(await offered("?q=red* lighthosue* night*"), [
    "Beginning with lightho: 1 image -> q=red* lightho* night*",
  ]);
  assert.deepEqual(await offered("?q=zebra* lighthosue*"), ["Beginning with lightho: 1 image -> q=lightho*"]);
});

test("what is excluded is offered", async () => {
  library({ prompt: "a red cat" });
  assert.deepEqual(await offered("?q=red* -cat"), ["Also with cat: 1 image -> q=red*"]);
});

test("each filter, and all of them, can be left out, where that finds something", async () => {
  library({ prompt: "a cat", tag: "sea" }, { prompt: "a cat" });
  assert.deepEqual(await offered("?q=cat*&starred=1&tag=sea", [SEA, STARRED]), [
    "Without Starred: 1 image -> q=cat*&tag=sea",
    "Without any filter: 2 images -> q=cat*",
  ]);
});

test("what is in the trash is said, and in the trash what is not", async () => {
  library({ prompt: "a cat", trash: true }, { prompt: "a dog" });
  assert.deepEqual(await offered("?q=cat*"), ["In the trash: 1 image -> q=cat*&trash=1"]);
  assert.deepEqual(await offered("?q=dog*&trash=1"), ["In the gallery: 1 image -> q=dog*"]);
});

test("it costs few questions, each of a single image, however long the words", async () => {
  const asked = library({ prompt: "a cat" });
  const words = Array.from({ length: 12 }, (_, n) => `${"abcdefghijkl"[n].repeat(30)}*`).join(" ");
  await offered(`?q=${words}&starred=1&tag=sea`, [SEA, STARRED]);
  assert.ok(asked.length < 40, `${asked.length} questions`);
  assert.ok(asked.every((url) => url.searchParams.get("limit") === "1" && url.searchParams.get("total") === "fast"));
});

test("without a server there is an error, and none is left behind", async () => {
  serve(() => null);
  await assert.rejects(offered("?q=cat* dog*"));
});
