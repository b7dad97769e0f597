// The ways to the stage, each a step of the page's history: from the page itself and, before it, from
// the viewer that is open over it.
import { openStage } from "../stage/stage.js";
import { enter, forget, isAsked, isComing } from "./steps.js";

const ON = "1"; // there is one stage; what it shows, the viewer's own step names

/** @type {(() => void)[]} */
const ways = []; // the foremost last
/** @type {import("../stage/stage.js").Stage | null} */
let stage = null;

/** The stage's name in the page's address, and how it is opened by it. */
export const stageStep = {
  name: "stage",
  open() {
    if (isComing("viewer")) return; // it goes there by itself, once it has its image
    const way = ways.at(-1);
    if (way) way();
    else forget("stage");
  },
};

/**
 * Offer a way to the stage: `source()` is what it shows then, null where there is nothing;
 * `moved(image)` hears of each image that is shown there.
 *
 * @param {{ source: () => StageSource | null, moved?: (image: StageImage) => void }} what
 */
export function offerStage({ source, moved }) {
  function open() {
    const row = stage ? null : source();
    if (!row) return;
    const mine = openStage({
      moved,
      closed() {
        stage = null;
        step.leave();
      },
    });
    stage = mine;
    const step = enter("stage", ON, mine.close);
    mine.follow(row);
  }

  ways.push(open);
  return {
    open,
    /** Go there if the address says so. */
    openAsked: () => isAsked("stage", ON) && open(),
    withdraw() {
      const at = ways.indexOf(open);
      if (at >= 0) ways.splice(at, 1);
    },
  };
}
