// How large the thumbnails are: a choice of three that the browser keeps.
import { h } from "../shared/dom.js";
import { msg } from "../shared/language.js";

const KEPT = "playground:thumbnails";

/** @typedef {"small" | "medium" | "large"} Size */

/** @type {[size: Size, text: string][]} */
const SIZES = [
  ["small", msg("Small")],
  ["medium", msg("Medium")],
  ["large", msg("Large")],
];

/** @param {{ changed: () => void }} told */
export function makeSize({ changed }) {
  const select = h(
    "select",
    {
      "aria-label": msg("Size of thumbnails"),
      title: msg("Size of thumbnails"),
      "aria-keyshortcuts": "+ -",
      onchange: take,
    },
    ...SIZES.map(([value, text]) => h("option", { value, text })),
  );
  select.value = kept();

  function take() {
    try {
      localStorage.setItem(KEPT, select.value);
    } catch {} // then it is kept as long as the page
    changed();
  }

  return {
    root: h("label", { class: "size" }, h("span", { class: "glyph g-grid" }), select),
    /** @returns {Size} */
    get value() {
      return /** @type {Size} */ (select.value);
    },
    /**
     * Take the next larger (1) or smaller (-1) one, if any.
     *
     * @param {number} by
     */
    step(by) {
      const at = select.selectedIndex + by;
      if (at < 0 || at >= SIZES.length) return;
      select.selectedIndex = at;
      take();
    },
  };
}

/** @returns {Size} */
function kept() {
  let found = null;
  try {
    found = localStorage.getItem(KEPT);
  } catch {}
  return SIZES.find(([size]) => size === found)?.[0] ?? "medium";
}
