// Mouse and fingers on the stage: who does nothing sees the picture alone.

const REST_MS = 3000;
const SWIPE_PX = 56;
const TAP_PX = 12;

/**
 * The class `resting` is on `root` while its cursor and its bar are to be hidden. A tap shows and
 * hides the bar, `go(step)` is a stroke to the side.
 *
 * @param {HTMLElement} root
 * @param {{ go: (step: number) => void }} told
 */
export function makeHands(root, { go }) {
  let timer = 0;
  /** @type {{ id: number, x: number, y: number } | null} */
  let down = null;
  let swallow = false; // the click of a tap that showed the bar: it lies under that finger only now

  function wake() {
    clearTimeout(timer);
    root.classList.remove("resting");
    timer = setTimeout(rest, REST_MS);
  }

  function rest() {
    clearTimeout(timer);
    root.classList.add("resting");
  }

  root.addEventListener("pointermove", (event) => {
    // Chromium tells of a move when what is under a resting mouse changes: it has not moved.
    if (event.pointerType !== "touch" && (event.movementX || event.movementY)) wake();
  });
  root.addEventListener("pointerdown", (event) => {
    swallow = false;
    if (event.pointerType !== "touch") return wake();
    down = event.isPrimary ? { id: event.pointerId, x: event.clientX, y: event.clientY } : null; // two fingers zoom
  });
  root.addEventListener("pointercancel", () => {
    down = null;
  });
  root.addEventListener("pointerup", (event) => {
    const from = down;
    down = null;
    if (from?.id !== event.pointerId) return;
    const [x, y] = [event.clientX - from.x, event.clientY - from.y];
    if (Math.abs(x) > SWIPE_PX && Math.abs(x) > 2 * Math.abs(y)) go(-Math.sign(x));
    else if (Math.hypot(x, y) > TAP_PX) return;
    else if (/** @type {Element} */ (event.target).closest("button")) wake();
    else if (root.classList.contains("resting")) {
      swallow = true;
      wake();
    } else rest();
  });
  root.addEventListener(
    "click",
    (event) => {
      if (swallow && event.detail) event.stopPropagation(); // those of keys have none
      swallow = false;
    },
    { capture: true },
  );
  wake();

  return { stop: () => clearTimeout(timer) };
}
