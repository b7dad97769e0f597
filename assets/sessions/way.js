// The way of a picture: from the first words over each vote that it won. Nobody is named.
import { ask } from "../shared/ask.js";
import { h } from "../shared/dom.js";
import { PAGES, SESSIONS_PAGE } from "../shared/facts.js";
import { msg, msgN } from "../shared/language.js";
import { at } from "../shared/place.js";
import { shorten } from "../shared/words.js";

/**
 * The page's parts; without a wish it is the way to what won last.
 *
 * @param {string} session
 * @param {string | null} wish
 */
export function makeWay(session, wish) {
  const note = h("p", { class: "note" });
  const words = h("p", { class: "first-words", dir: "auto" });
  const steps = h("ol", { class: "way" });
  const save = h("a", { class: "button", text: msg("Save as a picture"), hidden: true, download: "" });
  const others = h("ul", { class: "others" });
  const more = h(
    "section",
    { class: "sheet", hidden: true, "aria-labelledby": "way-others" },
    h("h3", { id: "way-others", text: msg("Other pictures of this session") }),
    others,
  );
  load().catch((error) => {
    note.textContent = error.message;
  });

  async function load() {
    /** @type {WholeSession} */
    const whole = await ask(`/api/sessions/${encodeURIComponent(session)}`);
    const shown = wish ?? whole.leads_to;
    if (shown === null) {
      note.textContent = msg("No picture was made in this session.");
      return;
    }
    /** @type {SessionLineage} */
    const way = await ask(`/api/sessions/${whole.id}/lineage/${encodeURIComponent(shown)}`);
    words.textContent = way.steps[0].text;
    note.textContent = way.title;
    steps.replaceChildren(...way.steps.map(step));
    save.href = at(`/api/sessions/${way.session}/lineage/${way.wish}/picture`);
    save.hidden = false;
    const rest = whole.pictures.filter(({ wish }) => wish !== shown);
    more.hidden = rest.length === 0;
    others.replaceChildren(...rest.map((one) => other(whole.id, one)));
  }

  return [note, words, steps, h("div", { class: "tools-row" }, save), more];
}

/**
 * @param {LineageStep} step
 * @param {number} index
 */
function step({ image, text, seed, changed, vote }, index) {
  const facts = [...changed, seed === null ? msg("No seed") : msg("Seed {seed}", { seed: String(seed) })];
  return h(
    "li",
    { dataset: { won: vote?.won === true } },
    h(
      "a",
      { href: at(`${PAGES.gallery}?image=${image}`), "aria-label": msg("Picture {number}", { number: index + 1 }) },
      picture(image, text),
    ),
    h("p", { class: "vote", text: vote?.of ? voted(vote) : index ? "" : msg("The first picture") }),
    h("p", { class: "what", text: facts.join(" \u00b7 ") }),
  );
}

/** @param {NonNullable<LineageStep["vote"]>} vote */
function voted({ votes, of, won }) {
  if (won) return msgN("Won with 1 vote of {of}", "Won with {n} votes of {of}", votes, { of });
  return msgN("1 vote of {of}", "{n} votes of {of}", votes, { of });
}

/**
 * @param {string} session
 * @param {KeptPicture} one
 */
function other(session, { wish, image, text }) {
  const href = at(`${SESSIONS_PAGE}?session=${session}&wish=${wish}`);
  return h("li", {}, h("a", { href, title: text }, picture(image, text)));
}

/**
 * @param {string} image
 * @param {string} text
 */
function picture(image, text) {
  /** @type {HTMLImageElement} */
  const shown = h("img", {
    alt: shorten(text, 80),
    src: at(`/thumbs/${image}`),
    loading: "lazy",
    onerror: () => {
      shown.replaceWith(h("span", { class: "lost", text: msg("The image is not there any more.") }));
    },
  });
  return shown;
}
