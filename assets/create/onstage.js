// The results on the stage: the newest image, and each one as it comes.

import { answering } from "../shared/connection.js";
import { h } from "../shared/dom.js";
import { watchJobs } from "../shared/following.js";
import { isLive } from "../shared/jobs.js";
import { letterOf } from "../shared/keys.js";
import { msg } from "../shared/language.js";
import { offerStage } from "../viewer/onstage.js";

const FIELDS = "input:not([type=checkbox], [type=radio], [type=range]), textarea, select, [contenteditable]";

/**
 * `all()` are the cards in the order of the page. Its `button` leads there, as the key f does outside
 * of fields; `source(record)` is the row that the stage follows, begun at that image.
 *
 * @param {{ all: () => import("./card.js").Card[] }} results
 */
export function makeOnStage({ all }) {
  const listed = () => all().flatMap(({ root, run }) => (root.hidden ? [] : (run.record ?? [])));
  /** @param {string} id */
  const indexOf = (id) => listed().findIndex((record) => record.id === id);

  /** @type {NonNullable<StageSource["watch"]>} */
  function watch(hear) {
    const known = new Set(listed().map(({ id }) => id));
    function look() {
      const made = listed().filter(({ id }) => !known.has(id));
      for (const { id } of made) known.add(id);
      // While the program does not answer nobody knows whether anything is being made.
      const making = answering() ? all().filter(({ run }) => isLive(run)).length : 0;
      hear({ making, made: made[0] });
    }
    const unwatch = watchJobs({ jobs: look, run: look }); // after the cards, which watch since before
    document.addEventListener("playground:connection", look);
    look();
    return () => {
      unwatch();
      document.removeEventListener("playground:connection", look);
    };
  }

  /** @param {StageImage | null} image */
  function source(image) {
    const index = image ? Math.max(0, indexOf(image.id)) : 0;
    return {
      total: () => listed().length,
      record: async (/** @type {number} */ i) => listed()[i] ?? null,
      index,
      indexOf,
      watch,
    };
  }

  /** The image of the card that has the focus, else the newest. */
  function chosen() {
    const focused = all().find(({ root }) => root.contains(document.activeElement));
    return focused?.run.record ?? null;
  }

  const stage = offerStage({ source: () => source(chosen()) });
  const button = h("button", {
    type: "button",
    class: "to-stage",
    text: msg("Full screen"),
    title: msg("The newest image on the whole screen (f)"),
    "aria-keyshortcuts": "f",
    onclick: stage.open,
  });

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.repeat || letterOf(event) !== "f") return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (document.querySelector("dialog:modal, :popover-open")) return;
    if (/** @type {Element} */ (event.target).closest?.(FIELDS)) return;
    event.preventDefault();
    stage.open();
  });

  return { button, source };
}
