// What one can do with an image: reuse it, make neighbours, make it again, take it along, delete it.
import { getJson } from "../shared/ask.js";
import { copyButton, h } from "../shared/dom.js";
import { PAGES } from "../shared/facts.js";
import { msg } from "../shared/language.js";
import { at } from "../shared/place.js";
import { neighbours, panel, reproduction } from "./spend.js";

/**
 * A question that may have been sent: where it is shown, and what the viewer that shows it now wants.
 *
 * @typedef {object} Going
 * @property {HTMLElement} [root]
 * @property {() => void} dismiss
 * @property {(run: Run) => Promise<void>} made
 */

/** @type {Map<string, Going>} */
const held = new Map(); // questions that may have been sent: going on and back finds them again

/**
 * The buttons for `record` and, below them, the panel that one of them opened. `viewer` carries out
 * what needs it: reuse, where, started, made, remove. Fill in the details once they are here.
 *
 * @param {ImageRecord} record
 * @param {Viewer & { made: (asked: ImageRecord, run: Run) => Promise<void> }} viewer
 */
export function makeActions(record, viewer) {
  const holder = h("div", { class: "panels", onkeydown: putAway });
  /** @type {Details | null} */
  let details = null;
  /** @type {(() => void) | null} */
  let early = null; // a press before the details were here
  /** @type {(() => void) | null} */
  let open = null;
  let asking = false;

  /**
   * Escape where a panel was opened closes that first, and only then the viewer.
   *
   * @param {KeyboardEvent} event
   */
  function putAway(event) {
    if (event.key !== "Escape" || event.isComposing || !open) return;
    event.preventDefault();
    open();
  }

  /**
   * A button that opens a panel, and closes it again. `fresh`: with details of this very moment.
   *
   * @param {string} label
   * @param {(close: () => void, details: Details) => HTMLElement} build
   * @param {{ fresh?: boolean, keep: string }} how
   */
  function toggle(label, build, { fresh = false, keep }) {
    const button = h("button", {
      type: "button",
      text: label,
      "aria-expanded": "false",
      dataset: { keep },
      onclick: pressed,
      onkeydown: putAway,
    });
    const close = () => {
      if (open !== close) return;
      const inside = holder.contains(document.activeElement);
      holder.replaceChildren();
      button.setAttribute("aria-expanded", "false");
      open = null;
      if (inside) button.focus();
    };
    /** @param {Details} known */
    const show = (known) => {
      open = close;
      button.setAttribute("aria-expanded", "true");
      const shown = build(close, known);
      holder.replaceChildren(shown);
      return shown;
    };
    async function pressed() {
      if (asking) return;
      if (!details) {
        early = pressed;
        return;
      }
      const again = open === close;
      open?.();
      if (again) return;
      if (fresh) {
        asking = true;
        details = /** @type {Details | null} */ (await getJson(`/api/images/${record.id}`)) ?? details;
        asking = false;
      }
      const shown = show(details);
      shown.focus({ preventScroll: true });
      shown.scrollIntoView({ block: "nearest" });
    }
    return { button, show };
  }

  /**
   * The question `name` about this image: the one that may have been sent, else a new one.
   *
   * @param {"neighbours" | "reproduce"} name
   * @param {Details} known
   * @param {() => void} dismiss
   * @param {(asked: import("./spend.js").Asked & { id: string, going: Going, release: () => void }) => HTMLElement} ask
   */
  function question(name, known, dismiss, ask) {
    const key = `${name} ${record.id}`;
    /** @param {Run} run */
    const made = (run) => viewer.made(record, run);
    const going = held.get(key) ?? { dismiss, made };
    // The viewer that shows the question now is the one to hear of its end.
    Object.assign(going, { dismiss, made });
    const release = () => held.delete(key);
    going.root ??= ask({
      going,
      release,
      id: record.id,
      offer: known[name],
      hold: () => held.set(key, going),
      dismiss({ unsure = false } = {}) {
        if (!unsure) release();
        going.dismiss();
      },
    });
    return going.root;
  }

  const ways = toggle(
    msg("More ways"),
    (_, known) =>
      panel(
        msg("Reuse in other ways"),
        h(
          "ul",
          { class: "ways" },
          record.seed === null
            ? null
            : way(msg("Only the seed, {seed}", { seed: String(record.seed) }), { what: "seed" }),
          way(msg("Only the prompt"), { what: "prompt" }),
          ...known.models.map((model) =>
            way(
              msg("Same with {model}", { model: model.label }),
              { what: "model", model: model.id },
              model.notes.some(Boolean) ? model.notes : [msg("It takes all of these settings.")],
            ),
          ),
        ),
      ),
    { keep: "ways" },
  );

  const seeds = toggle(
    msg("Neighbouring seeds"),
    (dismiss, known) =>
      question("neighbours", known, dismiss, (asked) =>
        neighbours({
          ...asked,
          sent: asked.release,
          where: viewer.where,
        }),
      ),
    { fresh: true, keep: "seeds" },
  );

  const again = toggle(
    msg("Make it again and compare"),
    (dismiss, known) =>
      question("reproduce", known, dismiss, (asked) =>
        reproduction({
          ...asked,
          started: (job) => viewer.started?.(job),
          async made(run) {
            await asked.going.made(run);
            asked.dismiss();
          },
        }),
      ),
    { fresh: true, keep: "again" },
  );

  /**
   * @param {string} text
   * @param {Omit<Reuse, "id">} choice
   * @param {string[]} notes
   */
  function way(text, choice, notes = []) {
    const body = [h("span", { text }), ...notes.map((note) => h("small", { text: note }))];
    return h("li", {}, reuse({ class: "way" }, choice, ...body));
  }

  /**
   * A link into the form on Create; there itself it is a button that fills the form.
   *
   * @param {Props} props
   * @param {Omit<Reuse, "id">} choice
   * @param {HTMLElement[]} body
   */
  function reuse(props, choice, ...body) {
    const fill = viewer.reuse;
    if (fill)
      return h("button", { type: "button", ...props, onclick: () => fill({ id: record.id, ...choice }) }, ...body);
    const asked = new URLSearchParams({ image: record.id, ...choice });
    if (choice.what === "all") asked.delete("what");
    return h("a", { href: at(`/?${asked}`), ...props }, ...body);
  }

  const recipe = () => (details?.recipe ? `recipe=${details.recipe}` : `image=${record.id}`);
  const link = copyButton(msg("Copy recipe link"), () => `${location.origin}${at("/")}?${recipe()}`, {
    title: msg("A link that fills the form with these settings"),
    dataset: { keep: "link" },
  });
  const remove = h("button", {
    type: "button",
    class: "delete",
    text: msg("Delete"),
    title: msg("Move to the trash (Delete)"),
    "aria-keyshortcuts": "Delete",
    dataset: { keep: "delete" },
    onclick: () => viewer.remove(record),
  });
  const root = h(
    "div",
    { class: "doing" },
    h(
      "div",
      { class: "actions" },
      reuse({ class: "main", text: msg("Reuse all settings"), dataset: { keep: "reuse" } }, { what: "all" }),
      ways.button,
    ),
    h("div", { class: "actions" }, seeds.button, again.button),
    h(
      "div",
      { class: "actions" },
      h("a", { href: at(`/gallery?like=${record.id}`), text: msg("More like this"), dataset: { keep: "like" } }),
      h("a", {
        href: at(`${PAGES.experiments}?image=${record.id}`),
        text: msg("Vary this"),
        title: msg("An experiment that begins with these settings"),
        dataset: { keep: "vary" },
      }),
    ),
    h(
      "div",
      { class: "actions last" },
      h("a", {
        href: `${record.image_url}?download=1`,
        download: "",
        text: msg("Download"),
        dataset: { keep: "download" },
      }),
      h("div", { class: "further" }, link, record.deleted ? null : remove), // in two rows neither stands alone
    ),
    holder,
  );

  return {
    root,
    /** @param {Details} found */
    fill(found) {
      details = found;
      early?.();
      early = null;
      if (held.has(`reproduce ${record.id}`) && !open) again.show(found);
    },
  };
}
