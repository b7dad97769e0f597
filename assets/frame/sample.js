// What the sample engine is, said once in a browser; from then on the chip in the header tells it.
import { h } from "../shared/dom.js";
import { keepForGood, kept } from "../shared/kept.js";

const SAID = "playground:sample-said";

/**
 * Show `mode`, what the header says of where images come from, and the notice where it is due.
 *
 * @param {HTMLElement} header
 */
export function sampleNotice(header) {
  const chip = /** @type {HTMLElement | null} */ (header.querySelector(".mode"));
  const notice = header.querySelector(".notice");
  if (!chip || !notice) return () => {};
  const opener = h("button", {
    type: "button",
    "aria-controls": notice.id,
    onclick: () => show(notice.hasAttribute("hidden")),
  });
  notice.querySelector("button")?.addEventListener("click", () => {
    show(false);
    opener.focus();
  });

  /** @param {boolean} open */
  function show(open) {
    notice?.toggleAttribute("hidden", !open);
    opener.setAttribute("aria-expanded", String(open));
  }

  /**
   * @param {string} mode
   * @param {boolean} offline whether the sample engine makes the images
   */
  function told(mode, offline) {
    const held = document.activeElement === opener;
    const changed = chip?.dataset.offline !== String(offline) || !chip?.contains(opener);
    if (chip) chip.dataset.offline = String(offline);
    if (!offline) {
      chip?.replaceChildren(h("span", { text: mode }));
      show(false);
      return keepForGood(SAID, null); // to be said anew, should it come back
    }
    opener.textContent = mode;
    if (!changed) return;
    chip?.replaceChildren(opener);
    if (held) opener.focus();
    show(!kept(SAID));
    keepForGood(SAID, "1");
  }

  told(chip.textContent ?? "", chip.dataset.offline === "true");
  return told;
}
