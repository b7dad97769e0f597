// At the right: the door, the money, what the stage shows, and how the session ends.
import { h } from "../shared/dom.js";
import { msg, msgN } from "../shared/language.js";
import { dollars } from "../shared/words.js";
import { makeAddress } from "./address.js";
import { askToEnd } from "./ending.js";
import { makeHelper } from "./helper.js";
import { keyButton, rename, sheet, write } from "./parts.js";
import { openStage } from "./stage_window.js";

const MORE_IMAGES = 10;
const TRUSTED = 10;

/**
 * A sheet at the side, and what its keys do.
 *
 * @typedef {{ root: HTMLElement, tell: (now: DeskState) => void, keys?: Record<string, () => unknown> }} Part
 */

/**
 * @param {DeskDeeds} deeds
 * @returns {Part}
 */
export function makeDoor(deeds) {
  const state = h("p", { class: "door-state" });
  const code = h("p", { class: "code", dir: "ltr" });
  const address = makeAddress(deeds);
  const helper = makeHelper(deeds);
  let isOpen = false;
  const turn = () => open.hidden || deeds.session({ do: isOpen ? "close" : "open" });
  const rotate = () => deeds.session({ do: "rotate" });
  const open = keyButton("", "D", turn);
  const { root } = sheet(
    "door",
    msg("The room"),
    state,
    code,
    h(
      "div",
      { class: "actions" },
      open,
      keyButton(msg("New code"), "C", rotate),
      keyButton(msg("Open the stage"), "O", openStage),
    ),
    h("details", {}, h("summary", { text: msg("Address to scan or type") }), address.root),
    helper.root,
  );
  return {
    root,
    keys: { d: turn, c: rotate },
    tell(now) {
      isOpen = now.state === "open";
      state.dataset.open = String(isOpen);
      const here = msgN("1 person here", "{n} people here", now.here);
      write(state, isOpen ? msg("Open \u00b7 {here}", { here }) : msg("Closed \u00b7 {here}", { here }));
      write(code, now.code);
      open.hidden = now.played; // a recording opens and closes by itself
      rename(open, isOpen ? msg("Close the door") : msg("Let people in"));
      open.classList.toggle("main", !isOpen);
      address.tell(now);
      helper.tell(now);
    },
  };
}

/**
 * @param {DeskDeeds} deeds
 * @returns {Part}
 */
export function makeMoney(deeds) {
  const used = h("p", { class: "used" });
  const bar = h("progress", { max: 1, value: 0, "aria-label": msg("Images used") });
  const spent = h("p", { class: "note" });
  const raise = () => deeds.session({ do: "raise", images: MORE_IMAGES });
  const more = keyButton("", "+", raise);
  const trusted = h("p", { class: "note" });
  let next = 0;
  const rely = () => trust.hidden || deeds.session({ do: "trust", next });
  const trust = keyButton("", "T", rely);
  const pause = keyButton("", "P", () => deeds.session({ do: paused ? "resume" : "pause" }));
  let paused = false;
  const { root } = sheet(
    "money",
    msg("Images"),
    used,
    bar,
    spent,
    trusted,
    h("div", { class: "actions" }, more, trust, pause),
  );
  return {
    root,
    keys: { "+": raise, t: rely },
    tell(now) {
      paused = now.paused;
      next = now.trusted ? 0 : TRUSTED;
      write(
        used,
        now.left
          ? msg("{used} of {images} used", { used: now.used, images: now.images })
          : msgN("The 1 image is used.", "All {n} images are used.", now.images),
      );
      used.dataset.spent = String(!now.left);
      more.classList.toggle("main", !now.left);
      bar.value = now.used / now.images;
      write(
        spent,
        [
          now.spent_usd ? msg("{price} spent", { price: dollars(now.spent_usd) }) : "",
          msg("{each} for each person", { each: now.per_visitor }),
        ]
          .filter(Boolean)
          .join(" \u00b7 "),
      );
      rename(more, raiseText(now.image_price_usd));
      trust.hidden = !now.approve || now.menu !== "";
      rename(trust, now.trusted ? msg("Read each again") : msgN("Trust the next one", "Trust the next {n}", TRUSTED));
      trusted.hidden = !now.trusted;
      write(
        trusted,
        msgN("The next idea is approved by itself.", "The next {n} ideas are approved by themselves.", now.trusted),
      );
      rename(pause, paused ? msg("Go on") : msg("Pause"));
    },
  };
}

/** @param {number | null} each what one image costs by the list */
function raiseText(each) {
  if (!each) return msgN("+{n} image", "+{n} images", MORE_IMAGES);
  return msg("+{n} for {price}", { n: MORE_IMAGES, price: dollars(each * MORE_IMAGES) });
}

/**
 * @param {DeskDeeds} deeds
 * @param {{ scene: (name: "wall" | "black" | "frozen" | "code") => void, vote: () => void, rehearse: () => void }} keys
 * @returns {Part}
 */
export function makeScenes(deeds, { scene, vote, rehearse }) {
  const buttons = {
    wall: keyButton(msg("Wall"), "W", () => scene("wall")),
    code: keyButton(msg("Code"), "Q", () => scene("code")),
    black: keyButton(msg("Black screen"), "B", () => scene("black")),
    frozen: keyButton(msg("Freeze"), "F", () => scene("frozen")),
  };
  const voting = keyButton("", "V", vote);
  const rehearsal = keyButton(msg("Rehearsal"), "R", rehearse);
  const { root } = sheet(
    "scenes",
    msg("On the stage"),
    h(
      "div",
      { class: "actions" },
      ...Object.values(buttons),
      voting,
      rehearsal,
      keyButton(msg("Undo"), "Z", deeds.undo),
    ),
  );
  return {
    root,
    tell(now) {
      for (const [name, button] of Object.entries(buttons))
        button.setAttribute("aria-pressed", String(now.scene[/** @type {keyof typeof buttons} */ (name)]));
      rename(voting, now.round?.open ? msg("End the vote") : msg("Vote"));
      for (const part of [voting, rehearsal]) part.hidden = now.played;
      rehearsal.setAttribute("aria-pressed", String(now.rehearsed));
    },
  };
}

/**
 * @param {DeskDeeds} deeds
 * @returns {HTMLElement}
 */
export function makeEnding(deeds) {
  /** @type {[import("./ending.js").Ending, string, string?][]} */
  const ways = [
    ["next", msg("Next group\u2026"), "L"],
    ["anew", msg("Next group, forget this one\u2026")],
    ["end", msg("Keep and end\u2026")],
    ["forget", msg("End and forget\u2026")],
  ];
  return sheet(
    "ending",
    msg("The end"),
    h(
      "div",
      { class: "actions" },
      ...ways.map(([how, text, key = ""]) => keyButton(text, key, () => askToEnd(deeds, how))),
    ),
  ).root;
}
