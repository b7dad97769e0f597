// One image of the gallery large: from its place in the list, or from the page's address.
import { showAddressed } from "../viewer/addressed.js";
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
      indexOf: (id) => list.indexOf(id),
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
      await showAddressed(id, (row) => {
        if (!viewing) view(row);
      });
    },
  };
}
