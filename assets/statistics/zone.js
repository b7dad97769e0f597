// Whose days are counted: those of this computer's time zone, or those of UTC.
import { ask } from "../shared/ask.js";
import { h } from "../shared/dom.js";
import { joinedParts, msg } from "../shared/language.js";

const UTC = "UTC";

/**
 * A sentence that says whose days these are, with a button for the other ones; `changed()` is called
 * when that was pressed.
 *
 * @param {() => void} changed
 */
export function makeZone(changed) {
  let own = Intl.DateTimeFormat().resolvedOptions().timeZone ?? ""; // "" where nobody knows it
  let utc = new URLSearchParams(location.search).get("zone") === UTC;
  const plain = () => utc || !own || own === UTC;
  const whose = h("span");
  const other = h("button", {
    type: "button",
    class: "plainly",
    onclick: () => {
      utc = !utc;
      changed();
    },
  });
  const offer = h("span", {}, other, " ");

  return {
    root: h("span", {}, ...joinedParts(whose, offer)),

    /** What keeps the choice in the page's address. */
    get kept() {
      return utc ? `&zone=${UTC}` : "";
    },

    /**
     * What was made in the last `days`; in UTC where the server does not know this zone.
     *
     * @param {number} days
     * @returns {Promise<Statistics | null>} null where there is no answer
     */
    async statistics(days) {
      try {
        return await ask(`/api/statistics?days=${days}&zone=${encodeURIComponent(plain() ? UTC : own)}`);
      } catch (error) {
        if (plain() || /** @type {AskError} */ (error).refused?.field !== "zone") return null;
        own = "";
        return this.statistics(days);
      }
    },

    draw() {
      whose.textContent = plain()
        ? msg("Days are in UTC.")
        : msg("Days begin at midnight in {zone}.", { zone: own.replaceAll("_", " ") });
      offer.hidden = !own || own === UTC;
      other.textContent = utc ? msg("Show days as here") : msg("Show days in UTC");
    },
  };
}
