// The third axis as tabs: arrows go from one to the next.
import { h } from "../shared/dom.js";
import { msg } from "../shared/language.js";
import { stepFor } from "../shared/onward.js";
import { shown } from "./axis_names.js";

/**
 * `panel` shows what the tab that is chosen holds, once `chosen()` has drawn it.
 *
 * @param {HTMLElement} panel
 * @param {() => void} chosen
 */
export function makeTabs(panel, chosen) {
  const name = h("span", { class: "axis-name", id: "experiment-tabs-name" });
  const list = h("div", { class: "tabs", role: "tablist", "aria-labelledby": name.id, onkeydown: walk });
  const root = h("div", { class: "tab-line", hidden: true }, name, list);
  let at = 0;

  /** @param {number} index */
  function choose(index) {
    at = index;
    mark();
    chosen();
  }

  function mark() {
    for (const [index, tab] of [...list.querySelectorAll("button")].entries()) {
      tab.setAttribute("aria-selected", String(index === at));
      tab.tabIndex = index === at ? 0 : -1;
    }
    panel.setAttribute("aria-labelledby", `experiment-tab-${at}`);
  }

  /** @param {KeyboardEvent} event */
  function walk(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const last = list.childElementCount - 1;
    const steps = /** @type {Record<string, number>} */ ({ ArrowLeft: at + stepFor(-1), ArrowRight: at + stepFor(1) });
    const to = { ...steps, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    choose((to + last + 1) % (last + 1));
    list.querySelectorAll("button")[at].focus();
  }

  return {
    root,
    get at() {
      return at;
    },
    /**
     * @param {AxisOf} axis
     * @param {(kind: string) => string} nameOf
     */
    build(axis, nameOf) {
      at = Math.min(at, Math.max(0, axis.labels.length - 1));
      root.hidden = !axis.kind;
      name.textContent = axis.kind ? nameOf(axis.kind) : "";
      list.replaceChildren(
        ...axis.labels.map((label, index) =>
          h("button", {
            type: "button",
            role: "tab",
            id: `experiment-tab-${index}`,
            "aria-controls": panel.id,
            text: shown(label),
            dir: "auto",
            onclick: () => choose(index),
          }),
        ),
      );
      panel.setAttribute("role", axis.kind ? "tabpanel" : "region");
      if (axis.kind) mark();
      else {
        panel.removeAttribute("aria-labelledby");
        panel.setAttribute("aria-label", msg("Cells"));
      }
    },
  };
}
