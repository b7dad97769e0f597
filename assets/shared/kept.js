// What this browser keeps for good, beyond a tab and a restart. A browser may forbid storage or have
// no room left: then nothing is kept, and each page begins anew.

/**
 * Return what is kept; null where nothing is, undefined where nothing can be.
 *
 * @param {string} key
 */
export function kept(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return undefined;
  }
}

/**
 * Keep a text for good; null forgets it.
 *
 * @param {string} key
 * @param {string | null} text
 */
export function keepForGood(key, text) {
  try {
    if (text === null) localStorage.removeItem(key);
    else localStorage.setItem(key, text);
  } catch {
    // see above
  }
}

/**
 * Hear when another tab of this browser keeps something else under `key`.
 *
 * @param {string} key
 * @param {() => void} changed
 */
export function onKeptElsewhere(key, changed) {
  addEventListener("storage", (event) => {
    if (event.key === key || event.key === null) changed();
  });
}
