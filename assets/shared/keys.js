// Keys by what they mean, whatever alphabet the keyboard writes.
// Where it writes Latin letters, what they say counts: S is S on QWERTY, AZERTY and Dvorak. Where it
// writes others (Cyrillic, Greek, Hebrew, Arabic ...), their place does, which is that of a Latin one.

import { msg } from "./language.js";

/** @typedef {Pick<KeyboardEvent, "key" | "code" | "shiftKey">} Pressed */

/**
 * The Latin letter of a key, small; "" where it has none.
 *
 * @param {Pressed} event
 */
export function letterOf({ key, code }) {
  if (/^[a-z]$/i.test(key)) return key.toLowerCase();
  if (!writes(key)) return "";
  return /^Key[A-Z]$/.test(code) ? code[3].toLowerCase() : "";
}

/**
 * The digit of a key, also where it takes Shift (AZERTY) or is not one of 0 to 9; "" where it has none.
 *
 * @param {Pressed} event
 */
export function digitOf({ key, code, shiftKey }) {
  if (/^[0-9]$/.test(key)) return key;
  return !shiftKey && /^Digit[0-9]$/.test(code) && key.length === 1 ? code[5] : "";
}

/**
 * The key's name as shortcuts have it: a small Latin letter, a digit, a sign, or what `key` says.
 *
 * @param {Pressed} event
 */
export function keyOf(event) {
  const { key, code, shiftKey } = event;
  if (/^[/?+\-=]$/.test(key)) return key;
  // Where the place of / writes something else, and no Latin letter has another place either.
  if (code === "Slash" && (key === "." || key === "," || writes(key))) return shiftKey ? "?" : "/";
  return digitOf(event) || letterOf(event) || key;
}

/** What one writes into: there a key is a letter, not a command. */
const WRITTEN =
  "input:not([type=checkbox], [type=radio], [type=range], [type=file], [type=button], [type=submit]), textarea, select";

/**
 * Whether a key pressed there is meant for what is written there.
 *
 * @param {EventTarget | null} target
 */
export function isWritten(target) {
  const element = /** @type {HTMLElement | null} */ (target);
  return Boolean(element?.isContentEditable || element?.closest?.(WRITTEN));
}

/**
 * Whether a key belongs to a composition, as for Chinese or Japanese, whatever the browser calls it
 * (Safari tells of its end as key 229: see enter.js).
 *
 * @param {KeyboardEvent} event
 */
export const composes = (event) => event.isComposing || event.keyCode === 229;

/**
 * The command that a key alone gives, by `keyOf`'s names; "" where it is none: with Ctrl, Alt or Cmd,
 * held down, in a field, within a composition, or taken by somebody else. A sign may need Shift or
 * AltGr on its keyboard; a letter with them is another one.
 *
 * @param {KeyboardEvent} event
 */
export function commandOf(event) {
  if (event.defaultPrevented || event.repeat || composes(event) || isWritten(event.target)) return "";
  const key = keyOf(event);
  if (/^[/?]$/.test(event.key)) return !changed(event) || event.getModifierState("AltGraph") ? event.key : "";
  if (changed(event) || event.getModifierState("AltGraph")) return "";
  return event.shiftKey && /^[a-z]$/.test(key) ? "" : key;
}

/** Whether Ctrl or Cmd is this machine's key for commands. */
const MAC = /Mac|iP(?:hone|ad|od)/.test(globalThis.navigator?.platform ?? "");

/**
 * Whether a key is `letter` with Ctrl, on a Mac with Cmd; there Ctrl and a letter edit a text.
 *
 * @param {KeyboardEvent} event
 * @param {string} letter
 */
export function commands(event, letter) {
  const { ctrlKey, metaKey, altKey, shiftKey } = event;
  if (altKey || shiftKey || event.repeat || composes(event) || ctrlKey === metaKey) return false;
  return letterOf(event) === letter && !(MAC && ctrlKey && isWritten(event.target));
}

/** How the key for commands is written on this machine's keyboard. */
export const CONTROL = MAC ? "\u2318" : msg("Ctrl");

/**
 * How that key and another one are written in short: Ctrl K, or on a Mac without the space.
 *
 * @param {string} letter
 */
export const withControl = (letter) => `${CONTROL}${MAC ? "" : " "}${letter}`;

/** @param {KeyboardEvent} event */
const changed = ({ ctrlKey, metaKey, altKey }) => ctrlKey || metaKey || altKey;

/**
 * Whether a key writes a letter that is no plain Latin one.
 *
 * @param {string} key
 */
const writes = (key) => [...key].length === 1 && /^[^\p{ASCII}]$/u.test(key);
