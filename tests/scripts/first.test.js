// The first minutes: who is new here, and what stands ready in the prompt until an image was made.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

const EXAMPLE = "A lighthouse at dusk";
const KEY = "playground:hints";

let held; // what the browser keeps, or null where it forbids to
let area;
let frames;
let loads = 0;

beforeEach(() => {
  held = new Map();
  frames = [];
  area = textArea("");
  globalThis.requestAnimationFrame = (callback) => frames.push(callback);
  globalThis.document = { querySelector: () => area, activeElement: null };
  Object.defineProperty(globalThis, "localStorage", {
    configurable: true,
    get() {
      if (!held) throw new DOMException("forbidden", "SecurityError");
      return {
        getItem: (key) => held.get(key) ?? null,
        setItem: (key, text) => held.set(key, text),
        removeItem: (key) => held.delete(key),
      };
    },
  });
});

afterEach(() => {
  for (const name of ["requestAnimationFrame", "document", "localStorage"]) delete globalThis[name];
});

function textArea(value) {
  const listeners = {};
  return {
    value,
    selected: 0,
    heard: [],
    selectionStart: value.length,
    selectionEnd: value.length,
    dispatchEvent({ type }) {
      this.heard.push(type);
    },
    addEventListener(name, listener) {
      listeners[name] = listener;
    },
    happen(name) {
      listeners[name]?.();
      delete listeners[name]; // each listens once
    },
    select() {
      this.selected += 1;
    },
  };
}

function loaded() {
  loads += 1;
  return import(`../../assets/create/first.js?load=${loads}`);
}

test("an example stands ready where nobody has made an image, whichever comes first", async () => {
  for (const order of [
    ["haveExample", "wantExample"],
    ["wantExample", "haveExample"],
  ]) {
    area = textArea("");
    const first = await loaded();
    for (const name of order) first[name](EXAMPLE);
    assert.equal(area.value, EXAMPLE);
    assert.deepEqual(area.heard, ["input"], "the form has to hear of it");
  }
});

test("it waits until the prompt is drawn", async () => {
  const late = area;
  area = null;
  const { haveExample, wantExample } = await loaded();
  haveExample(EXAMPLE);
  wantExample();
  frames.shift()();
  area = late;
  frames.shift()();
  assert.equal(area.value, EXAMPLE);
  assert.equal(frames.length, 0);
});

test("it takes no place of what somebody has typed, nor of what the form opens with", async () => {
  area.value = "my own";
  let first = await loaded();
  first.haveExample(EXAMPLE);
  first.wantExample();
  assert.equal(area.value, "my own");
  area.value = "";
  first = await loaded();
  first.haveExample(EXAMPLE); // a draft or a recipe: nobody wants it
  assert.equal(area.value, "");
});

for (const kept of ["0", "2", "away", "what another version kept"]) {
  test(`none stands there after an image was made (${kept})`, async () => {
    held.set(KEY, kept);
    const { haveExample, wantExample, isNew } = await loaded();
    haveExample(EXAMPLE);
    wantExample();
    assert.equal(area.value, "");
    assert.ok(!isNew());
  });
}

test("a browser that keeps nothing is not taught anew at each visit", async () => {
  held = null;
  const { haveExample, wantExample, imageAsked, isNew } = await loaded();
  haveExample(EXAMPLE);
  wantExample();
  imageAsked();
  assert.equal(area.value, "");
  assert.ok(!isNew());
});

test("the first letter replaces it: it is selected where the prompt has or gets the focus, once", async () => {
  const { haveExample, wantExample } = await loaded();
  haveExample(EXAMPLE);
  wantExample();
  area.happen("focus");
  assert.equal(area.selected, 1);
  area.happen("click"); // the mouse has put the caret where it was pressed
  assert.equal(area.selected, 2);
  area.happen("click"); // now it is meant
  assert.equal(area.selected, 2);

  area = textArea("");
  document.activeElement = area;
  const again = await loaded();
  again.haveExample(EXAMPLE);
  again.wantExample();
  assert.equal(area.selected, 1);
});

test("what was selected or written by hand is left as it is", async () => {
  const { haveExample, wantExample } = await loaded();
  haveExample(EXAMPLE);
  wantExample();
  Object.assign(area, { selectionStart: 2, selectionEnd: 12 });
  area.happen("click");
  Object.assign(area, { value: `${EXAMPLE}, snow`, selectionEnd: 2 });
  area.happen("focus");
  assert.equal(area.selected, 0);
});

test("the hints begin with the first image, and not for somebody who has made some before", async () => {
  const { imageAsked } = await loaded();
  imageAsked();
  assert.equal(held.get(KEY), "0");
  held.set(KEY, "2");
  imageAsked();
  imageAsked(true);
  assert.equal(held.get(KEY), "2");
  held.delete(KEY);
  imageAsked(true);
  assert.equal(held.get(KEY), "away");
});

test("the one that stood ready stands there in the language of now, until an image is made or it is changed", async () => {
  const english = await loaded();
  english.haveExample(EXAMPLE);
  english.wantExample();
  const GERMAN = "Ein Leuchtturm";
  const german = await loaded(); // whose draft holds the English one
  assert.equal(german.ofNow(EXAMPLE), EXAMPLE, "not yet known");
  german.haveExample(GERMAN);
  assert.equal(german.ofNow(EXAMPLE), GERMAN);
  assert.equal(german.ofNow(`${EXAMPLE}, snow`), `${EXAMPLE}, snow`);
  const french = await loaded();
  french.haveExample("Un phare");
  assert.equal(french.ofNow(GERMAN), "Un phare");
  french.imageAsked();
  assert.equal(french.ofNow("Un phare"), "Un phare");
  assert.equal(german.ofNow("Un phare"), "Un phare", "now it is somebody's");
});
