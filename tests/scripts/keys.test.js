// Keys by what they mean, on keyboards of many alphabets.
import assert from "node:assert/strict";
import { test } from "node:test";
import { commandOf, commands, digitOf, keyOf, letterOf } from "../../assets/shared/keys.js";

const pressed = (key, code, shiftKey = false) => ({ key, code, shiftKey });

test("a Latin letter is what the key says, wherever it is", () => {
  for (const [key, code, letter] of [
    ["s", "KeyS", "s"],
    ["S", "KeyS", "s"],
    ["a", "KeyQ", "a"], // AZERTY
    ["q", "KeyA", "q"],
    ["z", "KeyW", "z"],
    ["z", "KeyY", "z"], // QWERTZ
    ["y", "KeyZ", "y"],
    ["s", "Semicolon", "s"], // Dvorak
    ["z", "Slash", "z"],
  ]) {
    assert.equal(letterOf(pressed(key, code)), letter, `${key} at ${code}`);
    assert.equal(keyOf(pressed(key, code)), letter, `${key} at ${code}`);
  }
});

test("on other alphabets a letter is a place", () => {
  for (const [key, code, letter] of [
    ["ы", "KeyS", "s"], // Russian
    ["Ы", "KeyS", "s"],
    ["я", "KeyZ", "z"],
    ["σ", "KeyS", "s"], // Greek
    ["ד", "KeyS", "s"], // Hebrew
    ["س", "KeyS", "s"], // Arabic
    ["ส", "KeyL", "l"], // Thai
    ["ს", "KeyS", "s"], // Georgian
    ["ㄴ", "KeyS", "s"], // Korean
    ["ı", "KeyI", "i"], // Turkish
  ]) {
    assert.equal(letterOf(pressed(key, code)), letter, `${key} at ${code}`);
    assert.equal(keyOf(pressed(key, code)), letter, `${key} at ${code}`);
  }
});

test("what is no letter is none", () => {
  for (const [key, code] of [
    ["Enter", "Enter"],
    ["Shift", "ShiftLeft"],
    ["Dead", "KeyE"],
    ["Process", "KeyS"],
    ["Unidentified", ""],
    [";", "KeyQ"],
    ["ö", "Semicolon"],
    ["é", "Digit2"],
    ["1", "Digit1"],
    ["", ""],
    [" ", "Space"],
  ])
    assert.equal(letterOf(pressed(key, code)), "", `${key} at ${code}`);
});

test("a digit is what the key says, with Shift too, and else its place", () => {
  for (const [key, code, shift, digit] of [
    ["1", "Digit1", false, "1"],
    ["1", "Numpad1", false, "1"],
    ["&", "Digit1", false, "1"], // AZERTY
    ["é", "Digit2", false, "2"],
    ["à", "Digit0", false, "0"],
    ["1", "Digit1", true, "1"],
    ["ě", "Digit2", false, "2"], // Czech
    ["١", "Digit1", false, "1"], // Arabic
    ["۵", "Digit5", false, "5"], // Persian
    ["!", "Digit1", true, ""], // QWERTY
    ["%", "Digit5", true, ""],
    ["F1", "F1", false, ""],
    ["Dead", "Digit6", false, ""],
    ["s", "KeyS", false, ""],
  ])
    assert.equal(digitOf(pressed(key, code, shift)), digit, `${key} at ${code}`);
});

test("signs are what the key says, and / also its place on other alphabets", () => {
  for (const [key, code, shift, name] of [
    ["/", "Slash", false, "/"],
    ["/", "Digit7", true, "/"], // German
    ["/", "KeyQ", false, "/"], // Hebrew
    [".", "Slash", false, "/"], // Russian
    [",", "Slash", true, "?"],
    ["ظ", "Slash", false, "/"], // Arabic
    ["?", "Slash", true, "?"],
    ["-", "Slash", false, "-"], // German
    ["!", "Slash", false, "!"], // AZERTY
    ["-", "Digit6", false, "-"],
    ["+", "Digit1", false, "+"], // Czech
    ["Escape", "Escape", false, "Escape"],
    ["ArrowLeft", "ArrowLeft", true, "ArrowLeft"],
  ])
    assert.equal(keyOf(pressed(key, code, shift)), name, `${key} at ${code}`);
});

const event = (changes) => ({
  key: "g",
  code: "KeyG",
  shiftKey: false,
  target: { closest: () => null },
  getModifierState: () => false,
  ...changes,
});

test("a key alone is a command, on each keyboard", () => {
  for (const [changes, command] of [
    [{}, "g"],
    [{ key: "G" }, "g"], // Caps Lock
    [{ key: "п", code: "KeyG" }, "g"], // Russian
    [{ key: "?", code: "Slash", shiftKey: true }, "?"],
    [{ key: "/", code: "Digit7", shiftKey: true }, "/"], // German
    [{ key: "/", code: "KeyQ", ctrlKey: true, altKey: true, getModifierState: (name) => name === "AltGraph" }, "/"],
    [{ key: "?", code: "KeyW", getModifierState: (name) => name === "AltGraph" }, "?"],
    [{ key: "Escape", code: "Escape" }, "Escape"],
  ])
    assert.equal(commandOf(event(changes)), command, JSON.stringify(changes));
});

test("with other modifiers, held down, composing, in a field or taken, a key is no command", () => {
  const altGraph = (name) => name === "AltGraph";
  for (const changes of [
    { ctrlKey: true },
    { metaKey: true },
    { altKey: true },
    { shiftKey: true, key: "G" },
    { repeat: true },
    { isComposing: true },
    { keyCode: 229, key: "Process" },
    { keyCode: 229 },
    { defaultPrevented: true },
    { target: { closest: () => ({}) } },
    { target: { isContentEditable: true, closest: () => null } },
    { key: "/", code: "Slash", ctrlKey: true },
    { key: "?", code: "Slash", altKey: true, shiftKey: true },
    { key: "ß", code: "KeyS", getModifierState: altGraph }, // US international
    { key: "@", code: "KeyQ", ctrlKey: true, altKey: true, getModifierState: altGraph },
  ])
    assert.equal(/^[a-z/?]$/.test(commandOf(event(changes))), false, JSON.stringify(changes));
});

test("Ctrl or Cmd and a letter, by each alphabet, with nothing more", () => {
  const k = { key: "k", code: "KeyK" };
  for (const changes of [
    { ...k, ctrlKey: true },
    { ...k, metaKey: true },
    { ...k, key: "K", ctrlKey: true },
    { key: "л", code: "KeyK", ctrlKey: true }, // Russian
    { key: "k", code: "KeyV", ctrlKey: true }, // Dvorak
  ])
    assert.ok(commands(event(changes), "k"), JSON.stringify(changes));
  for (const changes of [
    k,
    { ...k, ctrlKey: true, metaKey: true },
    { ...k, ctrlKey: true, shiftKey: true },
    { ...k, ctrlKey: true, altKey: true },
    { ...k, ctrlKey: true, repeat: true },
    { ...k, ctrlKey: true, isComposing: true },
    { key: "t", code: "KeyK", ctrlKey: true }, // Dvorak
  ])
    assert.ok(!commands(event(changes), "k"), JSON.stringify(changes));
});
