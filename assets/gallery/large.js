// One image of the gallery large: from its place in the list, or from the page's address.
import { ask } from "../shared/ask.js";
import { toast } from "../shared/toast.js";
import { shorten } from "../shared/words.js";
import { forget, isAsked } from "../viewer/steps.js";
import { openViewer } from "../viewer/viewer.js";

/**
 * `draw()` is called when an image left the list, `settled()` once the viewer has closed and
 * `focusOn(index)` then where it ended.
 *
 * @param {{
 *   list: import("./list.js").List,
 *   draw: () => void,
 *   settled: () => void,
 *   focusOn: (index: number) => void,
 * }} gallery
 */
export function makeLarge({ list, draw, settled, focusOn }) {
  let viewing = false;

  /** @param {ViewerRow} row */
  function view(row) {
    viewing = true;
    openViewer({
      removed: (id) => {
        if (list.indexOf(id) < 0) return;
        list.remove([id]);
        draw();
      },
      ...row,
      closed: (index) => {
        viewing = false;
        settled();
        row.closed?.(index);
      },
    });
  }

  /** @param {number} index */
  function open(index) {
    view({
      total: () => list.total ?? 0,
      record: (i) => list.load(i).catch(() => null),
      index,
      closed: (at) => {
        if (list.total) focusOn(at);
      },
    });
  }

  return {
    /** Whether an image is large now. */
    get viewing() {
      return viewing;
    },
    open,
    /**
     * Open the image that the address names, wherever it is in the list, if at all.
     *
     * @param {string} id
     */
    async openAddressed(id) {
      const index = list.indexOf(id);
      if (index >= 0) return open(index);
      try {
        /** @type {Details} */
        const { record } = await ask(`/api/images/${encodeURIComponent(id)}`);
        if (isAsked("viewer", id) && !viewing) view({ total: () => 1, record: async () => record, index: 0 });
      } catch {
        if (!isAsked("viewer", id)) return;
        forget("viewer");
        toast(`There is no image ${shorten(id, 12)} here.`, { urgent: true });
      }
    },
  };
}
