// The page's frame: its icon, where images come from now, and what the start put right.

import { watchFiles } from "../create/intake.js";
import { getJson } from "../shared/ask.js";
import { h } from "../shared/dom.js";
import { PAGES } from "../shared/facts.js";

/** @param {Component<object>} component */
export function mount({ element }) {
  const logo = new URL("../logo.svg", import.meta.url);
  document.querySelector('link[rel="icon"]')?.remove();
  document.head.append(h("link", { rel: "icon", type: "image/svg+xml", href: logo.pathname }));
  document.addEventListener("playground:settings", refresh);
  element
    .querySelector(`.how[href="${PAGES.settings}"]`)
    ?.toggleAttribute("hidden", location.pathname === PAGES.settings);
  element.querySelector(".skip")?.addEventListener("click", skip);
  watchLogin(element);
  watchFiles();
  refresh();

  async function refresh() {
    /** @type {Status | null} */
    const now = await getJson("/api/status");
    const mode = element.querySelector(".mode");
    if (!now || !mode) return;
    mode.textContent = now.mode;
    mode.dataset.offline = String(now.offline);
    element.querySelector(".notice")?.toggleAttribute("hidden", !now.offline);
    for (const old of element.querySelectorAll(".told")) old.remove();
    for (const text of now.notices) element.append(told(text));
  }
}

/**
 * Go to the content by hand: Gradio's <base> would lead `#main` to the Create page.
 *
 * @param {Event} event
 */
function skip(event) {
  event.preventDefault();
  const main = document.querySelector("#workspace, #gallery, #statistics, #setup");
  if (!main) return;
  main.tabIndex = -1;
  main.focus();
}

/**
 * Say at the top when an answer to whatever part of the page was that the login has ended.
 *
 * @param {HTMLElement} element
 */
function watchLogin(element) {
  const ask = globalThis.fetch;
  globalThis.fetch = async (...args) => {
    const answer = await ask(...args);
    const old = element.querySelector(".logged-out");
    if (answer.status !== 401) old?.remove();
    else if (!old) {
      element.append(
        h(
          "p",
          { class: "notice logged-out", role: "alert" },
          h("span", { text: "You are logged out. Copy what you have typed, if you need it." }),
          h("a", { class: "how", href: `/login?next=${encodeURIComponent(location.pathname)}`, text: "Log in again" }),
        ),
      );
    }
    return answer;
  };
}

/**
 * A notice of the start, shown until it is put away in this tab.
 *
 * @param {string} text
 */
function told(text) {
  if (sessionStorage.getItem(`told:${text}`)) return "";
  const line = h(
    "p",
    { class: "notice told", role: "status" },
    h("span", { text }),
    h("button", {
      type: "button",
      text: "Dismiss",
      onclick: () => {
        sessionStorage.setItem(`told:${text}`, "1");
        line.remove();
      },
    }),
  );
  return line;
}
