// One picture as large as it goes, with its words where they take the least of it.
import { h } from "../shared/dom.js";
import { msg } from "../shared/language.js";
import { dollars, seconds } from "../shared/words.js";
import { makePicture } from "../stage/picture.js";
import { placeOf, urlOf } from "./scenes.js";

/**
 * The large picture: `fetch(picture)` resolves to whether it is here now, `has(picture)` says so.
 * What is shown stays until then.
 */
export function makeLarge() {
  const picture = makePicture({ patient: true });
  const prompt = h("p", { class: "prompt", dir: "auto" });
  const facts = h("p", { class: "facts" });
  const caption = h("div", { class: "caption" }, prompt, facts);
  const root = h("div", { class: "large" }, picture.root, caption);
  let shown = "";

  /** @param {StagePicture} one */
  function tell(one) {
    prompt.textContent = one.prompt;
    prompt.classList.toggle("long", [...one.prompt].length > 90);
    facts.replaceChildren(...factsOf(one).map((text) => h("span", { text, dir: "auto" })));
    caption.hidden = !one.prompt && !facts.childNodes.length;
  }

  return {
    root,
    /** @param {StagePicture} one */
    has: (one) => shown === one.id,
    /** @param {StagePicture} one */
    async fetch(one) {
      const here = await picture.show({ image_url: urlOf(one), thumb_url: urlOf(one, true), prompt: one.prompt });
      if (!here) return false;
      shown = one.id;
      tell(one);
      return true;
    },
    /**
     * Say where its words stand, in the element that also holds the invitation.
     *
     * @param {HTMLElement} whole
     * @param {{ alone: boolean }} how whether there is no invitation
     */
    arrange(whole, { alone }) {
      const bare = alone && caption.hidden;
      whole.dataset.words = bare ? "none" : placeOf(picture.ratio, innerWidth / innerHeight);
      whole.style.setProperty("--ratio", String(picture.ratio));
    },
  };
}

/** @param {StagePicture} one */
function factsOf({ name, seconds: took, price_usd, was_usd = null, recorded }) {
  const paid = recorded ? (was_usd ?? price_usd) : price_usd;
  const cost = paid ? dollars(paid) : ""; // what the sample engine makes has none
  return [
    name,
    took === null ? "" : seconds(took),
    cost && recorded ? msg("{now} now (was {cost})", { now: dollars(0), cost }) : cost,
  ].filter(Boolean);
}
