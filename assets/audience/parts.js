// What the pages behind the room's door are built of: they stand alone, without what other pages share.

export const LATER_MS = 2_000; // so long others' pictures are put off, each by another time: the air is shared

/** @param {string} id */
export function byId(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | number>} is
 * @param {Node[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, is = {}, ...children) {
  const made = document.createElement(tag);
  Object.assign(made, is);
  made.append(...children);
  return made;
}

/**
 * @param {string} id
 * @param {string} text
 */
export function say(id, text) {
  const place = byId(id);
  if (place.textContent !== text) place.textContent = text;
  place.hidden = !text;
}

/**
 * Lists what there is; what is drawn already and has not changed stays.
 *
 * @template {{ id: string }} T
 * @param {HTMLElement} section hidden while there is nothing, unless it `stays`
 * @param {T[]} shown
 * @param {(one: T, former: HTMLElement | undefined) => HTMLElement} draw
 * @param {{ by?: string, stays?: boolean }} more `by`: what else the drawing depends on
 */
export function fill(section, shown, draw, { by = "", stays = false } = {}) {
  const list = /** @type {HTMLUListElement} */ (section.querySelector("ul"));
  const drawn = new Map([...list.children].map((item) => [/** @type {HTMLElement} */ (item).dataset.id, item]));
  const items = shown.map((one) => {
    const former = /** @type {HTMLElement | undefined} */ (drawn.get(one.id));
    const is = JSON.stringify([one, by]);
    if (former?.dataset.is === is) return former;
    const item = draw(one, former);
    item.dataset.id = one.id;
    item.dataset.is = is;
    return item;
  });
  const focused = document.activeElement;
  if (items.length !== list.children.length || items.some((item, at) => item !== list.children[at])) {
    list.replaceChildren(...items);
    if (focused instanceof HTMLElement && list.contains(focused)) focused.focus({ preventScroll: true });
  }
  section.hidden = !items.length && !stays;
}

/**
 * A picture that is asked for again where it did not come.
 *
 * @param {string} src
 * @param {string} alt
 * @param {number} later milliseconds
 */
export function picture(src, alt, later = 0) {
  const image = make("img", { alt: "", loading: "lazy", decoding: "async", width: 768, height: 768 });
  let left = 3;
  const load = () => {
    image.src = src;
  };
  image.addEventListener("load", () => {
    image.alt = alt; // before that, browsers draw a torn picture beside it
  });
  image.addEventListener("error", () => {
    left -= 1;
    if (left) setTimeout(load, LATER_MS * (1 + Math.random()));
  });
  if (later) setTimeout(load, later);
  else load();
  return image;
}
