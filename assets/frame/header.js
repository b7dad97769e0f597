// The page's frame: where images come from now, what the start put right, whether anybody answers.

import { watchFiles } from "../create/intake.js";
import { getJson } from "../shared/ask.js";
import { answering, loggedOut, silentSince, tryNow, watchConnection } from "../shared/connection.js";
import { h } from "../shared/dom.js";
import { at, here } from "../shared/place.js";
import { watchKeys } from "../shared/shortcuts.js";
import { when } from "../shared/words.js";

/** @param {Drawn} component */
export function mount({ element }) {
  document.addEventListener("playground:settings", refresh);
  document.addEventListener("playground:back", refresh);
  element.querySelector(".skip")?.addEventListener("click", skip);
  watchConnection();
  showConnection();
  watchFiles();
  watchKeys(element);
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
  /** @type {HTMLElement | null} */
  const main = document.querySelector("#workspace") ?? document.querySelector("main");
  if (!main) return;
  main.tabIndex = -1;
  main.focus();
}

/** The bar at the top of the window while there are no answers, above open dialogs too. */
function showConnection() {
  const bar = h("div", { class: "connection", popover: "manual", role: "alert" });
  document.body.append(bar);
  document.addEventListener("playground:connection", () => {
    bar.replaceChildren(...(loggedOut() ? logIn() : answering() ? [] : tryAgain()));
    bar.classList.toggle("logged-out", loggedOut());
    if (bar.matches(":popover-open") === answering()) bar.togglePopover();
  });
}

const logIn = () => [
  h("span", { text: "You are logged out. Copy what you have typed, if you need it." }),
  h("a", {
    href: at(`/login?next=${encodeURIComponent(here() + location.search)}`),
    text: "Log in again",
  }),
];

const tryAgain = () => [
  h("span", {
    text: `The program has not answered since ${when(silentSince())}. This page tries again by itself and keeps what you typed.`,
  }),
  h("button", { type: "button", text: "Try now", onclick: tryNow }),
];

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
