// The whole screen for one element, where the browser has it to give, and kept awake meanwhile.

/** Done once the last end of it has come: until then it would end the next one, too. */
let ending = Promise.resolve();

/**
 * `left()` is called when the browser has ended it, as by Escape, and `changed()` at any change.
 *
 * @param {HTMLElement} root
 * @param {{ left: () => void, changed: () => void }} told
 */
export function makeScreen(root, { left, changed }) {
  /** @type {WakeLockSentinel | null} */
  let awake = null;
  let [was, ended, refused] = [false, false, !root.requestFullscreen];
  const full = () => document.fullscreenElement === root;

  function turned() {
    const before = was;
    was = full();
    changed();
    if (before && !was && !ended) left();
  }

  /** A browser lets go of it when the page is not seen. Over plain http on a LAN it has none. */
  async function wake() {
    if (document.hidden || ended) return;
    awake = (await navigator.wakeLock?.request("screen").catch(() => null)) ?? null;
    if (ended) awake?.release();
  }

  document.addEventListener("fullscreenchange", turned);
  document.addEventListener("visibilitychange", wake);
  wake();

  return {
    full,
    /** Whether it may still be had. */
    possible: () => !full() && !refused,
    /** Ask for it. Browsers give it to a press alone; without it the element fills the window. */
    async enter() {
      await ending;
      if (ended) return;
      try {
        await root.requestFullscreen({ navigationUI: "hide" });
      } catch {
        // With a press it would have been given, had it been allowed.
        refused ||= !document.fullscreenEnabled || navigator.userActivation?.isActive === true;
        changed();
      }
    },
    leave() {
      ended = true;
      document.removeEventListener("fullscreenchange", turned);
      document.removeEventListener("visibilitychange", wake);
      awake?.release();
      if (full()) ending = document.exitFullscreen().catch(() => {});
    },
  };
}
