// Several pictures side by side: the wall, and what the room votes on.
import { h } from "../shared/dom.js";
import { msg, msgN } from "../shared/language.js";
import { wonOf } from "../shared/votes.js";
import { columnsOf, urlOf } from "./scenes.js";

const FINE_MOST = 4; // so many are shown from their files, more from thumbnails
const NAMED_MOST = 12;

/** The frames of pictures, kept by name: one that stays is not fetched anew. */
function makeFrames() {
  const root = h("div", { class: "frames" });
  /** @type {Map<string, { root: HTMLElement, badge: HTMLElement, words: HTMLElement }>} */
  const frames = new Map();
  let [count, space] = [0, 1];

  /** Their shape is known once they are here: then they stand as large as they can. */
  function arrange() {
    const images = [...root.querySelectorAll("img")].filter((image) => image.naturalHeight > 0);
    const ratios = images.map((image) => image.naturalWidth / image.naturalHeight).sort((a, b) => a - b);
    const columns = columnsOf(count, space, ratios[Math.floor(ratios.length / 2)]);
    root.style.setProperty("--columns", String(columns));
    root.style.setProperty("--rows", String(Math.ceil(count / columns)));
    fit(images);
  }

  /**
   * A frame is no larger than its picture can be: its letter and its words stand close to it.
   *
   * @param {HTMLImageElement[]} images
   */
  function fit(images) {
    for (const name of ["--widest", "--highest"]) root.style.removeProperty(name);
    const widths = images.map((image) => (image.clientHeight * image.naturalWidth) / image.naturalHeight);
    const heights = images.map((image) => (image.clientWidth * image.naturalHeight) / image.naturalWidth);
    const [widest, highest] = [Math.max(0, ...widths), Math.max(0, ...heights)];
    if (!widest || !highest) return; // not in the page yet
    root.style.setProperty("--widest", `${Math.ceil(widest)}px`);
    root.style.setProperty("--highest", `${Math.ceil(highest)}px`);
  }

  /**
   * @param {StagePicture} one
   * @param {boolean} fine
   */
  function frame(one, fine) {
    const image = h("img", { alt: one.prompt, decoding: "async", draggable: "false" });
    image.addEventListener("load", arrange);
    image.addEventListener("error", () => image.classList.add("missing"));
    image.src = urlOf(one, !fine);
    const [badge, words] = [h("b", { class: "letter" }), h("figcaption", { dir: "auto" })];
    return { root: h("figure", {}, image, badge, words), badge, words };
  }

  return {
    root,
    arrange,
    /**
     * Once their words are written, they are to be arranged.
     *
     * @param {StagePicture[]} pictures
     * @param {number} window the width by the height of where they stand
     * @param {boolean} close whether nothing below them needs more width than they have
     */
    put(pictures, window, close) {
      root.classList.toggle("close", close);
      const fine = pictures.length <= FINE_MOST;
      const keys = pictures.map((one) => `${one.image} ${fine}`);
      for (const key of frames.keys()) if (!keys.includes(key)) frames.delete(key);
      const all = pictures.map((one, n) => {
        const known = frames.get(keys[n]) ?? frame(one, fine);
        frames.set(keys[n], known);
        return known;
      });
      const nodes = all.map((one) => one.root);
      const same = root.childElementCount === nodes.length && nodes.every((node, n) => root.children[n] === node);
      if (!same) root.replaceChildren(...nodes);
      [count, space] = [pictures.length, window];
      return all;
    },
  };
}

/** The wall: the room's pictures, the newest ones. */
export function makeWall() {
  const frames = makeFrames();
  return {
    root: h("div", { class: "wall-scene" }, frames.root),
    /**
     * @param {StagePicture[]} pictures
     * @param {number} window
     */
    show(pictures, window) {
      const named = pictures.length <= NAMED_MOST;
      frames.put(pictures, window, true).forEach((one, n) => {
        one.words.textContent = named ? pictures[n].name : "";
      });
      frames.arrange();
    },
  };
}

/** A vote of the room, and what came of it. */
export function makeVote() {
  const frames = makeFrames();
  const prompt = h("p", { class: "prompt", dir: "auto" });
  const told = h("p", { class: "facts" });
  return {
    root: h("div", { class: "vote" }, prompt, frames.root, told),
    /**
     * @param {StageRound} round
     * @param {number} window
     */
    show({ open, options, votes, totals, winner }, window) {
      const alike = options.every((one) => one.prompt === options[0].prompt);
      prompt.textContent = alike ? (options[0]?.prompt ?? "") : "";
      const won = wonOf(options, totals, winner);
      const best = options.filter((_, n) => won[n]);
      frames.put(options, window, alike || totals !== null).forEach(({ root, badge, words }, n) => {
        badge.textContent = options[n].letter;
        words.textContent = totals ? msgN("1 vote", "{n} votes", totals[n]) : alike ? "" : options[n].prompt;
        root.classList.toggle("won", won[n]);
      });
      const equal = best.map((one) => one.letter).join(" = ");
      const result = best.length === 1 ? msg("{letter} wins", { letter: equal }) : equal;
      const voted = votes ? msgN("1 vote", "{n} votes", votes) : "";
      told.textContent = open ? voted : result || voted || msg("No votes");
      frames.arrange();
    },
  };
}
