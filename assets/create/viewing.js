// The viewer over the cards of the results: it walks through their images, they follow what it does.
import { openViewer } from "../viewer/viewer.js";

/**
 * View `record`, one of `all`, newest first; `viewer` adds what it does beside walking.
 *
 * @param {import("./card.js").Card[]} all
 * @param {ImageRecord} record
 * @param {Pick<ViewerRow, "reuse" | "started">} viewer
 */
export function viewCard(all, record, viewer) {
  const cards = all.filter((card) => card.run.record);
  const listed = () => cards.flatMap((card) => (card.root.hidden ? [] : (card.run.record ?? [])));
  /** @param {string | undefined} id */
  const cardOf = (id) => cards.find((card) => card.run.record?.id === id);
  /** @param {import("./card.js").Card | undefined} card */
  const focusOn = (card) => card?.root.querySelector("button.frame")?.focus();
  openViewer({
    ...viewer,
    total: () => listed().length,
    record: async (i) => listed()[i] ?? null,
    index: listed().findIndex((candidate) => candidate.id === record.id),
    changed(stored) {
      const card = cardOf(stored.id);
      if (!card?.run.record) return;
      Object.assign(card.run.record, stored);
      if (!stored.deleted) card.root.hidden = false;
    },
    removed(id) {
      const card = cardOf(id);
      if (!card) return;
      const focused = card.root.contains(document.activeElement);
      card.root.hidden = Boolean(card.run.record?.deleted);
      if (focused) focusOn(cards.find((other) => !other.root.hidden));
    },
    closed(index) {
      if (document.activeElement === document.body) focusOn(cardOf(listed()[index]?.id));
    },
  });
}
