// The page's frame: icon, description; there is nothing in it to act on.
import { h } from "./dom.js";

export function mount() {
  const folder = new URL(".", import.meta.url);
  document.querySelector('link[rel="icon"]')?.remove();
  document.head.append(h("link", { rel: "icon", type: "image/svg+xml", href: new URL("logo.svg", folder).pathname }));
}
