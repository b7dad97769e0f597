// Keys by what they mean, on keyboards of many alphabets.
import assert from "node:assert/strict";
import { test } from "node:test";
import { digitOf, keyOf, letterOf } from "../../assets/shared/keys.js";

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
