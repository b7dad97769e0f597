// Arrows walk from a search through the list that it finds, and back.

/**
 * @param {KeyboardEvent} event
 * @param {HTMLElement} search
 * @param {HTMLElement[]} rows what can be chosen, in their order
 */
export function walkList(event, search, rows) {
  const at = rows.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  /** @type {{ [key: string]: number }} */
  const places = { ArrowDown: at + 1, ArrowUp: at - 1, ...(at >= 0 ? { Home: 0, End: rows.length - 1 } : {}) };
  const next = places[event.key];
  if (next === undefined || (at < 0 && event.key !== "ArrowDown")) return;
  event.preventDefault();
  (next < 0 ? search : rows[Math.min(next, rows.length - 1)])?.focus();
}
