// The list of the keys names each that something listens to, and nothing that nothing listens to.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { KEYS } from "../../assets/shared/key_table.js";

const FOLDER = new URL("../../assets/", import.meta.url);
const scripts = readdirSync(FOLDER, { recursive: true })
  .filter((path) => path.endsWith(".js") && !/shared\/key(?:s|_table)\.js$/.test(path))
  .map((path) => readFileSync(new URL(path, FOLDER), "utf8"));

const told = new Set(
  KEYS.flatMap(({ keys }) => keys)
    .flatMap(([keys]) => keys.split(/, | to /))
    .map((pressed) => /\[([^\]]+)\]$/.exec(pressed)?.[1]),
);

test("each key that a script compares with a letter or a sign is told", () => {
  // `letter === "s"`, `key === "/"`, `letterOf(event) === "i"`, commands(event, "k")
  const heard = scripts.flatMap((text) =>
    [...text.matchAll(/\b(?:key|letter|letterOf\(event\)) (?:=|!)== "(.)"|\bcommands\(event, "(.)"\)/g)].map(
      ([, plain, control]) => plain ?? control.toUpperCase(),
    ),
  );
  assert.ok(heard.length > 8, "this test finds what scripts listen to");
  // "=" is the key of "+" without Shift; the list writes the sign of subtraction and capitals with Ctrl.
  const unnamed = [...new Set(heard)].filter(
    (key) =>
      ![key, key.toUpperCase(), key.replace("=", "+"), key.replace("-", "\u2212")].some((name) => told.has(name)),
  );
  assert.deepEqual(unnamed, []);
});

test("each shortcut that an element announces is told", () => {
  const announced = scripts.flatMap((text) =>
    [...text.matchAll(/"aria-keyshortcuts": "([^"]+)"/g)].flatMap(([, keys]) => keys.split(" ")),
  );
  assert.ok(announced.length > 4);
  for (const key of announced) {
    const name = key.length > 1 ? key.split("+").at(-1) : key.replace("-", "\u2212");
    assert.ok(told.has(name), key);
  }
});

test("each part of the list has its own name, and no key twice", () => {
  assert.equal(new Set(KEYS.map(({ where }) => where)).size, KEYS.length);
  for (const { title, keys } of KEYS) assert.equal(new Set(keys.map(([key]) => key)).size, keys.length, title);
});

test("every key stands in brackets, and nothing else does", () => {
  for (const [keys] of KEYS.flatMap(({ keys }) => keys))
    assert.match(keys, /^(?:\[[^[\]]+\](?: \+ |, | to |$))+$/, keys);
});
