// The rows of the desk's lists: an idea that waits, what is being made, a picture, what went wrong.
import { h } from "../shared/dom.js";
import { msg } from "../shared/language.js";
import { dollars, minutes, seconds } from "../shared/words.js";
import { keyButton, thumbOf, write } from "./parts.js";

/** @typedef {{ root: HTMLElement, update: (wish: DeskWish) => void }} Row */

/**
 * Who it is of and what it says; both stay one text each, whatever direction they are written in.
 *
 * @param {DeskWish} wish
 */
function words({ name, text }) {
  return h("p", { class: "words" }, h("bdi", { class: "name", text: name }), h("bdi", { class: "text", text }));
}

/**
 * An idea that waits to be approved.
 *
 * @param {DeskWish} first
 * @param {DeskDeeds} deeds
 * @returns {Row}
 */
export function waitingRow(first, deeds) {
  let wish = first;
  const place = h("span", { class: "place" });
  const marked = h("span", { class: "badge warn", text: msg("Holds a word of your list") });
  const root = h(
    "li",
    { class: "wish", dataset: { id: first.id } },
    words(first),
    h("p", { class: "facts" }, place, marked),
    h(
      "div",
      { class: "actions" },
      keyButton(msg("Approve"), "A", () => deeds.wish(wish, "approve"), { class: "main" }),
      keyButton(msg("Not this time"), "X", () => deeds.wish(wish, "refuse"), { class: "no" }),
    ),
  );
  return {
    root,
    update(now) {
      wish = now;
      marked.hidden = !now.marked;
      write(place, now.place ? msg("Place {place}", { place: now.place }) : "");
    },
  };
}

/**
 * What is approved: its place, or how long it is under way.
 *
 * @param {DeskWish} first
 * @param {DeskDeeds} deeds
 * @returns {Row & { tick: () => void }}
 */
export function makingRow(first, deeds) {
  let wish = first;
  const state = h("span", { class: "state" });
  const back = h("button", {
    type: "button",
    class: "plain-link",
    text: msg("Hold it back"),
    onclick: () => deeds.wish(wish, "hold"),
  });
  const root = h(
    "li",
    { class: "making", dataset: { id: first.id } },
    words(first),
    h("p", { class: "facts" }, state, back),
  );
  const tick = () => {
    const since = wish.sent_at ?? Date.now();
    const elapsed = minutes(Math.max(0, (Date.now() - since) / 1000));
    write(
      state,
      wish.state === "sent"
        ? msg("Being made, {time}", { time: elapsed })
        : [msg("Place {place}", { place: wish.place ?? 1 }), wish.why].filter(Boolean).join(" \u00b7 "),
    );
  };
  return {
    root,
    tick,
    update(now) {
      wish = now;
      root.dataset.state = now.state;
      back.hidden = now.state !== "approved";
      tick();
    },
  };
}

/**
 * A picture that the room does not see yet, or does.
 *
 * @param {DeskWish} first
 * @param {DeskDeeds} deeds
 * @param {{ shown: boolean }} which
 * @returns {Row & { tell: (now: DeskState) => void }}
 */
export function pictureRow(first, deeds, { shown }) {
  let wish = first;
  const image = h("img", { class: "thumb", alt: "", loading: "lazy" });
  if (first.picture) image.src = thumbOf(first.picture);
  const facts = h("p", { class: "facts" }, ...pictureFacts(first));
  const badge = h("span", { class: "badge", text: msg("On the stage"), hidden: true });
  const show = keyButton(msg("Show"), shown ? "" : "Enter", () => deeds.wish(wish, "show"), {
    class: shown ? null : "main",
  });
  const buttons = shown
    ? [show, h("button", { type: "button", text: msg("Hide"), onclick: () => deeds.wish(wish, "hide") })]
    : [show, keyButton(msg("Not this time"), "X", () => deeds.wish(wish, "refuse"), { class: "no" })];
  buttons.push(h("button", { type: "button", text: msg("Vary\u2026"), onclick: () => deeds.vary(wish) }));
  const root = h(
    "li",
    { class: "shot", dataset: { id: first.id } },
    image,
    badge,
    words(first),
    facts,
    h("div", { class: "actions" }, ...buttons),
  );
  return {
    root,
    update(now) {
      wish = now;
    },
    tell({ scene }) {
      const large = scene.wish === wish.id && !scene.wall;
      badge.hidden = !large;
      if (shown) show.hidden = large;
    },
  };
}

/** @param {DeskWish} wish */
function pictureFacts({ picture, recorded }) {
  if (!picture) return [];
  return [
    picture.seconds === null ? "" : seconds(picture.seconds),
    picture.price_usd ? dollars(picture.price_usd) : "",
    recorded ? msg("Recorded") : "",
  ]
    .filter(Boolean)
    .map((text) => h("span", { text }));
}

/**
 * What went wrong, with its sentence.
 *
 * @param {DeskWish} first
 * @param {DeskDeeds} deeds
 * @returns {Row}
 */
export function failedRow(first, deeds) {
  let wish = first;
  const why = h("p", { class: "why", dir: "auto" });
  const again = h("button", { type: "button", onclick: () => deeds.wish(wish, "again") });
  const root = h(
    "li",
    { class: "failed", dataset: { id: first.id } },
    words(first),
    why,
    h(
      "div",
      { class: "actions" },
      again,
      h("button", { type: "button", class: "no", text: msg("Put it away"), onclick: () => deeds.wish(wish, "refuse") }),
    ),
  );
  return {
    root,
    update(now) {
      wish = now;
      root.dataset.state = now.state;
      write(why, now.why);
      write(again, now.state === "doubt" ? msg("Try again (may charge again)") : msg("Try again"));
    },
  };
}
