// Keys without Ctrl can be switched off, for who speaks to the computer (WCAG 2.1, 2.1.4): a word
// heard as letters would be a row of commands.

const NAME = "playground:no-single-keys";

/** Whether a key alone is a command. */
export function singleKeys() {
  try {
    return localStorage.getItem(NAME) === null;
  } catch {
    return true; // a browser may forbid storage
  }
}

/** @param {boolean} on */
export function setSingleKeys(on) {
  try {
    if (on) localStorage.removeItem(NAME);
    else localStorage.setItem(NAME, "1");
  } catch {
    // see above: they stay on
  }
}
