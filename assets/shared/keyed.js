// A list whose rows stay while what they show changes: whoever is in one is not thrown out of it.

/**
 * Returns how to bring `list` up to date. `make` builds an item's row; its `update` is called at once
 * and whenever the list is. Where the row in focus goes, `next` gets the focus: the row in its place,
 * or null where none is left.
 *
 * @template {{ id: string }} Item
 * @param {HTMLElement} list
 * @param {(item: Item) => { root: HTMLElement, update: (item: Item) => void }} make
 * @param {(row: HTMLElement | null) => void} next
 */
export function keyedList(list, make, next = (row) => row?.querySelector("button")?.focus()) {
  /** @type {Map<string, ReturnType<typeof make>>} */
  const rows = new Map();

  /** @param {Item[]} items */
  return (items) => {
    const places = [...list.children];
    const focused = places.findIndex((row) => row.contains(document.activeElement));
    const wanted = new Set(items.map((item) => item.id));
    for (const [id, row] of rows) {
      if (wanted.has(id)) continue;
      row.root.remove();
      rows.delete(id);
    }
    let place = list.firstElementChild;
    for (const item of items) {
      const row = rows.get(item.id) ?? make(item);
      rows.set(item.id, row);
      row.update(item);
      if (row.root === place) place = place.nextElementSibling;
      else list.insertBefore(row.root, place);
    }
    if (focused < 0 || list.contains(document.activeElement)) return;
    const following = list.children[Math.min(focused, list.children.length - 1)];
    next(following instanceof HTMLElement ? following : null);
  };
}
