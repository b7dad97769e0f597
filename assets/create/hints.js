// Three small hints about the seed, one at a time, above the first results. They can be put away for
// good, and stand where nothing else does.
import { announce } from "../shared/announce.js";
import { h } from "../shared/dom.js";
import { keepForGood, kept, onKeptElsewhere } from "../shared/kept.js";
import { msg } from "../shared/language.js";
import { AWAY, imageAsked, PROGRESS } from "./first.js";

const HINTS = [
  msg("Every image grows from a number, its seed. Same seed, same settings: the same image again."),
  msg("Keep a seed and change one word of the prompt: you see what that word does."),
  msg("A random seed gives a new image with each press. When you like one, keep its seed."),
];

export function makeHints() {
  let seeded = false;
  const text = h("p");
  const place = h("span", { class: "place" });
  const next = h("button", { type: "button", onclick: () => goTo(shown() + 1) });
  const away = h("button", { type: "button", text: msg("No more hints"), onclick: () => goTo(HINTS.length) });
  const root = h(
    "section",
    { class: "hint", "aria-label": msg("Hints"), hidden: true },
    text,
    h("p", { class: "doings" }, place, next, away),
  );

  /** Which hint is due: past the last one when all were seen or put away, or none may be shown. */
  function shown() {
    const progress = kept(PROGRESS);
    return /^[0-9]$/.test(progress ?? "") ? Number(progress) : HINTS.length;
  }

  function draw() {
    const index = shown();
    root.hidden = !seeded || index >= HINTS.length;
    if (root.hidden) return;
    const last = index === HINTS.length - 1;
    text.textContent = HINTS[index];
    place.textContent = msg("{at} of {all}", { at: index + 1, all: HINTS.length });
    next.textContent = last ? msg("Done") : msg("Next");
    away.hidden = last;
  }

  /** @param {number} index */
  function goTo(index) {
    keepForGood(PROGRESS, index < HINTS.length ? String(index) : AWAY);
    draw();
    if (root.hidden) leave();
    else tell();
  }

  const tell = () => announce(text.textContent ?? "", { about: "hints" });

  /** Whoever put the hints away by the keyboard goes on at the results. */
  function leave() {
    /** @type {HTMLElement | null} */
    const heading = document.querySelector("#results h2");
    if (!heading) return;
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  }

  /**
   * A job is shown: the hints begin with the first one made here, if its images have seeds.
   *
   * @param {Job} job
   * @param {boolean} old whether it was asked for before the page was opened
   */
  function jobShown(job, old) {
    imageAsked(old);
    seeded ||= job.runs.some((run) => run.seed !== null);
    const unseen = root.hidden;
    draw();
    if (unseen && !root.hidden && !old) tell();
  }

  onKeptElsewhere(PROGRESS, draw);
  return { root, jobShown };
}
