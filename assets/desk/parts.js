// What the desk's parts are built of.
import { h } from "../shared/dom.js";
import { msg } from "../shared/language.js";

/**
 * A button with its key beside its words; the key is for who sees it, `aria-keyshortcuts` for all others.
 *
 * @param {string} text
 * @param {string} key "" without one
 * @param {() => void} press
 * @param {Props} props
 */
export function keyButton(text, key, press, props = {}) {
  return h(
    "button",
    { type: "button", onclick: press, "aria-keyshortcuts": key || null, ...props },
    h("span", { text }),
    key ? keycap(key) : null,
  );
}

/**
 * Write the words of a button with a key.
 *
 * @param {HTMLElement} button
 * @param {string} text
 */
export function rename(button, text) {
  write(/** @type {HTMLElement} */ (button.firstElementChild), text);
}

/**
 * A key as it is called on the keyboards of who reads this.
 *
 * @param {string} key
 */
export const keycap = (key) =>
  h("kbd", { class: "by-keys", "aria-hidden": "true", text: key === "Enter" ? msg("[Enter]").slice(1, -1) : key });

/**
 * Write `text` where it is another one: a node that stays as it is keeps what is marked in it.
 *
 * @param {Element} node
 * @param {string} text
 */
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * A part of the desk under its heading.
 *
 * @param {string} name its id and its class, after "desk-"
 * @param {string} title
 * @param {(Node | null)[]} children
 */
export function sheet(name, title, ...children) {
  const head = h("h3", { id: `desk-${name}`, text: title });
  const root = h("section", { class: `sheet desk-${name}`, "aria-labelledby": head.id }, head, ...children);
  return { root, head };
}

/**
 * The address of a picture's thumbnail, of the gallery or of a rehearsal.
 *
 * @param {WishPicture} picture
 */
export const thumbOf = ({ thumb_url }) => thumb_url;
