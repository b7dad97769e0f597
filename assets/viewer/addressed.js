// An image that the page's address names, and that no list or card of the page holds.
import { getJson } from "../shared/ask.js";
import { msg } from "../shared/language.js";
import { toast } from "../shared/toast.js";
import { shorten } from "../shared/words.js";
import { forget, isAsked } from "./steps.js";

/**
 * Show the image by its record, while the address still names it; say so where there is none.
 *
 * @param {string} id
 * @param {(row: Pick<ViewerRow, "total" | "record" | "index">) => void} show
 */
export async function showAddressed(id, show) {
  /** @type {Details | null} */
  const found = await getJson(`/api/images/${encodeURIComponent(id)}`);
  if (!isAsked("viewer", id)) return;
  if (found) show({ total: () => 1, record: async () => found.record, index: 0 });
  else {
    forget("viewer");
    forget("stage"); // which was to show it
    toast(msg("There is no image {id} here.", { id: shorten(id, 12) }), { urgent: true });
  }
}
