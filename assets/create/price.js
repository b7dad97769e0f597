// What the price of a click depends on.

/**
 * What of the form the price depends on: all of it where the same may be stored already.
 *
 * @param {{ [name: string]: unknown }} held
 */
export function dealOf({ token, basis, ...held }) {
  const { on } = /** @type {{ on?: boolean }} */ (held.templates ?? {});
  const choices = on ? [held.templates, held["params.prompt"], held["params.negative_prompt"]] : null;
  return JSON.stringify(held.random_seed ? [held.model, held.count, choices] : held);
}

/**
 * Whether what switches the form to another model tells the price with it (ui/page/filling.py):
 * where nothing can be stored already, and braces are braces.
 *
 * @param {{ [name: string]: any }} held
 */
export const isToldWithModel = (held) => Boolean(held.random_seed) && !held.templates?.on;
