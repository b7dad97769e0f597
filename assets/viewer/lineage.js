// Where an image came from, and what was made from it.
import { h } from "../shared/dom.js";
import { CHILDREN } from "../shared/facts.js";
import { msg, msgN, msgParts, translated } from "../shared/language.js";
import { shorten } from "../shared/words.js";

const TEXT_MAX = 160; // letters of a prompt that was changed

/**
 * How an image came from the one that is shown beside it, and from one that nobody has any more.
 *
 * @type {{ [kind: string]: [there: string, gone: string] }}
 */
const PARENTS = {
  reused: [
    msg("Made with the settings of this image"),
    msg("Made with the settings of an image that is no longer stored."),
  ],
  seed: [msg("Made with the seed of this image"), msg("Made with the seed of an image that is no longer stored.")],
  prompt: [
    msg("Made with the prompt of this image"),
    msg("Made with the prompt of an image that is no longer stored."),
  ],
  model: [
    msg("Made with another model from this image"),
    msg("Made with another model from an image that is no longer stored."),
  ],
  neighbour: [msg("Neighbouring seed of this image"), msg("Neighbouring seed of an image that is no longer stored.")],
  reproduced: [msg("Made again from this image"), msg("Made again from an image that is no longer stored.")],
  experiment: [
    msg("One of an experiment from this image"),
    msg("One of an experiment from an image that is no longer stored."),
  ],
};

/** @param {string} kind */
export const saidOfParent = (kind) =>
  PARENTS[kind] ?? [msg("Made from this image"), msg("Made from an image that is no longer stored.")];

/**
 * The sections for `lineage`; `visit(record)` shows another image, `compare(id)` is a button that
 * compares with it.
 *
 * @param {Lineage} lineage
 * @param {{ visit: (record: ImageRecord) => void, compare: (id: string) => HTMLElement }} ways
 */
export function lineageOf({ parent, children, more }, ways) {
  const sections = [];
  if (parent) {
    const [there, gone] = saidOfParent(parent.kind);
    const known = parent.record ? related(parent, parent.record, there, ways) : h("p", { class: "quiet", text: gone });
    sections.push(h("section", {}, h("h3", { text: msg("Made from") }), known));
  }
  if (children.length > 0) {
    const items = children.flatMap((child) => {
      const text = translated(CHILDREN[child.kind] ?? child.text);
      return child.record ? h("li", {}, related(child, child.record, text, ways)) : [];
    });
    sections.push(
      h(
        "section",
        {},
        h("h3", { text: msg("Made from this") }),
        h("ul", {}, ...items),
        more ? h("p", { class: "quiet", text: msgN("And 1 more.", "And {n} more.", more) }) : null,
      ),
    );
  }
  return sections;
}

/**
 * @param {Relative} relative
 * @param {ImageRecord} other
 * @param {string} text how the two are related
 * @param {Parameters<typeof lineageOf>[1]} ways
 */
function related({ changes }, other, text, { visit, compare }) {
  const label =
    other.seed === null
      ? msg("Open: {image}, no seed", { image: text })
      : msg("Open: {image}, seed {seed}", { image: text, seed: String(other.seed) });
  return h(
    "div",
    { class: "related" },
    h(
      "button",
      { type: "button", class: "thumb", "aria-label": label, onclick: () => visit(other) },
      h("img", { src: other.thumb_url, alt: "", loading: "lazy" }),
    ),
    h(
      "div",
      {},
      h("p", { text }),
      changes.length
        ? h("ul", { class: "changes" }, ...changes.map((change) => h("li", {}, ...changed(change))))
        : h("p", { class: "quiet", text: msg("The same settings.") }),
      compare(other.id),
    ),
  );
}

/** @param {Relative["changes"][number]} change */
function changed({ label, from, to }) {
  /** @param {string | null} value */
  const part = (value) => h("bdi", { text: value === null || value === "" ? msg("none") : shorten(value, TEXT_MAX) });
  return msgParts("{setting}: {from} \u2192 {to}", {
    setting: h("b", { text: label }),
    from: part(from),
    to: part(to),
  });
}
