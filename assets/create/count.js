// How many images one click makes: a row of choices, where the cost is that they multiply.
import { h } from "../shared/dom.js";
import { COUNTS } from "../shared/facts.js";

/** @param {Component<{ value: number | string | null, words: { label: string, help: string } }>} component */
export function mount({ element, props, watch }) {
  const list = h("span", { class: "counts" });
  element.replaceChildren(
    h("fieldset", { title: props.words.help }, h("legend", { class: "off-screen", text: props.words.label }), list),
  );

  function show() {
    const chosen = Number(props.value) || COUNTS[0];
    if (list.querySelector("input:checked")?.getAttribute("value") === String(chosen)) return;
    list.replaceChildren(...choices(chosen).map((count) => choice(count, count === chosen)));
  }

  /**
   * @param {number} count
   * @param {boolean} checked
   */
  function choice(count, checked) {
    const input = h("input", {
      type: "radio",
      name: "count",
      value: count,
      checked,
      onchange: () => {
        props.value = count;
      },
    });
    return h("label", {}, input, h("span", { text: count }));
  }

  watch("value", show);
  show();
}

/**
 * The numbers to choose from, with the one that an earlier visit has left.
 *
 * @param {number} chosen
 */
export const choices = (chosen) =>
  COUNTS.includes(chosen) ? COUNTS : [...COUNTS, chosen].sort((one, other) => one - other);
