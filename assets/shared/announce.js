// The one voice of a page for screen readers: a polite live region, whatever happens where.
//
// What is told waits a moment: of several messages about the same thing the last one counts, so that
// what counts up or is being typed is told once it rests. A modal dialog makes all else unreachable,
// for screen readers too: the region moves into the topmost one.
import { h } from "./dom.js";

const SOON_MS = 150; // a region is heard that was there before its text
const KEPT_MS = 8000; // then nobody comes upon it who walks through the page

/** @type {HTMLElement | undefined} */
let region;
/** @type {Map<string, number>} */
const waiting = new Map(); // timers, by what the message is about

/**
 * Tell `text` to who does not see the page; "" takes back what was to be told `about` this.
 *
 * @param {string} text
 * @param {{ about?: string, rests?: number }} how `about` names what it is about, `rests` is how
 *   long, in ms, nothing else may be told of that before this is
 */
export function announce(text, { about = text, rests = SOON_MS } = {}) {
  clearTimeout(waiting.get(about));
  waiting.delete(about);
  if (!text) return;
  place();
  const speak = () => {
    waiting.delete(about);
    const line = h("p", { text, dir: "auto" });
    place().append(line);
    setTimeout(() => line.remove(), KEPT_MS);
  };
  waiting.set(about, setTimeout(speak, rests));
}

/** The region, where it can be heard now. */
function place() {
  region ??= h("div", { class: "off-screen announcer", "aria-live": "polite" });
  const host = [...document.querySelectorAll("dialog:modal")].at(-1) ?? document.body;
  if (region.parentNode === host) return region;
  region.replaceChildren(); // what was told is not told again there
  host.append(region);
  return region;
}
