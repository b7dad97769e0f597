// A code to scan that changes.
import { h } from "../shared/dom.js";
import { freshSvg } from "../shared/fresh_svg.js";

/**
 * `draw` is told what the code of now stands for, "" for none.
 *
 * @param {string} alt
 * @param {string} path
 */
export function makeScan(alt, path) {
  const root = h("img", { class: "scan", alt, width: 240, height: 240, hidden: true });
  let drawn = "";
  return {
    root,
    /** @param {string} of */
    async draw(of) {
      if (of === drawn) return;
      drawn = of;
      root.hidden = !of;
      if (!of) return;
      const image = await freshSvg(path);
      if (drawn !== of) return;
      if (image) root.src = image;
      else drawn = ""; // the next state asks again
    },
  };
}
