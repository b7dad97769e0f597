// The page's frame: where images come from now, what the start put right, whether anybody answers.

import { watchFiles } from "../create/intake.js";
import { announce } from "../shared/announce.js";
import { getJson } from "../shared/ask.js";
import { answering, loggedOut, silentSince, tryNow, watchConnection } from "../shared/connection.js";
import { h } from "../shared/dom.js";
import { joined, msg } from "../shared/language.js";
import { at, here } from "../shared/place.js";
import { watchKeys } from "../shared/shortcuts.js";
import { when } from "../shared/words.js";
import { watchLanguage } from "./language.js";
import { sampleNotice } from "./sample.js";

let heard = ""; // what was told of the notices

/** @param {Drawn} component */
export function mount({ element }) {
  document.addEventListener("playground:settings", refresh);
  document.addEventListener("playground:back", refresh);
  element.querySelector(".skip")?.addEventListener("click", skip);
  element.querySelector(".log-out")?.addEventListener("click", logOut);
  watchLanguage(element);
  watchConnection();
  showConnection();
  watchFiles();
  const tellMode = sampleNotice(element);
  watchKeys(element);
  refresh();

  async function refresh() {
    /** @type {Status | null} */
    const now = await getJson("/api/status");
    if (!now) return;
    tellMode(now.mode, now.offline);
    for (const old of element.querySelectorAll(".told")) old.remove();
    for (const text of now.notices) element.append(told(text));
    const news = joined(...now.notices.filter((text) => !isAway(text)));
    if (news !== heard) announce(news, { about: "notices", rests: 1000 });
    heard = news;
    element.querySelector(".log-out")?.toggleAttribute("hidden", !now.login);
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

/**
 * Leave, and take along what was typed in this tab. A form would do it without an origin, which the
 * door asks for: our pages send no referrer.
 */
async function logOut() {
  try {
    const answer = await fetch(at("/logout"), { method: "POST" });
    if (!answer.ok) return location.assign(at("/logout")); // it asks once more
  } catch {
    return; // the bar says why
  }
  sessionStorage.clear();
  location.assign(at("/login"));
}

/** The bar at the top of the window while there are no answers, above open dialogs too. */
function showConnection() {
  const bar = h("div", { class: "connection", popover: "manual" });
  const opening = new MutationObserver(place); // a dialog is put onto the page and opened at once
  document.addEventListener("playground:connection", () => {
    bar.replaceChildren(...(loggedOut() ? logIn() : answering() ? [] : tryAgain()));
    bar.classList.toggle("logged-out", loggedOut());
    announce(bar.firstChild?.textContent || msg("The program answers again."), { about: "connection" });
    opening.disconnect();
    if (!answering()) {
      place();
      opening.observe(document.body, { childList: true });
    } else if (bar.matches(":popover-open")) bar.hidePopover();
  });

  /** Within the topmost modal dialog, as nothing else can be pressed while it is open. */
  function place() {
    if (answering()) return;
    const modal = [...document.querySelectorAll("dialog:modal")].at(-1);
    const host = modal ?? document.body;
    if (bar.parentNode !== host) host.append(bar);
    if (!bar.matches(":popover-open")) bar.showPopover();
    modal?.addEventListener("close", place, { once: true });
  }
}

const logIn = () => [
  h("span", { text: msg("You are logged out. Copy what you have typed, if you need it.") }),
  h("a", {
    href: at(`/login?next=${encodeURIComponent(here() + location.search)}`),
    text: msg("Log in again"),
  }),
];

const tryAgain = () => [
  h("span", {
    text: msg("The program has not answered since {time}. This page tries again by itself and keeps what you typed.", {
      time: when(silentSince()),
    }),
  }),
  h("button", { type: "button", text: msg("Try now"), onclick: tryNow }),
];

/**
 * Whether a notice was put away in this tab.
 *
 * @param {string} text
 */
const isAway = (text) => sessionStorage.getItem(`told:${text}`) !== null;

/**
 * A notice of the start, shown until it is put away in this tab.
 *
 * @param {string} text
 */
function told(text) {
  if (isAway(text)) return "";
  const line = h(
    "p",
    { class: "notice told" },
    h("span", { text }),
    h("button", {
      type: "button",
      text: msg("Dismiss"),
      onclick: () => {
        sessionStorage.setItem(`told:${text}`, "1");
        line.remove();
      },
    }),
  );
  return line;
}
