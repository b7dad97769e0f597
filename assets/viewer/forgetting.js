// Forgetting images of the trash for good, with all their words. The page hears of it as the event
// "playground:forgotten".
import { ask } from "../shared/ask.js";
import { inRow, msg, msgN } from "../shared/language.js";
import { askFirst } from "../shared/question.js";
import { toast } from "../shared/toast.js";

/**
 * Ask, then forget `target`, which are `count` images; `done()` is called after it.
 *
 * @param {Target} target
 * @param {number} count
 * @param {() => unknown} done
 */
export function askToForget(target, count, done) {
  askFirst({
    title: msgN("Forget this image for good?", "Forget {n} images for good?", count),
    text: msgN(
      "The image, its prompt and its marks go for good, here and in the history. Other images with the same prompt keep it. What it cost stays counted. This cannot be undone.",
      "The images, their prompts and their marks go for good, here and in the history. Other images with the same prompts keep them. What they cost stays counted. This cannot be undone.",
      count,
    ),
    yes: msgN("Forget 1 image", "Forget {n} images", count),
    /** @returns {Promise<{ forgotten: number, kept_in: string[] }>} */
    go: () => ask("/api/trash/forget", { body: target }),
    done({ forgotten, kept_in: files }) {
      document.dispatchEvent(new CustomEvent("playground:forgotten", { detail: { ids: target.ids ?? null } }));
      toast(msgN("1 image was forgotten", "{n} images were forgotten", forgotten));
      if (files.length)
        toast(
          msg("An older database may still hold what was forgotten: {files}. Delete it once you no longer need it.", {
            files: inRow(files),
          }),
          { urgent: true },
        );
      return done();
    },
  });
}
