// The picture on a stage. One is put in place of another once it can be painted, so that nothing
// flashes, and what was shown before is let go: a stage may stand for hours.
import { h } from "../shared/dom.js";
import { msg } from "../shared/language.js";

const STAND_IN_MS = 250; // after so long the thumbnail is shown, as large, until the image is here

/**
 * The frame of the picture; `show(image)` shows another one and resolves to whether it did. A
 * `patient` frame keeps the former picture until the next one is here, and where that never comes.
 */
export function makePicture({ patient = false } = {}) {
  const root = h("div", { class: "scene-picture" });
  let [next, shown] = [frame(), frame()];
  let turn = 0;

  return {
    root,
    /** Its width by its height, once it is there. */
    get ratio() {
      return shown.naturalWidth / shown.naturalHeight || 1;
    },
    /** @param {Pick<StageImage, "image_url" | "thumb_url" | "prompt">} image */
    async show({ image_url, thumb_url, prompt }) {
      turn += 1;
      const mine = turn;
      next.alt = prompt || msg("Image without a prompt");
      next.classList.remove("missing");
      next.style.backgroundImage = patient ? "" : `url("${thumb_url}")`;
      next.src = image_url;
      const decoded = next.decode().then(
        () => true,
        () => false,
      );
      const late = new Promise((resolve) => setTimeout(resolve, STAND_IN_MS));
      const here = await (patient ? decoded : Promise.race([decoded, late]));
      if (mine !== turn) return false;
      if (patient && !here) {
        next.removeAttribute("src");
        return false;
      }
      root.replaceChildren(next);
      [next, shown] = [shown, next];
      next.removeAttribute("src");
      return true;
    },
  };
}

/** Two take turns, for as long as the stage stands. */
function frame() {
  const image = h("img", { draggable: "false", decoding: "async" });
  image.addEventListener("load", () => {
    image.style.backgroundImage = "";
  });
  // A file that cannot be had leaves its thumbnail, else black: no sign of it is for the room.
  image.addEventListener("error", () => image.classList.add("missing"));
  return image;
}
