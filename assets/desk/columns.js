// The ideas at the left and the pictures in the middle; one of each is marked for the keys.
import { announce } from "../shared/announce.js";
import { h } from "../shared/dom.js";
import { keyedList } from "../shared/keyed.js";
import { msg, msgN } from "../shared/language.js";
import { makeCrowds } from "./crowds.js";
import { makeCursor } from "./cursor.js";
import { keyButton, sheet, write } from "./parts.js";
import { failedRow, makingRow, pictureRow, waitingRow } from "./rows.js";

const TICK_MS = 1000;

/** @param {DeskDeeds} deeds */
export function makeColumns(deeds) {
  const cursor = makeCursor();
  /** @type {Record<string, DeskWish>} */
  let wishes = {};
  /** @type {Map<string, ReturnType<typeof makingRow>>} */
  const making = new Map();
  /** @type {Map<string, ReturnType<typeof pictureRow>>} */
  const pictures = new Map();

  const line = part("line", msg("Ideas"));
  const crowds = makeCrowds(deeds, line.next);
  const untold = h("p", { class: "note", hidden: true });
  line.root.append(untold, crowds.root);
  const under = part("under-way", msg("Being made"));
  const wrong = part("wrong", msg("Went wrong"));
  const gate = part("gate", msg("To be shown"));
  const wall = part("wall", msg("Shown"));
  const lists = {
    line: keyedList(line.list, (/** @type {DeskWish} */ wish) => waitingRow(wish, deeds), line.next),
    under: keyedList(
      under.list,
      (/** @type {DeskWish} */ wish) => kept(making, makingRow(wish, deeds), wish),
      under.next,
    ),
    wrong: keyedList(wrong.list, (/** @type {DeskWish} */ wish) => failedRow(wish, deeds), wrong.next),
    gate: keyedList(
      gate.list,
      (/** @type {DeskWish} */ wish) => kept(pictures, pictureRow(wish, deeds, { shown: false }), wish),
      gate.next,
    ),
    wall: keyedList(
      wall.list,
      (/** @type {DeskWish} */ wish) => kept(pictures, pictureRow(wish, deeds, { shown: true }), wish),
      wall.next,
    ),
  };
  const ticking = setInterval(() => {
    for (const row of making.values()) if (row.root.isConnected) row.tick();
  }, TICK_MS);
  for (const [where, { list }] of /** @type {const} */ ([
    ["line", line],
    ["gate", gate],
  ])) {
    const mark = (/** @type {Event} */ event) => {
      const id = /** @type {HTMLElement} */ (event.target).closest("li")?.dataset.id;
      if (!id) return;
      cursor.mark(where, id);
      showMarks();
    };
    list.addEventListener("focusin", mark);
    list.addEventListener("pointerdown", mark);
  }
  const onward = keyButton(msg("Next"), "N", () => next());
  gate.root.prepend(onward);
  let waited = 0;
  let landed = 0;
  const middle = h("div", { class: "middle" }, wrong.root, gate.root, under.root, wall.root);

  return {
    line: line.root,
    middle,
    cursor,
    /** @param {import("./cursor.js").Where} where */
    marked: (where) => wishes[cursor.marked[where]] ?? null,
    /** The last shown pictures, at most so many, the oldest of them first. */
    lastShown: (/** @type {number} */ most) =>
      Object.values(wishes)
        .filter((wish) => wish.shown && wish.picture)
        .slice(-most),
    next,
    moved,
    /** @param {DeskState} now */
    tell(now) {
      wishes = Object.fromEntries(now.wishes.map((wish) => [wish.id, wish]));
      const of = (/** @type {WishState[]} */ ...states) => now.wishes.filter((wish) => states.includes(wish.state));
      const ordered = of("waiting").filter((wish) => wish.group === null);
      const made = of("made").filter((wish) => wish.picture);
      const unseen = made.filter((wish) => !wish.shown);
      const groups = {
        line: ordered,
        under: [...of("sent"), ...of("approved").sort((one, other) => (one.place ?? 0) - (other.place ?? 0))],
        wrong: of("failed", "doubt"),
        gate: unseen,
        wall: made.filter((wish) => wish.shown).reverse(),
      };
      cursor.follow(
        "line",
        groups.line.map((wish) => wish.id),
      );
      cursor.follow(
        "gate",
        groups.gate.map((wish) => wish.id),
      );
      for (const [name, items] of Object.entries(groups)) lists[/** @type {keyof typeof lists} */ (name)](items);
      for (const row of pictures.values()) row.tell(now);
      crowds.tell(now);
      untold.hidden = !now.untold;
      write(untold, msgN("1 more idea waits.", "{n} more ideas wait.", now.untold));
      line.count(groups.line.length + now.untold);
      gate.count(groups.gate.length);
      onward.hidden = groups.gate.length < 2;
      line.say(groups.line.length || now.groups.length ? "" : emptyLine(now));
      gate.say(
        groups.gate.length
          ? ""
          : now.gate
            ? msg("Pictures wait here until you show them.")
            : msg("Pictures are shown by themselves."),
      );
      under.root.hidden = !groups.under.length;
      wrong.root.hidden = !groups.wrong.length;
      wall.root.hidden = !groups.wall.length;
      showMarks();
      if (ordered.length > waited)
        announce(msgN("1 idea waits.", "{n} ideas wait.", ordered.length), { about: "waiting", rests: 1000 });
      if (unseen.length > landed)
        announce(msgN("1 picture waits to be shown.", "{n} pictures wait to be shown.", unseen.length), {
          about: "landed",
          rests: 1000,
        });
      waited = ordered.length;
      landed = unseen.length;
    },
    close: () => clearInterval(ticking),
  };

  /** Go to the next picture, after the last to the first. */
  function next() {
    cursor.step("gate", 1, true);
    moved();
  }

  /** The mark has moved: bring what it is on into sight, and tell it. */
  function moved() {
    showMarks();
    rowOf(cursor.at)?.scrollIntoView({ block: "nearest" });
    const wish = wishes[cursor.marked[cursor.at]];
    if (wish) announce(`${wish.name}: ${wish.text}`, { about: "marked" });
  }

  /** @param {import("./cursor.js").Where} where */
  function rowOf(where) {
    const { list } = where === "line" ? line : gate;
    return /** @type {HTMLElement | null} */ (list.querySelector(`[data-id="${cursor.marked[where]}"]`));
  }

  /** The marked rows show their keys; X is where one is. */
  function showMarks() {
    for (const where of /** @type {const} */ (["line", "gate"])) {
      const marked = rowOf(where);
      for (const row of (where === "line" ? line : gate).list.children) row.classList.toggle("marked", row === marked);
      marked?.classList.toggle("here", cursor.at === where);
    }
  }
}

/**
 * @template Kept
 * @param {Map<string, Kept>} rows
 * @param {Kept} row
 * @param {DeskWish} wish
 */
function kept(rows, row, wish) {
  rows.set(wish.id, row);
  return row;
}

/**
 * A list under its heading, with what is said where it is empty.
 *
 * @param {string} name
 * @param {string} title
 */
function part(name, title) {
  const list = h("ul", { class: "rows" });
  const said = h("p", { class: "note", hidden: true });
  const { root, head } = sheet(name, title, said, list);
  const number = h("span", { class: "count" });
  head.append(" ", number);
  head.tabIndex = -1;
  return {
    root,
    list,
    count: (/** @type {number} */ many) => write(number, many ? String(many) : ""),
    say(/** @type {string} */ text) {
      said.hidden = !text;
      write(said, text);
    },
    /** @param {HTMLElement | null} row */
    next: (row) => (row?.querySelector("button") ?? head).focus(),
  };
}

/** @param {DeskState} now */
function emptyLine({ state, approve, menu, left, played }) {
  if (played) return "";
  if (!left) return msg("All images are used. Voting goes on.");
  if (menu || !approve) return msg("Ideas are made by themselves. Press E to add one of your own.");
  if (state === "open") return msg("Nothing yet. Press E to add an idea of your own.");
  return msg("The door is closed. Press E to add an idea of your own.");
}
