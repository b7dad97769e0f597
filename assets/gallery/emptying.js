// Emptying the trash: it is asked first, for it cannot be undone.
import { ask, getJson } from "../shared/ask.js";
import { h } from "../shared/dom.js";
import { msg, msgN } from "../shared/language.js";
import { toast } from "../shared/toast.js";
import { complain } from "./deeds.js";

/**
 * Returns what asks and then empties it. `known()` is how many were last seen there, `done()` is
 * called after it, `nothing()` where there is none.
 *
 * @param {{ known: () => number, done: () => unknown, nothing: () => void }} trash
 */
export function makeEmptying({ known, done, nothing }) {
  let asking = false;

  async function remove() {
    try {
      const { removed } = await ask("/api/trash/empty", { body: {} });
      toast(msgN("1 image was removed for good", "{n} images were removed for good", removed));
      await done();
    } catch (error) {
      complain(error);
    }
  }

  return async function confirm() {
    if (asking) return; // a second click would be a second question
    asking = true;
    const count = (await getJson("/api/facets"))?.trash ?? known(); // what is shown may be a moment old
    asking = false;
    if (!count) return nothing();
    /** @type {HTMLDialogElement} */
    const dialog = h(
      "dialog",
      {
        class: "small-dialog",
        role: "alertdialog",
        "aria-labelledby": "confirm-title",
        "aria-describedby": "confirm-text",
        onclose: () => dialog.remove(),
      },
      h("h3", { id: "confirm-title", text: msg("Empty the trash?") }),
      h("p", {
        id: "confirm-text",
        text: msgN(
          "1 image will be removed for good, with its file. This cannot be undone.",
          "{n} images will be removed for good, with their files. This cannot be undone.",
          count,
        ),
      }),
      h(
        "div",
        { class: "answers" },
        h("button", { type: "button", text: msg("Cancel"), onclick: () => dialog.close() }),
        h("button", {
          type: "button",
          class: "main danger",
          text: msgN("Remove 1 image", "Remove {n} images", count),
          onclick: () => {
            dialog.close();
            remove();
          },
        }),
      ),
    );
    document.body.append(dialog);
    dialog.showModal();
  };
}
