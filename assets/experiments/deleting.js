// Deleting an experiment: its images stay, unless somebody says that they are to go to the trash.
import { ask, getJson } from "../shared/ask.js";
import { h } from "../shared/dom.js";
import { msg, msgN } from "../shared/language.js";
import { askFirst } from "../shared/question.js";
import { toast } from "../shared/toast.js";

let asking = false;

/**
 * Ask first; `done()` is called once it is gone.
 *
 * @param {{ id: string, title: string }} one
 * @param {() => void} done
 */
export async function askToDelete({ id, title }, done) {
  if (asking) return; // a second click would be a second question
  asking = true;
  /** @type {{ images: number } | null} */
  const own = await getJson(`/api/experiments/${id}/images`);
  asking = false;
  const count = own?.images ?? 0;
  const too = h("input", { type: "checkbox" });
  askFirst({
    title: msg("Delete the experiment?"),
    text: title
      ? msg("\u201c{title}\u201d and its table will be gone. Its images stay in the gallery.", { title })
      : msg("Its table will be gone. Its images stay in the gallery."),
    more: count
      ? h(
          "label",
          { class: "check" },
          too,
          h("span", {
            text: msgN(
              "Also move 1 image to the trash that nothing else shows",
              "Also move {n} images to the trash that nothing else shows",
              count,
            ),
          }),
        )
      : null,
    yes: msg("Delete the experiment"),
    /** @returns {Promise<{ trashed: number, undo: string | null }>} */
    go: () => ask(`/api/experiments/${id}`, { body: { do: "delete", images: too.checked } }),
    done({ trashed, undo }) {
      if (undo) offerBack(trashed, undo);
      else toast(msg("The experiment was deleted."));
      done();
    },
  });
}

/**
 * @param {number} count
 * @param {string} undo
 */
function offerBack(count, undo) {
  toast(
    msgN(
      "The experiment was deleted, and 1 image moved to the trash.",
      "The experiment was deleted, and {n} images moved to the trash.",
      count,
    ),
    {
      action: msg("Restore the images"),
      async onaction() {
        try {
          /** @type {Changed} */
          const { changed } = await ask("/api/images", { body: { undo } });
          toast(msgN("1 image restored", "{n} images restored", changed));
        } catch (error) {
          toast(/** @type {Error} */ (error).message, { urgent: true });
        }
      },
    },
  );
}
