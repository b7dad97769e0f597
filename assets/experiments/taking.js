// Of what templates make: all, or some at random by a seed.
import { h } from "../shared/dom.js";
import { msg } from "../shared/language.js";

/**
 * @param {string} id
 * @param {() => void} changed
 */
export function makeTaking(id, changed) {
  const all = h("input", { type: "radio", name: `${id}-take`, checked: true, onchange: follow });
  const some = h("input", { type: "radio", name: `${id}-take`, onchange: follow });
  const count = number(`${id}-take-count`, 5, "20");
  const seed = number(`${id}-take-seed`, 11, "");
  seed.placeholder = msg("random");
  const how = h(
    "span",
    { class: "row", hidden: true },
    h("label", { for: count.id, text: msg("How many") }),
    count,
    h("label", { for: seed.id, text: msg("Seed of the choice") }),
    seed,
  );
  const root = h(
    "div",
    { class: "row taking", role: "group", "aria-label": msg("Which prompts"), hidden: true },
    h("label", { class: "check" }, all, h("span", { text: msg("All prompts") })),
    h("label", { class: "check" }, some, h("span", { text: msg("Some at random") })),
    how,
  );

  /**
   * @param {string} own
   * @param {number} size
   * @param {string} value
   */
  function number(own, size, value) {
    const input = h("input", {
      id: own,
      type: "text",
      inputmode: "numeric",
      size,
      autocomplete: "off",
      oninput: changed,
    });
    input.value = value;
    return input;
  }

  function follow() {
    how.hidden = !some.checked;
    changed();
  }

  /** @param {HTMLInputElement} input */
  const numberOf = (input) => (/^\d{1,15}$/.test(input.value.trim()) ? Number(input.value) : input.value.trim());

  return {
    root,
    /** @returns {Record<string, unknown>} */
    given() {
      if (root.hidden || !some.checked) return {};
      return { take: numberOf(count), ...(seed.value.trim() ? { take_seed: numberOf(seed) } : {}) };
    },
    /** @param {Record<string, unknown> | undefined} given */
    fill(given) {
      some.checked = given?.take !== undefined;
      all.checked = !some.checked;
      count.value = String(given?.take ?? 20);
      seed.value = String(given?.take_seed ?? "");
      how.hidden = !some.checked;
    },
  };
}
