// What is typed into the gallery's search box, and what is asked for it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { asked, hasWord, loosened, shownAs, termsOf } from "../../assets/gallery/typed.js";

test("the last word that is typed is a beginning, whatever stands before it", () => {
  for (const [text, q] of [
    ["light", "light*"],
    ["  light ", "light*"],
    ["red barn", "red barn*"],
    ["light*", "light*"],
    ["cat -dog", "cat -dog"],
    ["-dog cat", "-dog cat*"],
    ['"red barn"', '"red barn"'],
    ['"red barn" by', '"red barn" by*'],
    ["barn, ,", "barn,* ,"],
    ["well-l", "well-l*"],
    ["\u706f\u53f0", "\u706f\u53f0*"],
    ["l", "l*"],
    ["2024", "2024*"],
    ["", ""],
    ["&", "&"],
  ])
    assert.equal(asked(text), q, text);
});

test("what has only been begun is no mistake: a minus, a quotation mark, a phrase", () => {
  for (const [text, q] of [
    ["cat -", "cat*"],
    ['cat "', "cat*"],
    ['cat -"', "cat*"],
    ["-", ""],
    ['"', ""],
    ['"red', '"red"*'],
    ['cat "red bar', 'cat "red bar"*'],
    ['cat -"red bar', 'cat -"red bar"'],
    ['"red ', '"red"*'],
  ])
    assert.equal(asked(text), q, text);
});

test("typed letter by letter, each text is one that the server takes, and narrows the one before", () => {
  const whole = 'red "oil painting" -cat light';
  for (let length = 1; length <= whole.length; length += 1) {
    const q = asked(whole.slice(0, length));
    assert.equal((q.match(/"/g) ?? []).length % 2, 0, q);
    assert.ok(
      termsOf(q).every((term) => hasWord(term)),
      q,
    );
  }
});

test("a q is shown as one types it, and what is shown asks for the same", () => {
  for (const [q, text] of [
    ["light*", "light"],
    ["red barn*", "red barn"],
    ["cat", '"cat"'],
    ["red barn", 'red "barn"'],
    ["cat -dog", "cat -dog"],
    ['"red barn"', '"red barn"'],
    ['"red bar"*', '"red bar'],
    ["", ""],
  ])
    assert.equal(shownAs(q), text, q);
});

/** What the server makes of a q: a word in quotation marks is that word. */
const meaning = (q) =>
  termsOf(q)
    .filter(hasWord)
    .map(({ words, wanted, prefix }) => `${wanted ? "" : "-"}${words.trim()}${prefix ? "*" : ""}`);

test("whatever q an address holds, to show it and to ask for what is shown changes nothing", () => {
  const parts = [
    "cat",
    "-cat",
    "light*",
    '"red barn"',
    '"red bar"*',
    '-"red barn"',
    '-"a b"*',
    ",",
    "well-lit",
    "-x*",
    "\u732b",
  ];
  for (const a of parts)
    for (const b of parts)
      for (const c of ["", ...parts]) {
        const q = [a, b, c].filter(Boolean).join(" ");
        assert.deepEqual(meaning(asked(shownAs(q))), meaning(q), `${q} shown as ${shownAs(q)}`);
        assert.equal(asked(shownAs(asked(q))), asked(q), q);
      }
});

test("loosened, all words are beginnings wherever they stand; what is excluded stays so", () => {
  for (const [q, loose, words] of [
    ['"red barn" ligh -cat', "red* barn* ligh* -cat", ["red", "barn", "ligh"]],
    ["light*", "light*", ["light"]],
    ['-"red barn" ,', '-"red barn"', []],
  ])
    assert.deepEqual(loosened(q), { q: loose, words }, q);
});
