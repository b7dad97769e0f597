// The settings of compared images as a table.
import { h } from "../shared/dom.js";
import { msg } from "../shared/language.js";

export const LETTERS = ["A", "B", "C", "D"];
const LONG = 240; // letters

/**
 * The table of settings: what differs comes first and says so, and a switch leaves out the rest.
 *
 * @param {ImageRecord[]} images
 * @param {ComparedRow[]} unsorted
 */
export function settings(images, unsorted) {
  const rows = [...unsorted].sort((one, other) => Number(other.differs) - Number(one.differs));
  const none = () => h("span", { class: "quiet", text: msg("none") });
  const lines = rows.map(({ label, values, differs }) => {
    const head = h("th", { scope: "row" }, label, differs ? h("span", { class: "mark", text: msg("differs") }) : null);
    const line = h(
      "tr",
      { class: differs ? "differs" : null },
      head,
      ...values.map((value) =>
        h("td", {}, value === null ? none() : h("div", { class: "value", dir: "auto", text: value })),
      ),
    );
    if (values.some((value) => value !== null && value.length > LONG)) head.append(unfold(line, label));
    return line;
  });
  const equal = h("p", { class: "quiet", hidden: true, text: msg("All settings are the same.") });
  const only = h("input", { type: "checkbox", role: "switch", onchange: narrow });
  const table = h(
    "table",
    {},
    h("caption", { class: "off-screen", text: msg("Settings of the images") }),
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        h("th", { scope: "col" }, h("span", { class: "off-screen", text: msg("Setting") })),
        ...images.map((_, index) => h("th", { scope: "col" }, h("b", { class: "letter", text: LETTERS[index] }))),
      ),
    ),
    h("tbody", {}, ...lines),
  );

  function narrow() {
    for (const [index, line] of lines.entries()) line.hidden = only.checked && !rows[index].differs;
    equal.hidden = !only.checked || rows.some((row) => row.differs);
    table.hidden = !equal.hidden;
  }

  return h(
    "section",
    { class: "settings" },
    h(
      "div",
      { class: "settings-head" },
      h("h3", { text: msg("Settings") }),
      h("label", { class: "only" }, only, " ", msg("Only what differs")),
    ),
    equal,
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": msg("Settings, side by side") }, table),
  );
}

/**
 * A long text is folded; a button in the row's head opens it.
 *
 * @param {HTMLElement} line
 * @param {string} label
 */
function unfold(line, label) {
  line.classList.add("folded");
  /** @type {HTMLButtonElement} */
  const button = h("button", {
    type: "button",
    class: "textual",
    text: msg("Show all"),
    "aria-expanded": "false",
    "aria-label": msg("Show all of: {setting}", { setting: label }),
    onclick: () => {
      const folded = line.classList.toggle("folded");
      button.textContent = folded ? msg("Show all") : msg("Show less");
      const named = { setting: label };
      button.setAttribute(
        "aria-label",
        folded ? msg("Show all of: {setting}", named) : msg("Show less of: {setting}", named),
      );
      button.setAttribute("aria-expanded", String(!folded));
    },
  });
  return button;
}
