// The picture on the stage. One is put in place of another once it can be painted, so that nothing
// flashes, and what was shown before is let go: a stage may stand for hours.
import { h } from "../shared/dom.js";
import { msg } from "../shared/language.js";

const STAND_IN_MS = 250; // after so long the thumbnail is shown, as large, until the image is here

/** The frame of the picture; `show(image)` shows another one. */
export function makePicture() {
  const root = h("div", { class: "scene-picture" });
  let turn = 0;

  return {
    root,
    /** @param {StageImage} image */
    async show({ image_url, thumb_url, prompt }) {
      turn += 1;
      const mine = turn;
      /** @type {HTMLImageElement} */
      const next = h("img", { alt: prompt || msg("Image without a prompt"), draggable: "false", decoding: "async" });
      next.style.backgroundImage = `url("${thumb_url}")`;
      next.addEventListener("load", () => {
        next.style.backgroundImage = "";
      });
      // A file that cannot be had leaves its thumbnail, else black: no sign of it is for the room.
      next.addEventListener("error", () => next.classList.add("missing"));
      next.src = image_url;
      await Promise.race([next.decode().catch(() => {}), new Promise((resolve) => setTimeout(resolve, STAND_IN_MS))]);
      if (mine === turn) root.replaceChildren(next);
      else next.removeAttribute("src");
    },
  };
}
