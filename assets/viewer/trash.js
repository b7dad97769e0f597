// The viewer's way into the trash, out of it, and from it for good.
import { msg } from "../shared/language.js";
import { mark } from "../shared/marks.js";
import { toast } from "../shared/toast.js";
import { askToForget } from "./forgetting.js";

/**
 * `changed(record)` hears of a record that is out of the trash, `leaves(record)` of one that may have
 * left the row one walks through, `returned()` that one is in it again.
 *
 * @param {{
 *   changed: (record: ImageRecord) => unknown,
 *   leaves: (record: ImageRecord) => Promise<void>,
 *   returned: () => Promise<void>,
 * }} viewer
 */
export function makeTrash({ changed, leaves, returned }) {
  /** @type {Set<string>} */
  const going = new Set(); // a second press means the same image

  /**
   * Move `record` there or back, and say so, with what takes it back.
   *
   * @param {ImageRecord} record
   * @param {boolean} deleted
   */
  async function move(record, deleted) {
    if (going.has(record.id) || (record.deleted !== null) === deleted) return;
    going.add(record.id);
    try {
      const { deleted: before } = record;
      const { record: now, undo } = await mark(record.id, { deleted });
      Object.assign(record, now);
      undo?.after(async () => {
        Object.assign(record, { deleted: before });
        await changed(record);
        await returned();
      });
      toast(deleted ? msg("Moved to the trash.") : msg("Restored from the trash."), { undo });
      if (!deleted) await changed(record);
    } catch (error) {
      toast(/** @type {AskError} */ (error).message, { urgent: true });
      return;
    } finally {
      going.delete(record.id);
    }
    await leaves(record);
  }

  return {
    /** @param {ImageRecord} record */
    forget: (record) => askToForget({ ids: [record.id] }, 1, () => leaves(record)),
    /** @param {ImageRecord} record */
    remove: (record) => move(record, true),
    /** @param {ImageRecord} record */
    restore: (record) => move(record, false),
  };
}
