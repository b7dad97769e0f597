// What all scripts draw with: building elements, copying text.
// Whatever comes from users or the platform goes through textContent, never through innerHTML.
import { msg } from "./language.js";

/**
 * Build an element. `props` sets attributes; `text`, `on*` handlers and `dataset` are special.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Props} props
 * @param {Child[]} children
 */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "text") node.textContent = String(value);
    else if (name === "dataset") Object.assign(node.dataset, value);
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) if (child !== null && child !== undefined) node.append(child);
  return node;
}

/**
 * Give an element these properties, as far as it has others: a browser draws anew what is written
 * to it, the same or not.
 *
 * @template {HTMLElement} Node
 * @param {Node} node
 * @param {Partial<Node>} values
 */
export function become(node, values) {
  for (const name of /** @type {(keyof Node)[]} */ (Object.keys(values)))
    if (node[name] !== values[name]) Object.assign(node, { [name]: values[name] });
}

/**
 * Copy text; over plain http on a LAN there is no clipboard API, hence the second way.
 *
 * @param {string} text
 */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = h("textarea", { "aria-hidden": "true", class: "off-screen" });
    field.value = text;
    const focused = document.activeElement;
    (document.querySelector("dialog[open]") ?? document.body).append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    if (focused instanceof HTMLElement) focused.focus();
    return done;
  }
}

/**
 * A button that copies and says so for a moment. `text` is called at the click.
 *
 * @param {string} label
 * @param {() => string} text
 * @param {Props} props
 */
export function copyButton(label, text, props = {}) {
  /** @type {number | undefined} */
  let timer;
  return h("button", {
    type: "button",
    text: label,
    ...props,
    onclick: async (event) => {
      const button = event.currentTarget;
      button.textContent = (await copy(text())) ? msg("Copied") : msg("Could not copy");
      clearTimeout(timer);
      timer = setTimeout(() => {
        button.textContent = label;
      }, 1600);
    },
  });
}
