// The images in turn, for a room: those that are selected, or all that the search in sight finds.

import { msg } from "../shared/language.js";
import { openStageWindow } from "../shared/stage_window.js";
import { toast } from "../shared/toast.js";

/** So many selected images are named one by one; an address holds no more. */
export const SLIDES_MOST = 100;

/**
 * Play them in a window of their own.
 *
 * @param {string} query what the gallery shows
 * @param {import("./selection.js").Selection} selection
 */
export function playSlides(query, selection) {
  const { ids = [], query: all = query } = selection.size ? selection.target() : {};
  if (ids.length > SLIDES_MOST) return toast(msg("Slides hold up to {n} selected images.", { n: SLIDES_MOST }));
  const asked = new URLSearchParams(ids.length ? "" : all);
  asked.set("slides", "1");
  if (ids.length) asked.set("ids", ids.join(","));
  if (!openStageWindow(`?${asked.toString().replaceAll("%2C", ",")}`))
    toast(msg("The browser did not open a window. Allow pop-ups for this page, then try again."));
}
