// What the page that is open can do, as keys and the palette ask for it.

/** @typedef {{ name: string, run: () => void, also?: string, key?: string }} Command */

/**
 * What a page offers. `search` goes to where one writes, `results` to its images; `actions` are what
 * can be done now. None of them spends anything: one that does may be gone to, and is pressed there.
 *
 * @typedef {object} Offered
 * @property {string} where the page, as in KEYS
 * @property {() => void} [search]
 * @property {() => void} [results]
 * @property {() => Command[]} [actions]
 * @property {(model: string) => void} [useModel]
 * @property {(prompt: string) => void} [usePrompt]
 */

/** @type {Offered} */
const offered = { where: "" };

/**
 * Tell what the page offers; later calls add to it.
 *
 * @param {Offered} more
 */
export const offerCommands = (more) => void Object.assign(offered, more);

/** What the page offers. */
export const commandsHere = () => /** @type {Readonly<Offered>} */ (offered);
