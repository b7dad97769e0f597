// The screen stays on while a session is led: browsers give that up when a page is hidden.

/** Returns how to say whether it is to stay on. Where a browser cannot, nothing happens. */
export function stayAwake() {
  let wanted = false;
  /** @type {WakeLockSentinel | null} */
  let lock = null;
  let asking = false;

  async function arrange() {
    if (!wanted) {
      await lock?.release();
      lock = null;
      return;
    }
    if (asking || document.hidden || (lock && !lock.released)) return;
    asking = true;
    lock = (await navigator.wakeLock?.request("screen").catch(() => null)) ?? null;
    asking = false;
    if (!wanted) arrange();
  }

  document.addEventListener("visibilitychange", arrange);
  /** @param {boolean} on */
  return (on) => {
    if (on === wanted) return;
    wanted = on;
    arrange();
  };
}
