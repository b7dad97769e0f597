// When a press was made, by the program's own clock: it refuses one that the browser held back.
// A browser opens six connections to a host; what is pressed while all are taken it sends later.
import { CLOCK_HEADER } from "./facts.js";

let heard = "";
let at = 0;

/**
 * Every answer of our own routes tells the clock.
 *
 * @param {Response} answer
 */
export function hearClock(answer) {
  const told = answer.headers?.get(CLOCK_HEADER);
  if (!told) return;
  heard = told;
  at = performance.now();
}

/** The moment of a press that is made now; "?" before the first answer (ui/door/press.py). */
export function pressedNow() {
  const [start, ms] = heard.split("-");
  return heard ? `${start}-${Math.round(Number(ms) + performance.now() - at)}` : "?";
}
