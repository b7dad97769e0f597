// The presenter's desk: a session is planned, checked, let in and led from here, over /api/session.
import { getJson } from "../shared/ask.js";
import { offerCommands } from "../shared/commands.js";
import { h } from "../shared/dom.js";
import { SESSIONS_PAGE } from "../shared/facts.js";
import { msg } from "../shared/language.js";
import { at } from "../shared/place.js";
import { makeCheck } from "./check.js";
import { makeDeeds } from "./deeds.js";
import { makeElsewhere } from "./elsewhere.js";
import { makeEnded } from "./ended.js";
import { makeForm } from "./form.js";
import { makeRehearsals } from "./rehearsals.js";
import { makeRunning } from "./running.js";
import { followSession } from "./session_stream.js";
import { stayAwake } from "./wake.js";

/**
 * What the desk shows of a session: `tell` is called with each of its states.
 *
 * @typedef {{ root: HTMLElement, tell: (now: DeskState) => void, close: () => void,
 *   commands?: () => import("../shared/commands.js").Command[], search?: () => void, results?: () => void }} View
 */

/** @type {Record<string, (deeds: DeskDeeds, rehearsals: import("./rehearsals.js").Rehearsals) => View>} */
const VIEWS = { check: makeCheck, running: makeRunning, ended: makeEnded };

/** @param {Drawn} component */
export function mount({ element }) {
  const title = h("h2", { text: msg("Demo session") });
  const earlier = h("a", { class: "back", href: at(SESSIONS_PAGE), text: msg("Earlier sessions") });
  const body = h("div", { class: "desk-body", text: msg("One moment\u2026") });
  const elsewhere = makeElsewhere();
  element.replaceChildren(h("div", { class: "page-head" }, title, earlier), elsewhere.root, body);
  /** @type {DeskElsewhere | null} */
  let others = null;
  /** @type {DeskState | null | undefined} */
  let now;
  /** @type {View | null} */
  let view = null;
  let shown = "";
  let lost = false; // what had the focus is gone, and a dialog stands over the page
  const deeds = makeDeeds(take, () => now ?? null);
  const rehearsals = makeRehearsals();
  const awake = stayAwake();
  offerCommands({
    where: "desk",
    search: () => (view?.search ?? (() => body.querySelector("input")?.focus()))(),
    results: () => view?.results?.(),
    actions: () => view?.commands?.() ?? [],
  });
  // A button that is pressed by mouse does not take the focus: Enter shows a picture, and is not to
  // press once more what was pressed last.
  element.addEventListener("mousedown", (event) => {
    if (/** @type {Element} */ (event.target).closest("button, summary")) event.preventDefault();
  });
  document.addEventListener(
    "close",
    ({ target }) => {
      const at = document.activeElement;
      // The focus leaves a closed dialog with the next frame only.
      const nowhere = at === document.body || /** @type {Element} */ (target).contains(at);
      if (lost && nowhere) focusFirst(body);
      lost = false;
    },
    true, // it does not bubble
  );
  followSession(take, (found) => {
    others = found;
    tellElsewhere();
  });
  document.addEventListener("playground:back", async () => now === undefined && take(await getJson("/api/session")));

  /** @param {DeskState | null} state */
  function take(state) {
    const former = now;
    if (state && former && state.id === former.id && state.version < former.version) return; // it came late
    now = state;
    awake(state !== null && state.state !== "ended");
    const wanted = state ? viewOf(state) : "form";
    if (wanted !== shown || state?.id !== former?.id) show(wanted);
    title.textContent = state?.title || msg("Demo session");
    if (state) view?.tell(state);
    tellElsewhere();
  }

  function tellElsewhere() {
    elsewhere.tell(others, Boolean(now) && now?.state !== "ended");
  }

  /** @param {string} wanted */
  function show(wanted) {
    const here = body.contains(document.activeElement);
    lost = document.querySelector("dialog:modal") !== null;
    view?.close();
    shown = wanted;
    const form = wanted === "form" || wanted === "ended" ? makeForm({ started: take }) : null;
    view = wanted === "form" ? null : VIEWS[wanted](deeds, rehearsals);
    body.dataset.shows = wanted;
    body.replaceChildren(...(view ? [view.root] : []), ...(form ? [form, rehearsals.root] : []));
    if (form) rehearsals.refresh();
    if (here) focusFirst(body);
  }
}

/**
 * Who pressed a button that is gone goes on where the next step is.
 *
 * @param {HTMLElement} body
 */
function focusFirst(body) {
  const first = /** @type {HTMLElement | null} */ (body.querySelector("h3[tabindex], [data-first]"));
  first?.focus();
}

/**
 * Which of the views a session needs: the check stands until people are let in, and comes back for a
 * session in which nothing has happened yet.
 *
 * @param {DeskState} state
 */
function viewOf({ state, visitors, wishes, paused, played }) {
  if (played) return state === "ended" ? "ended" : "running"; // it opens its door by itself
  if (state === "ended" || state === "checking") return state === "ended" ? "ended" : "check";
  return state === "closed" && !visitors && !wishes.length && !paused ? "check" : "running";
}
