// What the palette finds by what one types, in every script.
import assert from "node:assert/strict";
import { test } from "node:test";
import { find, findable, fold, likeness } from "../../assets/shared/palette_find.js";

const items = (...names) => names.map((name) => ({ name, found: findable(name) }));
const found = (names, text) => find(items(...names), text).map(({ name }) => name);

test("the beginning of a word finds it, the whole word before it", () => {
  assert.deepEqual(found(["Settings", "Gallery", "Set the seed"], "set"), ["Set the seed", "Settings"]);
  assert.deepEqual(found(["Gallery"], "xyz"), []);
  assert.deepEqual(found(["Gallery", "Create", "Open all"], "a"), ["Open all"]);
});

test("all words that are typed have to be there, in any order", () => {
  const prompts = ["a lighthouse at dusk", "a lighthouse at noon", "dusk over the sea"];
  assert.deepEqual(found(prompts, "dusk light"), ["a lighthouse at dusk"]);
  assert.deepEqual(found(prompts, "light dusk noon"), []);
});

test("words of every script are found, whole or begun", () => {
  for (const [name, text] of [
    ["Маяк на закате", "зак"],
    ["МАЯК", "маяк"],
    ["静かな湖と山", "湖"],
    ["静かな湖と山", "静湖"],
    ["灯塔", "塔"],
    ["등대가 있는 바다", "등대"],
    ["등대가 있는 바다", "드"], // within a syllable that is still composed
    ["प्रकाश स्तंभ", "स्तंभ"],
    ["ประภาคารริมทะเล", "ทะเล"],
    ["منارة على البحر", "البحر"],
    ["مَنَارَة", "منارة"], // with vowel signs or without
    ["מגדלור", "מגד"],
    ["Φάρος στο ΛΥΚΟΦΩΣ", "φαρος λυκοφως"],
    ["Ελλάς", "ελλασ"], // the last sigma has a form of its own
    ["Straße", "strasse"],
    ["STRASSE", "straße"],
    ["Diyarbakır", "diyarbakir"],
    ["İstanbul", "istanbul"],
    ["Crème brûlée", "creme brulee"],
    ["creme", "Crème"],
    ["Phở", "pho"],
    ["ＦＬＵＸ", "flux"], // full width
    ["ﬁsh", "fish"],
    ["FLUX.1 schnell", "flux1"],
    ["FLUX.1 schnell", "flux.1"],
    ["🦊 in the snow", "🦊"],
    ["C++", "++"],
  ])
    assert.equal(found([name], text).length, 1, `${text} in ${name}`);
});

test("vowel signs that are letters stay letters", () => {
  assert.notEqual(fold("कि"), fold("का"));
  assert.notEqual(fold("กา"), fold("กี"));
});

test("a slip in a name is forgiven: another letter, one too many, one too few, two swapped", () => {
  for (const text of ["setrings", "setttings", "setings", "settigns", "ettings"])
    assert.deepEqual(found(["Settings", "Gallery", "Statistics"], text), ["Settings"], text);
  assert.deepEqual(found(["Statistics", "Settings"], "stcs"), ["Statistics"]);
});

test("in a long text nothing is found by slips", () => {
  const long = "one two three four five six seven eight nine ten eleven twelve thirteen";
  assert.deepEqual(found([long], "fuor"), []);
  assert.deepEqual(found([long], "thirt"), [long]);
  const accents = `${long} crème brûlée Ёлка`;
  for (const text of ["brulee", "brûl", "елка"]) assert.deepEqual(found([accents], text), [accents], text);
});

test("what was typed whole stands before what only resembles it, and equals keep their order", () => {
  assert.deepEqual(found(["Strand", "Stars", "Starred images"], "starred"), ["Starred images"]);
  assert.deepEqual(found(["Trash b", "Trash a"], "trash"), ["Trash b", "Trash a"]);
});

test("nothing typed, or blanks, finds nothing by itself", () => {
  assert.equal(likeness(findable("Gallery"), findable("   ")), 0);
});

test("whatever is typed is answered, and what is typed whole finds itself", () => {
  let seed = 7;
  const random = (most) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed % most;
  };
  const letters = [..."aZ9 .-_ßİıςé\u0301\u0000\u200b\ud83d\ude00湖가ㄱعא्ก*\\(["];
  for (let round = 0; round < 2000; round += 1) {
    const text = Array.from({ length: random(12) }, () => letters[random(letters.length)]).join("");
    const other = Array.from({ length: random(12) }, () => letters[random(letters.length)]).join("");
    const score = likeness(findable(text), findable(other));
    assert.ok(Number.isFinite(score) && score >= 0, JSON.stringify([text, other]));
    if (findable(text).words.length) assert.ok(likeness(findable(text), findable(text)) > 0, JSON.stringify(text));
    assert.equal(fold(fold(text)), fold(text), JSON.stringify(text));
  }
});
