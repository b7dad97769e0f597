// The page of a helper on a second device: ideas and pictures that wait, and two buttons for each.
import { byId, fill, make, picture, say } from "../audience/parts.js";

/**
 * @typedef {{ id: string, name: string, text: string }} Idea
 * @typedef {Idea & { image: string, recorded: string }} Made
 * @typedef {{ title: string, recorded: string, notice: string, words: Idea[], words_told: string, pictures: Made[],
 *   pictures_told: string }} Gates
 */

const POLL_MS = 2_000; // one or two helpers: no stream is kept for them
const STILL_MS = 400; // a list that has just moved takes no press: it was meant for another row

/** @type {Record<string, string>} */
const texts = JSON.parse(byId("texts").textContent ?? "");
/** @type {Gates} */
let gates = JSON.parse(byId("state").textContent ?? "");
/** @type {ReturnType<typeof setTimeout> | undefined} */
let polling;
let [failed, since, movedAt, asked] = [0, "", -STILL_MS, 0];

/** @param {Gates} now */
function show(now) {
  gates = now;
  say("title", now.title || document.title);
  say("recorded", now.recorded);
  if (!failed) say("notice", now.notice);
  say("words-told", now.words_told);
  say("pictures-told", now.pictures_told);
  list("words", now.words, (one) => row(one, "approve"));
  list("pictures", now.pictures, (one) => {
    const item = row(one, "show");
    if (one.recorded) item.prepend(make("p", { className: "mark", textContent: one.recorded }));
    item.prepend(picture(`/h/i/${one.image}`, one.text));
    return item;
  });
}

/**
 * Who pressed a button of a row that is gone goes on with the one after it.
 *
 * @template {Idea} T
 * @param {string} id
 * @param {T[]} shown
 * @param {(one: T) => HTMLElement} draw
 */
function list(id, shown, draw) {
  const section = byId(id);
  const ids = () => [...section.querySelectorAll("li")].map((item) => item.dataset.id);
  const before = ids();
  const focused = section.contains(document.activeElement) ? document.activeElement : null;
  const at = before.indexOf(/** @type {HTMLElement | undefined} */ (focused?.closest("li") ?? undefined)?.dataset.id);
  fill(section, shown, draw, { stays: true });
  if (before.some((one, place) => ids()[place] !== one)) movedAt = performance.now();
  if (!focused || focused.isConnected) return;
  const items = section.querySelectorAll("li");
  const next = items[Math.min(at, items.length - 1)]?.querySelector("button");
  (next ?? /** @type {HTMLElement} */ (section.querySelector("h2"))).focus({ preventScroll: true });
}

/**
 * @param {Idea} one
 * @param {"approve" | "show"} pass
 */
function row(one, pass) {
  const words = make("bdi", { textContent: one.text, id: `${pass}-${one.id}` });
  const buttons = [pass, "refuse"].map((deed) => {
    const button = make("button", { type: "button", textContent: texts[deed], className: deed === pass ? "yes" : "" });
    button.setAttribute("aria-describedby", words.id);
    button.addEventListener("click", () => press(one.id, deed, button));
    return button;
  });
  const who = make("p", { className: "quiet", textContent: one.name });
  return make("li", {}, make("p", {}, words), who, make("div", { className: "deeds" }, ...buttons));
}

/**
 * @param {string} id
 * @param {string} deed
 * @param {HTMLButtonElement} button
 */
async function press(id, deed, button) {
  if (button.ariaDisabled === "true" || performance.now() - movedAt < STILL_MS) return;
  button.ariaDisabled = "true"; // it keeps the focus
  say("trouble", "");
  asked += 1; // what was asked for before is older than this answer
  try {
    const answer = await fetch("/h/do", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ id, do: deed }),
    });
    if (answer.status === 404) return location.reload();
    const told = await answer.json();
    if (answer.ok) take(answer, told);
    else say("trouble", told.detail ?? texts.unsent);
  } catch {
    say("trouble", texts.unsent);
  }
  button.ariaDisabled = null;
  if (byId("trouble").textContent) poll();
}

/**
 * @param {Response} answer
 * @param {Gates} now
 */
function take(answer, now) {
  since = answer.headers.get("x-state") ?? "";
  show(now);
}

/** Asks for what waits again and again, for ever: networks come back. */
async function poll() {
  clearTimeout(polling);
  const mine = asked;
  try {
    const answer = await fetch(`/h/state?since=${since}`, { cache: "no-store" });
    if (answer.status === 404) return location.reload(); // another link, or another session: the page says so
    if (failed) say("notice", gates.notice);
    failed = 0;
    if (answer.status === 200) {
      const now = await answer.json();
      if (mine === asked) take(answer, now);
    }
  } catch {
    failed += 1;
    if (failed > 1) say("notice", texts.lost);
  }
  clearTimeout(polling);
  if (document.visibilityState === "visible") polling = setTimeout(poll, POLL_MS);
}

function awake() {
  if (document.visibilityState === "visible") poll();
}

document.addEventListener("visibilitychange", awake);
addEventListener("online", awake);
addEventListener("pageshow", (event) => event.persisted && awake());

show(gates);
poll();
