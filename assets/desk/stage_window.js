// The stage, opened from the desk: what a browser forbids is said.
import { h } from "../shared/dom.js";
import { msg } from "../shared/language.js";
import { openStageWindow } from "../shared/stage_window.js";
import { toast } from "../shared/toast.js";

/** Open the stage, or bring it to the front. */
export function openStage() {
  if (openStageWindow()) return;
  toast(msg("The browser did not open the stage. Allow pop-up windows for this page, then press again."), {
    urgent: true,
  });
}

/** What to do with the window, beside the button. */
export const stageHint = () =>
  h("p", { class: "note", text: msg("Drag the window to the projector, then press F in it for the full screen.") });
