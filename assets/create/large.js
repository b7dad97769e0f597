// One image of the results large, as a step of the page's history with an address of its own.
import { showAddressed } from "../viewer/addressed.js";
import { openCompare } from "../viewer/compare.js";
import { stageStep } from "../viewer/onstage.js";
import { watchSteps } from "../viewer/steps.js";
import { openViewer } from "../viewer/viewer.js";

/**
 * `all()` are the cards in the order of the page, `reuse(choice)` fills the form, `started(job)` shows
 * a job and `live(record)` is what the stage shows from there.
 *
 * @param {{
 *   all: () => import("./card.js").Card[],
 *   reuse: (choice: Reuse) => void,
 *   started: (job: Job) => void,
 *   live: (record: ImageRecord) => StageSource,
 * }} results
 */
export function makeLarge({ all, reuse, started, live }) {
  watchSteps({
    viewer: { name: "view", open: openAddressed },
    stage: stageStep,
    compare: { name: "compare", open: (list) => openCompare(list.split(",")) },
  });

  /** @param {ImageRecord} record */
  function open(record) {
    const cards = all().filter((card) => card.run.record);
    const listed = () => cards.flatMap((card) => (card.root.hidden ? [] : (card.run.record ?? [])));
    /** @param {string | undefined} id */
    const cardOf = (id) => cards.find((card) => card.run.record?.id === id);
    /** @param {import("./card.js").Card | undefined} card */
    const focusOn = (card) => card?.root.querySelector("button.frame")?.focus();
    openViewer({
      total: () => listed().length,
      record: async (i) => listed()[i] ?? null,
      index: listed().findIndex((candidate) => candidate.id === record.id),
      indexOf: (id) => listed().findIndex((candidate) => candidate.id === id),
      live,
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
      reuse,
      started,
      closed(index) {
        if (document.activeElement === document.body) focusOn(cardOf(listed()[index]?.id));
      },
    });
  }

  /**
   * Open the image that the address names, also one that the page shows no card of.
   *
   * @param {string} id
   */
  async function openAddressed(id) {
    const card = all().find(({ root, run }) => run.record?.id === id && !root.hidden);
    if (card?.run.record) return open(card.run.record);
    await showAddressed(id, (row) => openViewer({ ...row, reuse, started }));
  }

  return { open };
}
