// What a cell is, beside it: how it differs from the form's own values, and its whole prompt. By
// pointing at it, by the focus, by a button on phones; Escape puts it away.
import { h } from "../shared/dom.js";
import { msg } from "../shared/language.js";
import { stepFor } from "../shared/onward.js";
import { insteadOf } from "./axis_names.js";
import { factsOf } from "./cells.js";

const REST_MS = 350; // who passes over cells wants none of them
const AWAY_MS = 200; // the way from the cell to what is shown
const EDGE = 8;

/** @typedef {import("./axis_names.js").At} At */

/**
 * Tell of the cells in `root`. `cellOf(element)` is the cell that an element belongs to.
 *
 * @param {HTMLElement} root
 * @param {{
 *   cellOf: (element: Element | null) => CellOf | undefined,
 *   standsAt: (cell: CellOf) => At[],
 *   base: () => Record<string, unknown>,
 *   record: (image: string) => Promise<ImageRecord | null>,
 * }} page
 */
export function makePeek(root, { cellOf, standsAt, base, record }) {
  const panel = h("div", { class: "peek", id: "experiment-peek", role: "tooltip", popover: "manual" });
  let timer = 0;
  let turn = 0;
  /** @type {HTMLElement | null} */
  let beside = null;

  /** @param {Element | null} element */
  const shotOf = (element) => /** @type {HTMLElement | null} */ (element?.closest(".shot") ?? null);

  /**
   * @param {HTMLElement | null} shot
   * @param {number} wait
   */
  function soon(shot, wait) {
    clearTimeout(timer);
    timer = setTimeout(() => (shot ? show(shot) : hide()), wait);
  }

  /** @param {HTMLElement} shot */
  async function show(shot) {
    const cell = cellOf(shot);
    if (!cell?.image_id || !shot.isConnected || document.querySelector("dialog:modal")) return;
    turn += 1;
    const mine = turn;
    if (beside !== shot) beside?.removeAttribute("aria-describedby");
    beside = shot;
    panel.replaceChildren(...lines(cell));
    panel.scrollTop = 0;
    if (!panel.matches(":popover-open")) panel.showPopover();
    shot.setAttribute("aria-describedby", panel.id);
    put(shot);
    const found = await record(cell.image_id);
    if (mine !== turn || beside !== shot) return;
    if (found) panel.replaceChildren(...lines(cell), ...words(found, standsAt(cell)));
    put(shot);
  }

  function hide() {
    clearTimeout(timer);
    drop();
  }

  /** Put away what is shown; what is about to be shown comes all the same. */
  function drop() {
    turn += 1;
    beside?.removeAttribute("aria-describedby");
    beside = null;
    if (panel.matches(":popover-open")) panel.hidePopover();
  }

  /** @param {CellOf} cell */
  function lines(cell) {
    const stands = standsAt(cell);
    const rows = stands.map((at) => {
      const former = insteadOf(base(), at);
      return h(
        "div",
        {},
        h("dt", { text: at.axis }),
        h(
          "dd",
          {},
          h("bdi", { text: at.label }),
          former ? h("small", { text: msg("instead of {value}", { value: former }) }) : null,
        ),
      );
    });
    const facts = factsOf(cell);
    return [
      ...(rows.length ? [h("dl", {}, ...rows)] : []),
      ...(facts.length ? [h("p", { class: "note", text: facts.join(" \u00b7 ") })] : []),
    ];
  }

  /**
   * @param {ImageRecord} found
   * @param {At[]} stands
   */
  function words({ prompt, negative_prompt, seed }, stands) {
    const told = seed === null || stands.some(({ kind }) => kind === "seed");
    return [
      h("p", { class: "whole", dir: "auto", text: prompt }),
      ...(negative_prompt
        ? [
            h("p", { class: "note", text: msg("Negative prompt") }),
            h("p", { class: "whole", dir: "auto", text: negative_prompt }),
          ]
        : []),
      ...(told ? [] : [h("p", { class: "note", text: msg("Seed {seed}", { seed: String(seed) }) })]),
    ];
  }

  /**
   * Beside the table, where there is room, so that it covers no cell; else beside this one, else
   * below or above it.
   *
   * @param {HTMLElement} shot
   */
  function put(shot) {
    const [at, wide, high] = [shot.getBoundingClientRect(), panel.offsetWidth, panel.offsetHeight];
    const [before, after] = [at.left - wide - EDGE, at.right + EDGE];
    const table = root.querySelector("table")?.getBoundingClientRect() ?? at;
    const beyond = stepFor(1) > 0 ? table.right + EDGE : table.left - wide - EDGE;
    const sides = [beyond, ...(stepFor(1) > 0 ? [after, before] : [before, after])];
    const side = sides.find((left) => left >= EDGE && left + wide <= innerWidth - EDGE);
    const within = (/** @type {number} */ value, /** @type {number} */ most) => Math.max(EDGE, Math.min(value, most));
    const below = at.bottom + EDGE + high <= innerHeight ? at.bottom + EDGE : at.top - high - EDGE;
    panel.style.left = `${side ?? within(at.left, innerWidth - wide - EDGE)}px`;
    panel.style.top = `${within(side === undefined ? below : at.top, innerHeight - high - EDGE)}px`;
  }

  root.addEventListener("pointerover", (event) => {
    if (event.pointerType !== "mouse") return;
    const shot = shotOf(/** @type {Element} */ (event.target));
    if (shot) soon(shot, beside ? AWAY_MS : REST_MS);
  });
  root.addEventListener("pointerout", (event) => event.pointerType === "mouse" && soon(null, AWAY_MS));
  root.addEventListener("focusin", (event) => {
    const shot = shotOf(/** @type {Element} */ (event.target));
    if (shot?.matches(":focus-visible")) soon(shot, AWAY_MS);
  });
  root.addEventListener("focusout", () => soon(null, AWAY_MS));
  root.addEventListener("scroll", drop, { passive: true });
  panel.addEventListener("pointerenter", () => clearTimeout(timer));
  panel.addEventListener("pointerleave", () => soon(null, AWAY_MS));
  document.addEventListener("keydown", putAway, true);
  document.addEventListener("pointerdown", elsewhere, true);

  /** @param {KeyboardEvent} event */
  function putAway(event) {
    if (event.key !== "Escape" || !beside) return;
    event.stopPropagation();
    event.preventDefault();
    hide();
  }

  /** @param {PointerEvent} event */
  function elsewhere(event) {
    const target = /** @type {Element} */ (event.target);
    if (beside && !panel.contains(target) && !target.closest(".cell-about")) hide();
  }

  return {
    root: panel,
    hide,
    /**
     * The button of a cell was pressed: show what it is, or put it away.
     *
     * @param {HTMLElement} button
     */
    toggle(button) {
      const shot = /** @type {HTMLElement | null} */ (button.closest(".place")?.querySelector(".shot") ?? null);
      if (!shot) return;
      if (beside === shot) hide();
      else show(shot);
    },
    close() {
      hide();
      document.removeEventListener("keydown", putAway, true);
      document.removeEventListener("pointerdown", elsewhere, true);
    },
  };
}
