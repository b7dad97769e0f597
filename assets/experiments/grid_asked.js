// What a grid asks for: what varies across, down and as tabs, and how often each cell is made.
import { h } from "../shared/dom.js";
import { msg, number } from "../shared/language.js";
import { makeAxis } from "./axis.js";
import { kindsOf } from "./kinds.js";

const REPEATS_MAX = 100;

/**
 * @param {{ models: ModelInfo[], changed: () => void }} form
 * @returns {AskedOf}
 */
export function makeGridAsked({ models, changed }) {
  const kinds = kindsOf(models);
  const axes = [
    makeAxis("x", msg("Across"), kinds, changed),
    makeAxis("y", msg("Down"), kinds, changed),
    makeAxis("z", msg("As tabs"), kinds, changed),
  ];
  const repeats = h("input", {
    id: "experiment-repeats",
    type: "text",
    inputmode: "numeric",
    size: 3,
    value: "1",
    "aria-describedby": "experiment-repeats-said",
    oninput: changed,
  });
  const said = h("p", { class: "said", id: "experiment-repeats-said", role: "alert" });
  const root = h(
    "fieldset",
    { class: "sheet" },
    h("legend", { text: msg("What varies") }),
    ...axes.map((axis) => axis.root),
    h("div", { class: "row" }, h("label", { for: repeats.id, text: msg("Images of each cell") }), repeats),
    said,
  );

  return {
    root,
    given() {
      /** @type {Record<string, Record<string, unknown>>} */
      const given = {};
      for (const axis of axes) {
        const one = axis.given();
        if (one) given[axis.name] = one;
      }
      const count = repeats.value.trim();
      return { axes: given, repeats: /^\d{1,4}$/.test(count) ? Number(count) : count === "" ? 1 : 0 };
    },
    name: () =>
      axes
        .map((axis) => axis.label())
        .filter(Boolean)
        .join(" \u00d7 "),
    needsPrompt: () => !axes.some((axis) => ["prompts", "rows"].some((kind) => kind in (axis.given() ?? {}))),
    fill(plan) {
      repeats.value = String(plan?.repeats ?? 1);
      for (const axis of axes) axis.fill(plan?.axes?.[axis.name]);
      if (!plan) axes[0].fill(firstAxis(kinds));
    },
    tell(found) {
      for (const axis of axes) axis.tell(found.axes[axis.name]);
    },
    refuse(field, message) {
      const at = axes.find((axis) => field === `axes.${axis.name}`);
      for (const axis of axes) axis.tell(null, axis === at ? message : "");
      const wrong = field === "repeats";
      repeats.toggleAttribute("aria-invalid", wrong);
      said.textContent = wrong
        ? msg("Images of each cell: a whole number from 1 to {most}.", { most: number(REPEATS_MAX) })
        : "";
      return wrong || at !== undefined;
    },
  };
}

/**
 * What a new experiment varies unless somebody says otherwise: the steps, which every model has.
 *
 * @param {import("./kinds.js").Kind[]} kinds
 */
function firstAxis(kinds) {
  const chosen = kinds.find(({ name }) => name === "num_steps") ?? kinds[0];
  return { [chosen.name]: chosen.example };
}
