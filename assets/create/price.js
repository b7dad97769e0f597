// What the price of a click depends on.

/**
 * What of the form the price depends on: all of it where the same may be stored already.
 *
 * @param {{ [name: string]: unknown }} held
 */
export function dealOf({ token, basis, ...held }) {
  return JSON.stringify(held.random_seed ? [held.model, held.count] : held);
}
