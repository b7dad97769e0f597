// One image large, with all there is to know and do about it, in a native dialog: Esc closes,
// arrows and strokes go on and back, and the focus returns to where it came from.

import { announce } from "../shared/announce.js";
import { h } from "../shared/dom.js";
import { OFFLINE, PAGES } from "../shared/facts.js";
import { digitOf, letterOf } from "../shared/keys.js";
import { msg } from "../shared/language.js";
import { stepFor } from "../shared/onward.js";
import { at as placed } from "../shared/place.js";
import { singleKeys } from "../shared/single_keys.js";
import { entitle } from "../shared/title.js";
import { toast } from "../shared/toast.js";
import { shorten } from "../shared/words.js";
import { offerStage } from "./onstage.js";
import { makeSide } from "./side.js";
import { enter } from "./steps.js";
import { makeTrash } from "./trash.js";
import { makeZoom, zoomBar, zoomKey } from "./zoom.js";

const nothing = () => {};

/**
 * Open the viewer at `index` of a row of `total()` images; `record(i)` fetches one, null where there
 * is none. `changed(record)` and `removed(id)` tell what was done, `closed(index)` where it ended.
 * `reuse({id, what, model})` fills the form on this page and `started(job)` shows a job on it;
 * without them links lead to Create. `live(record)` is what the stage shows from there, and
 * `indexOf(id)` finds again in the row what was shown on it.
 *
 * @param {ViewerRow} row
 */
export function openViewer({
  total,
  record: fetchRecord,
  index,
  changed = nothing,
  removed = nothing,
  reuse = null,
  closed = nothing,
  started = null,
  indexOf = () => -1,
  live = null,
}) {
  let at = index;
  /** @type {ImageRecord | null} */
  let current = null;
  /** @type {ReturnType<typeof enter> | null} */
  let step = null; // of the page's history
  let turn = 0; // the newest load; answers to older ones come too late
  /** @type {HTMLImageElement[]} */
  const ahead = []; // pictures fetched before they are asked for; held, else the browser may drop them
  /** @type {ImageRecord[]} */
  const trail = []; // images left behind for one that they came from, or that came from them

  const zoom = makeZoom({ swipe: (to) => go(stepFor(to)) });
  const position = h("p", { class: "position" });
  const badges = h("p", { class: "badges" });
  const back = h("button", { type: "button", class: "back", hidden: true, onclick: goBack });
  const previous = arrow("previous", msg("Previous image"), -1);
  const next = arrow("next", msg("Next image"), 1);
  const fold = h("button", {
    type: "button",
    class: "fold",
    title: msg("Only the image (i)"),
    "aria-keyshortcuts": "i",
    onclick: foldSide,
  });
  const stage = offerStage({ source: rowOnStage, moved: followStage });
  /** @type {HTMLDialogElement} */
  const dialog = h(
    "dialog",
    { class: "viewer", tabindex: "-1", "aria-label": msg("Image details"), onclose: gone },
    h(
      "div",
      { class: "viewer-bar" },
      back,
      position,
      badges,
      h("button", {
        type: "button",
        class: "full",
        text: msg("Full screen"),
        title: msg("Full screen (f)"),
        "aria-keyshortcuts": "f",
        onclick: stage.open,
      }),
      fold,
      h("button", { type: "button", class: "close", text: msg("Close"), onclick: () => dialog.close() }),
    ),
  );
  /** @type {Viewer} */
  const viewer = {
    dialog,
    changed,
    started,
    reuse:
      reuse &&
      ((choice) => {
        dialog.close();
        reuse(choice);
      }),
    visit,
    remove: (record) => trash.remove(record),
    restore: (record) => trash.restore(record),
    forget: (record) => trash.forget(record),
    tell: (text) => toast(text),
    announce,
    where: (job) => {
      if (!started) return h("a", { class: "main", href: placed(PAGES.create), text: msg("Go to Create") });
      started(job);
      return h("button", { type: "button", class: "main", text: msg("Show them"), onclick: () => dialog.close() });
    },
  };
  const trash = makeTrash({ changed, leaves, returned });
  const side = makeSide(viewer);
  const body = h(
    "div",
    { class: "viewer-body" },
    h("div", { class: "picture" }, zoom.stage, previous, next, zoomBar(zoom)),
    side.root,
  );
  dialog.append(body);

  /**
   * @param {string} name
   * @param {string} label
   * @param {number} by
   */
  function arrow(name, label, by) {
    return h("button", {
      type: "button",
      class: `arrow ${name}`,
      title: label,
      "aria-label": label,
      onclick: () => go(by),
    });
  }

  // --- going about ---

  /** @param {number} by */
  async function go(by) {
    const to = at + by;
    if (trail.length || to < 0 || to >= total()) return;
    at = to;
    await load();
  }

  /** Show the image at `at`; where there is none any more, the nearest before it. */
  async function load() {
    turn += 1;
    const mine = turn;
    place();
    const found = await fetchRecord(at);
    if (mine !== turn || !dialog.isConnected) return;
    if (found) show(found);
    else if (!total()) dialog.close();
    else {
      position.textContent = msg("This image could not be fetched.");
      announce(position.textContent, { about: "viewer" });
    }
  }

  /** @param {ImageRecord} other */
  function visit(other) {
    if (current) trail.push(current);
    turn += 1;
    show(other);
  }

  function goBack() {
    const inside = document.activeElement === back;
    const last = trail.pop();
    if (last) show(last);
    if (inside && !trail.length) dialog.focus();
  }

  /** @param {ImageRecord} record */
  function show(record) {
    current = record;
    dialog.dataset.image = record.id;
    const first = !step;
    if (step) step.turn(record.id);
    else step = enter("viewer", record.id, () => dialog.close());
    body.scrollTop = 0;
    zoom.load({
      url: record.image_url,
      stand: record.thumb_url,
      alt: shorten(record.prompt, 200) || msg("Image without a prompt"),
      width: record.width_px ?? record.width,
      height: record.height_px ?? record.height,
    });
    const marks = [
      record.provider === OFFLINE
        ? h("span", {
            class: "tag",
            text: msg("Sample"),
            title: msg("Made by the sample engine, not by the real model"),
          })
        : "",
      record.provider === "import" ? h("span", { class: "tag", text: msg("Imported") }) : "",
      record.deleted ? h("span", { class: "tag gone", text: msg("In the trash") }) : "",
    ];
    badges.replaceChildren(...marks.filter((node) => node !== ""));
    side.show(record);
    entitle("image", record.prompt);
    place();
    const said = [position.textContent, shorten(record.prompt, 120), record.starred ? msg("Starred") : ""];
    announce(said.filter(Boolean).join(". "), { about: "viewer", rests: 400 });
    preload();
    if (first) stage.openAsked();
  }

  function place() {
    const away = trail.length > 0;
    back.hidden = !away;
    back.textContent = trail.length > 1 ? msg("Back") : msg("Back to image {n}", { n: at + 1 });
    position.textContent = away ? "" : msg("Image {n} of {total}", { n: at + 1, total: total() });
    previous.hidden = next.hidden = away;
    // Not `disabled`: a button that is takes the focus, and with it the keys, out of the dialog.
    previous.setAttribute("aria-disabled", String(at <= 0));
    next.setAttribute("aria-disabled", String(at >= total() - 1));
  }

  async function preload() {
    if (trail.length) return;
    const near = [at + 1, at - 1].filter((i) => i >= 0 && i < total());
    const records = await Promise.all(near.map((i) => fetchRecord(i)));
    const images = records.flatMap((record) => (record ? Object.assign(new Image(), { src: record.image_url }) : []));
    ahead.splice(0, ahead.length, ...images);
  }

  // --- the stage ---

  /** @returns {StageSource | null} */
  function rowOnStage() {
    if (!current) return null;
    const shown = current;
    if (trail.length) return { total: () => 1, record: async () => shown, index: 0 };
    return live?.(shown) ?? { total, record: fetchRecord, index: at, indexOf };
  }

  /**
   * What was last on the stage is here, too, when it is left.
   *
   * @param {StageImage} image
   */
  function followStage({ id }) {
    const to = trail.length ? -1 : indexOf(id);
    if (to < 0 || to === at) return;
    at = to;
    load();
  }

  // --- trash ---

  /** One that was taken out of the row is in it again. */
  async function returned() {
    if (!dialog.isConnected) return;
    at = Math.min(at, total() - 1);
    if (trail.length === 0) await load();
  }

  /**
   * `record` may have left the row one walks through: show what stands in its place now.
   *
   * @param {ImageRecord} record
   */
  async function leaves(record) {
    await removed(record.id);
    if (!dialog.isConnected || current !== record) return;
    if (trail.length) return goBack();
    if (!total()) return dialog.close();
    at = Math.min(at, total() - 1);
    await load();
  }

  // --- keys ---

  /** @param {KeyboardEvent} event */
  function key(event) {
    if ([...document.querySelectorAll("dialog[open]")].at(-1) !== dialog) return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const target = /** @type {Element} */ (event.target);
    if (target.matches?.("input:not([type=radio]), textarea, select")) return;
    if (!singleKeys() && event.key.length === 1) return;
    if (zoomKey(zoom, event)) return event.preventDefault();
    const by = event.key === "ArrowLeft" ? stepFor(-1) : event.key === "ArrowRight" ? stepFor(1) : 0;
    const digit = digitOf(event);
    if (event.shiftKey && !digit) return;
    if (by && !target.matches?.("input")) go(by);
    else if (letterOf(event) === "s") side.marks?.toggleStar();
    else if (/^[0-5]$/.test(digit)) side.marks?.rate(Number(digit));
    else if (letterOf(event) === "i") foldSide();
    else if (letterOf(event) === "f") stage.open();
    else if (event.key === "Delete" && !event.repeat && current) trash.remove(current);
    else return;
    event.preventDefault();
  }

  function foldSide() {
    const folded = dialog.classList.toggle("folded");
    drawFold(folded);
    if (folded && side.root.contains(document.activeElement)) dialog.focus();
  }

  /** @param {boolean} folded */
  function drawFold(folded) {
    fold.textContent = folded ? msg("Show details") : msg("Hide details");
    fold.setAttribute("aria-expanded", String(!folded));
  }

  function gone() {
    document.removeEventListener("keydown", key);
    ahead.length = 0;
    stage.withdraw();
    dialog.remove();
    entitle("image", "");
    step?.leave();
    closed(at);
  }

  drawFold(false);
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.addEventListener("keydown", key);
  document.body.append(dialog);
  load();
  dialog.showModal();
  dialog.focus(); // not on the first button: arrows and letters are what one needs first
}
