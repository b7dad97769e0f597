// Opens a page of our own: its frame, and what it shows in it.

import { mount as mountHeader } from "./header.js";

/**
 * Draw the page into the element `id` of the frame.
 *
 * @param {string} id
 * @param {(component: Drawn) => void} mount
 */
export function open(id, mount) {
  const [header, element] = [document.getElementById("header"), document.getElementById(id)];
  if (header) mountHeader({ element: header });
  if (element) mount({ element });
}
