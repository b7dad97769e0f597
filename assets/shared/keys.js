// Keys by what they mean, whatever alphabet the keyboard writes.
// Where it writes Latin letters, what they say counts: S is S on QWERTY, AZERTY and Dvorak. Where it
// writes others (Cyrillic, Greek, Hebrew, Arabic ...), their place does, which is that of a Latin one.

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

/**
 * Whether a key writes a letter that is no plain Latin one.
 *
 * @param {string} key
 */
const writes = (key) => [...key].length === 1 && /^[^\p{ASCII}]$/u.test(key);
