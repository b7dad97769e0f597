// The choice of the page's language: what is kept of it, and when a page is shown anew.
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

let reloads;
let choice;
let cookies;
let kept; // what the browser was told to keep
let shown; // the listeners for "pageshow"
let arrived;
let watchLanguage;

beforeEach(async () => {
  [reloads, cookies, kept, shown, arrived] = [0, {}, [], [], "navigate"];
  choice = Object.assign(new EventTarget(), {
    value: "en",
    options: ["en", "de", "fr"].map((value) => ({ value, defaultSelected: value === "en" })),
  });
  globalThis.document = {
    documentElement: { lang: "en", dataset: { root: "/pg" } },
    get cookie() {
      return Object.entries({ other: "1", ...cookies })
        .map((pair) => pair.join("="))
        .join("; ");
    },
    set cookie(text) {
      kept.push(text);
      const [name, value] = text.split("; ")[0].split("=");
      if (cookies) cookies[name] = value;
    },
    addEventListener() {},
  };
  globalThis.location = { reload: () => (reloads += 1) };
  globalThis.addEventListener = (name, listener) => name === "pageshow" && shown.push(listener);
  performance.getEntriesByType = () => [{ type: arrived }];
  ({ watchLanguage } = await import(`../../assets/frame/language.js?${Math.random()}`));
});

const header = () => ({ querySelector: () => choice });

test("a choice is kept for a year, below the program's path alone, and shown at once", () => {
  watchLanguage(header());
  assert.deepEqual([reloads, kept], [0, []]);
  choice.value = "de";
  choice.dispatchEvent(new Event("change"));
  assert.deepEqual(kept, ["playground_language=de; path=/pg; max-age=31536000; samesite=lax"]);
  assert.equal(reloads, 1);
});

test("keys walk through the choices; Enter, or going on, takes one", () => {
  const key = (name) => choice.dispatchEvent(Object.assign(new Event("keydown"), { key: name }));
  watchLanguage(header());
  for (const end of [() => key("Enter"), () => choice.dispatchEvent(new Event("blur"))]) {
    reloads = 0;
    for (const value of ["de", "fr"]) {
      key("ArrowDown");
      choice.value = value;
      choice.dispatchEvent(new Event("change"));
    }
    assert.equal(reloads, 0);
    end();
    assert.equal(reloads, 1);
    assert.equal(cookies.playground_language, "fr");
  }
});

test("what was chosen before the script was there counts", () => {
  choice.value = "de";
  watchLanguage(header());
  assert.deepEqual([reloads, cookies.playground_language], [1, "de"]);
});

test("where nothing can be kept, the choice goes back to the page's own language", () => {
  mock.timers.enable({ apis: ["setTimeout"] }); // of the note that says so
  cookies = null;
  const anything = new Proxy(() => {}, {
    apply: () => anything,
    get: (_, name) => ({ [Symbol.iterator]: function* () {}, [Symbol.toPrimitive]: () => "" })[name] ?? anything,
    set: () => true,
  });
  Object.assign(globalThis.document, { body: anything, createElement: anything, querySelectorAll: () => [] });
  watchLanguage(header());
  choice.value = "de";
  choice.dispatchEvent(new Event("change"));
  assert.deepEqual([reloads, choice.value], [0, "en"]);
  mock.timers.reset();
});

test("who walks back to the page's own language has chosen nothing", () => {
  watchLanguage(header());
  choice.dispatchEvent(new Event("blur"));
  assert.deepEqual([reloads, kept], [0, []]);
});

test("a page that comes back follows what was chosen since, and no other one does", () => {
  watchLanguage(header());
  for (const [language, persisted, loaded] of [
    [undefined, true, 0],
    ["en", true, 0],
    ["de", false, 0],
    ["de", true, 1],
  ]) {
    reloads = 0;
    if (language) cookies.playground_language = language;
    for (const listener of shown) listener({ persisted });
    assert.equal(reloads, loaded, `${language}, ${persisted}`);
  }
});

test("an answer that a browser had kept for its back button follows too, once", () => {
  cookies.playground_language = "de";
  for (const [way, loaded] of [
    ["navigate", 0],
    ["back_forward", 1],
    ["reload", 0], // the server may know no such language any more
  ]) {
    [arrived, reloads] = [way, 0];
    watchLanguage(header());
    assert.equal(reloads, loaded, way);
  }
});
