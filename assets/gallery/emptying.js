// Emptying the trash: it is asked first, for it cannot be undone.
import { ask, getJson } from "../shared/ask.js";
import { msg, msgN } from "../shared/language.js";
import { askFirst } from "../shared/question.js";
import { toast } from "../shared/toast.js";

/**
 * Returns what asks and then empties it. `known()` is how many were last seen there, `done()` is
 * called after it, `nothing()` where there is none.
 *
 * @param {{ known: () => number, done: () => unknown, nothing: () => void }} trash
 */
export function makeEmptying({ known, done, nothing }) {
  let asking = false;

  return async function confirm() {
    if (asking) return; // a second click would be a second question
    asking = true;
    const count = (await getJson("/api/facets"))?.trash ?? known(); // what is shown may be a moment old
    asking = false;
    if (!count) return nothing();
    askFirst({
      title: msg("Empty the trash?"),
      text: msgN(
        "1 image will be removed for good, with its file. This cannot be undone.",
        "{n} images will be removed for good, with their files. This cannot be undone.",
        count,
      ),
      yes: msgN("Remove 1 image", "Remove {n} images", count),
      go: () => ask("/api/trash/empty", { body: {} }),
      done({ removed }) {
        toast(msgN("1 image was removed for good", "{n} images were removed for good", removed));
        return done();
      },
    });
  };
}
