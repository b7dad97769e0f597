// Two to four images beside each other in a dialog, with their settings; two of them also under a
// slider and as a map of their differences. It is a step of the history, as the viewer is.

import { announce } from "../shared/announce.js";
import { ask } from "../shared/ask.js";
import { h } from "../shared/dom.js";
import { VERDICTS } from "../shared/facts.js";
import { msg, translated } from "../shared/language.js";
import { at } from "../shared/place.js";
import { shorten } from "../shared/words.js";
import { enter } from "./steps.js";
import { LETTERS, settings } from "./table.js";
import { makeZoom, zoomBar, zoomKey } from "./zoom.js";

const MOST_ALIKE = 0.02; // shapes that differ by less lie well on top of each other

/**
 * Compare the images `ids`, two to four of them. `closed()` is told when the dialog is closed.
 *
 * @param {string[]} ids
 * @param {{ closed?: () => void }} told
 */
export async function openCompare(ids, { closed = () => {} } = {}) {
  /** @type {import("./zoom.js").Zoom[]} */
  let zooms = [];
  const modes = h(
    "fieldset",
    { class: "modes", hidden: true },
    h("legend", { class: "off-screen", text: msg("View") }),
  );
  const tools = h("div", { class: "zoom-tools" });
  const body = h("div", { class: "compare-body" }, h("p", { class: "quiet", text: msg("Fetching\u2026") }));
  /** @type {HTMLDialogElement} */
  const dialog = h(
    "dialog",
    { class: "compare", tabindex: "-1", "aria-label": msg("Compare images"), onclose: gone },
    h(
      "div",
      { class: "viewer-bar" },
      h("h2", { text: msg("Compare") }),
      modes,
      tools,
      h("button", { type: "button", class: "close", text: msg("Close"), onclick: () => dialog.close() }),
    ),
    body,
  );

  function gone() {
    document.removeEventListener("keydown", key);
    dialog.remove();
    step.leave();
    closed();
  }

  /** @param {KeyboardEvent} event */
  function key(event) {
    if ([...document.querySelectorAll("dialog[open]")].at(-1) !== dialog || !zooms.length) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (zoomKey(zooms[0], event)) event.preventDefault();
  }

  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.addEventListener("keydown", key);
  document.body.append(dialog);
  dialog.showModal();
  dialog.focus();
  const step = enter("compare", ids.join(","), () => dialog.close());

  /** @type {Compared} */
  let answer;
  try {
    answer = await ask(`/api/compare?${ids.map((id) => `id=${encodeURIComponent(id)}`).join("&")}`);
  } catch (error) {
    body.replaceChildren(
      h("p", { class: "field-error", role: "alert", text: /** @type {AskError} */ (error).message }),
    );
    return;
  }
  const { images, rows, pixels } = answer;
  const stage = h("div", { class: "compare-stage" });
  body.replaceChildren(
    stage,
    pixels
      ? h(
          "p",
          { class: "pixels", dataset: { verdict: String(pixels.verdict) } },
          pixels.verdict
            ? h("strong", { class: "verdict", text: translated(VERDICTS[pixels.verdict] ?? pixels.verdict) })
            : null,
          ` ${pixels.text}`,
        )
      : "",
    settings(images, rows),
  );
  const map = pixels?.map_url ?? null;
  /** @type {{ [name: string]: [label: string, build: () => HTMLElement[]] }} */
  const views = {
    slider: [msg("Slider"), slider],
    side: [msg("Side by side"), sideBySide],
    map: [msg("Difference"), () => (map === null ? [] : differenceMap(map))],
  };
  const offered = images.length === 2 ? ["slider", "side", ...(map === null ? [] : ["map"])] : ["side"];
  const [a, b] = images.map((image) => image.width_px / image.height_px);
  const first = images.length === 2 && Math.abs(a / b - 1) < MOST_ALIKE ? "slider" : "side";
  modes.hidden = offered.length < 2;
  modes.append(
    ...offered.map((name) =>
      h(
        "label",
        {},
        h("input", {
          type: "radio",
          name: "compare-mode",
          value: name,
          checked: name === first,
          onchange: () => choose(name),
        }),
        h("span", { text: views[name][0] }),
      ),
    ),
  );
  choose(first);

  /** @param {string} name */
  function choose(name) {
    zooms = [];
    stage.dataset.view = name;
    stage.replaceChildren(...views[name][1]());
    tools.replaceChildren(zooms.length ? zoomBar(zooms[0]) : "");
  }

  // --- the views ---

  function sideBySide() {
    zooms = images.map(() => makeZoom({ moved: follow }));
    /** @param {import("./zoom.js").Place} place */
    function follow(place) {
      // The one that was moved by hand stands there already; to the others it is new.
      for (const zoom of zooms) if (!same(zoom.place(), place)) zoom.follow(place);
    }
    const list = images.map((image, index) => {
      const zoom = zooms[index];
      zoom.load({
        url: image.image_url,
        stand: image.thumb_url,
        alt: altOf(image, index),
        width: image.width_px,
        height: image.height_px,
      });
      return h("figure", {}, zoom.stage, caption(image, index));
    });
    stage.dataset.count = String(images.length);
    return list;
  }

  /**
   * @param {ImageRecord} image
   * @param {number} index
   */
  function caption(image, index) {
    const model = rows.find((row) => row.name === "model")?.values[index] ?? image.model;
    const facts = [
      model,
      image.seed === null ? msg("No seed") : msg("Seed {seed}", { seed: String(image.seed) }),
      msg("{width} x {height}", { width: String(image.width_px), height: String(image.height_px) }),
    ];
    return h(
      "figcaption",
      {},
      h("b", { class: "letter", text: LETTERS[index] }),
      h("span", { class: "facts" }, ...facts.map((fact) => h("span", { dir: "auto", text: fact }))),
      h("a", {
        href: at(`/?image=${image.id}`),
        text: msg("Reuse"),
        "aria-label": msg("Reuse {image} in the form", { image: LETTERS[index] }),
      }),
    );
  }

  function slider() {
    const [left, right] = images;
    const frame = h("div", { class: "slider" });
    /** @param {number} value */
    const set = (value) => {
      frame.style.setProperty("--cut", `${value}%`);
      range.setAttribute("aria-valuetext", msg("{a} % of A, {b} % of B", { a: value, b: 100 - value }));
    };
    /** @type {HTMLInputElement} */
    const range = h("input", {
      type: "range",
      min: 0,
      max: 100,
      step: 1,
      value: 50,
      "aria-label": msg("Divider between A and B"),
      oninput: () => set(Number(range.value)),
    });
    frame.style.setProperty("--ratio", String(left.width_px / left.height_px));
    frame.append(
      h("img", { class: "under", src: right.image_url, alt: altOf(right, 1) }),
      h("img", { class: "over", src: left.image_url, alt: altOf(left, 0) }),
      h("span", { class: "letter", "aria-hidden": "true", text: "A" }),
      h("span", { class: "letter right", "aria-hidden": "true", text: "B" }),
      range,
      h("span", { class: "divider", "aria-hidden": "true" }),
    );
    set(50);
    return [frame];
  }

  /** @param {string} src */
  function differenceMap(src) {
    const [left] = images;
    const said = h("p", { class: "quiet", dir: "auto", text: msg("Comparing the pixels\u2026") });
    const map = h("img", {
      src,
      alt: msg("Where A and B differ"),
      hidden: true,
      onload() {
        map.hidden = false;
        tell(msg("Brighter where they differ more."));
      },
      onerror: () => {
        tell(msg("The map could not be fetched."));
      },
    });
    /** @param {string} text */
    const tell = (text) => {
      said.textContent = text;
      announce(text, { about: "map" });
    };
    const frame = h("div", { class: "slider whole" }, map, said);
    frame.style.setProperty("--ratio", String(left.width_px / left.height_px));
    return [frame];
  }
}

/**
 * @param {ImageRecord} image
 * @param {number} index
 */
const altOf = (image, index) => `${LETTERS[index]}: ${shorten(image.prompt, 160)}`;

/**
 * @param {import("./zoom.js").Place} a
 * @param {import("./zoom.js").Place} b
 */
const same = (a, b) =>
  a.fitted === b.fitted && [a.times - b.times, a.left - b.left, a.top - b.top].every((apart) => Math.abs(apart) < 1e-6);
