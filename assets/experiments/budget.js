// What an experiment costs, in words, before anything is sent.
import { alongside, msg, msgN } from "../shared/language.js";
import { dollars, minutes } from "../shared/words.js";

/**
 * The deal in one line, then what has to be said of it.
 *
 * @param {Planned} plan
 */
export function budgetLines(plan) {
  const { places, cells, cached, to_send, price_usd, seconds, today } = plan;
  const parts = [
    msgN("1 place", "{n} places", places),
    places === cells ? "" : msgN("1 cell", "{n} cells", cells),
    cached ? msgN("1 already made", "{n} already made", cached) : "",
    msgN("1 to send", "{n} to send", to_send),
    to_send ? priceText(price_usd) : msg("free"),
    to_send && seconds !== null ? msg("about {time}", { time: minutes(Math.max(1, seconds)) }) : "",
    today === null ? "" : msgN("1 left today", "{n} left today", today),
  ];
  // Translators: what it comes to, with a full stop at its end
  return [msg("{facts}.", { facts: alongside(...parts) }), ...plan.notes];
}

/** @param {number | null} price */
function priceText(price) {
  if (price === null) return msg("no price listed");
  return price ? msg("about {price}", { price: dollars(price) }) : msg("free");
}

/** @param {Planned} plan */
export function startText({ to_send, price_usd }) {
  if (!to_send) return msg("Show it, free");
  if (!price_usd) return msgN("Make 1 image", "Make {n} images", to_send);
  return msgN("Make 1 image, about {price}", "Make {n} images, about {price}", to_send, { price: dollars(price_usd) });
}
