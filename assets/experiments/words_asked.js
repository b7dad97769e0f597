// What "which words mattered" asks for: where the prompt is cut, and what becomes of each phrase.
import { announce } from "../shared/announce.js";
import { h } from "../shared/dom.js";
import { msg } from "../shared/language.js";
import { shorten } from "../shared/words.js";
import { splits } from "./phrases.js";
import { makePieces } from "./pieces.js";

const NAMED = 40;

/** @typedef {import("./pieces.js").Piece} Piece */

/**
 * @param {import("./sorts.js").FormOf} form
 * @returns {AskedOf}
 */
export function makeWordsAsked({ base, changed }) {
  const pieces = makePieces();
  let splitting = -1; // the piece that is being split
  /** @type {{ own: HTMLInputElement, said: HTMLElement }[]} */
  let rows = [];
  /** @type {number[] | undefined} */
  let seeds;
  const list = h("ol", { class: "phrases", onkeydown: leave });
  const none = h("p", { class: "note", text: msg("Write a prompt: its phrases stand here then.") });
  const reset = h("button", { type: "button", text: msg("Cut it by itself again"), hidden: true, onclick: anew });
  const said = h("p", { class: "said", role: "alert" });
  const root = h(
    "fieldset",
    { class: "sheet words-asked" },
    h("legend", { text: msg("What is tried") }),
    h("p", {
      class: "note",
      text: msg("Each phrase is changed by itself, with two seeds. Split or join them until each is one thing."),
    }),
    said,
    none,
    list,
    reset,
  );

  function draw() {
    none.hidden = pieces.list.length > 0;
    reset.hidden = !pieces.moved;
    rows = [];
    list.replaceChildren(...pieces.list.map(row));
  }

  /**
   * @param {Piece} piece
   * @param {number} index
   */
  function row(piece, index) {
    const text = pieces.text(piece);
    const name = shorten(text, NAMED);
    const problem = h("p", { class: "said", id: `phrase-said-${index}`, role: "alert" });
    const own = h("input", {
      type: "text",
      class: "own-words",
      autocomplete: "off",
      placeholder: msg("other words; none leave it out"),
      "aria-label": msg("Instead of \u201c{phrase}\u201d", { phrase: name }),
      "aria-describedby": problem.id,
      hidden: piece.how !== "instead",
      oninput: () => {
        piece.own = own.value;
        changed();
      },
    });
    own.value = piece.own;
    rows[index] = { own, said: problem };
    const how = h(
      "select",
      {
        "aria-label": msg("What becomes of \u201c{phrase}\u201d", { phrase: name }),
        onchange: () => {
          piece.how = /** @type {Piece["how"]} */ (how.value);
          own.hidden = piece.how !== "instead";
          if (!own.hidden) own.focus();
          changed();
        },
      },
      h("option", { value: "drop", text: msg("Leave it out") }),
      h("option", { value: "instead", text: msg("Other words") }),
      h("option", { value: "keep", text: msg("Keep it") }),
    );
    how.value = piece.how;
    const places = splits(text);
    const split = h("button", {
      type: "button",
      class: "split",
      text: msg("Split"),
      "aria-label": msg("Split \u201c{phrase}\u201d", { phrase: name }),
      "aria-expanded": String(index === splitting),
      disabled: !places.length,
      onclick: () => open(index === splitting ? -1 : index, index),
    });
    const join = h("button", {
      type: "button",
      class: "join",
      text: msg("Join with next"),
      "aria-label": msg("Join \u201c{phrase}\u201d with the next phrase", { phrase: name }),
      disabled: index === pieces.list.length - 1,
      onclick: () => joined(index),
    });
    return h(
      "li",
      { class: "phrase" },
      index === splitting ? ways(text, places, index) : h("bdi", { class: "chip", text }),
      h("div", { class: "becomes" }, how, own),
      h("div", { class: "cuts" }, split, join),
      problem,
    );
  }

  /**
   * The words of a phrase, each a way to begin another one.
   *
   * @param {string} text
   * @param {number[]} places
   * @param {number} index
   */
  function ways(text, places, index) {
    const ends = [...places.slice(1), text.length];
    const words = places.map((at, number) => {
      const word = text.slice(at, ends[number]).trim();
      return h("button", {
        type: "button",
        text: word,
        "aria-label": msg("Begin a phrase at \u201c{word}\u201d", { word }),
        onclick: () => divided(index, at),
      });
    });
    return h(
      "div",
      { class: "chip ways", role: "group", "aria-label": msg("Where the next phrase begins") },
      h("bdi", { text: text.slice(0, places[0]).trim() }),
      ...words,
    );
  }

  /**
   * @param {number} index which piece to split, -1 for none
   * @param {number} here the piece that keeps the focus
   */
  function open(index, here) {
    splitting = index;
    draw();
    const at = list.children[here];
    (index < 0 ? at?.querySelector(".split") : at?.querySelector(".ways button"))?.focus();
  }

  /** @param {KeyboardEvent} event */
  function leave(event) {
    if (event.key !== "Escape" || splitting < 0) return;
    event.stopPropagation();
    open(-1, splitting);
  }

  /**
   * @param {number} index
   * @param {number} at
   */
  function divided(index, at) {
    pieces.split(index, at);
    recut(index + 1, ".split:not(:disabled), .becomes select");
  }

  /** @param {number} index */
  function joined(index) {
    pieces.join(index);
    recut(index, ".join:not(:disabled), .becomes select");
  }

  function anew() {
    pieces.reset();
    recut(0, ".becomes select");
  }

  /**
   * @param {number} index the piece that gets the focus
   * @param {string} what of it
   */
  function recut(index, what) {
    splitting = -1;
    said.textContent = "";
    draw();
    const at = list.children[index];
    at?.querySelector(what)?.focus();
    announce(msg("Now: {phrases}", { phrases: pieces.list.map(pieces.text).join(" | ") }), { about: "phrases" });
    changed();
  }

  function forget() {
    said.textContent = "";
    for (const { own, said: problem } of rows) {
      own.removeAttribute("aria-invalid");
      problem.textContent = "";
    }
  }

  const prompt = () => String(base.values().prompt ?? "");

  return {
    root,
    given() {
      if (pieces.follow(prompt())) {
        splitting = -1;
        draw();
      }
      const seed = base.values().seed;
      const same = seeds && (seed === undefined || String(seed).trim() === String(seeds[0]));
      return { words: { ...(pieces.list.length ? pieces.given() : {}), ...(same ? { seeds } : {}) } };
    },
    name: () => msg("Which words mattered"),
    needsPrompt: () => true,
    fill(plan) {
      const given = /** @type {WordsOf | undefined} */ (plan?.words);
      seeds = given?.seeds;
      if (given) pieces.take(prompt(), given);
      else pieces.follow(prompt());
      draw();
    },
    tell() {},
    refuse(field, message) {
      forget();
      if (!/^(words|axes|repeats)\b/.test(field)) return false;
      const at = rows[Number(/^words\.instead\.(\d+)$/.exec(field)?.[1]) - 1];
      (at?.said ?? said).textContent = message;
      at?.own.setAttribute("aria-invalid", "");
      return true;
    },
  };
}
