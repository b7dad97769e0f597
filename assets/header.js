// The page's frame: its icon, where images come from now, and what the start put right.
import { getJson, h } from "./dom.js";

export function mount({ element }) {
  const folder = new URL(".", import.meta.url);
  document.querySelector('link[rel="icon"]')?.remove();
  document.head.append(h("link", { rel: "icon", type: "image/svg+xml", href: new URL("logo.svg", folder).pathname }));
  document.addEventListener("playground:settings", refresh);
  refresh();

  async function refresh() {
    const now = await getJson("/api/status");
    if (!now) return;
    const mode = element.querySelector(".mode");
    mode.textContent = now.mode;
    mode.dataset.offline = now.offline;
    element.querySelector(".notice").hidden = !now.offline;
    element.querySelectorAll(".told").forEach((old) => old.remove());
    for (const text of now.notices) element.append(told(text));
  }
}

/** A notice of the start, shown until it is put away in this tab. */
function told(text) {
  if (sessionStorage.getItem(`told:${text}`)) return "";
  const line = h("p", { class: "notice told", role: "status" }, h("span", { text }), h("button", {
    type: "button", text: "Dismiss", onclick: () => {
      sessionStorage.setItem(`told:${text}`, "1");
      line.remove();
    },
  }));
  return line;
}
