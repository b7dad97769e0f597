// The page in the hands of somebody in the room. It stands alone, so that a phone has it at once:
// sentences come in the page and with the state, in its language already.
import { byId, fill, LATER_MS, make, picture, say } from "./parts.js";

/**
 * @typedef {{ id: string, text: string, image: string | null, recorded: string }} Shown
 * @typedef {Shown & { state: string, told: string }} Own
 * @typedef {Shown & { name: string }} Other
 * @typedef {{ number: number, letter: string, image: string | null, text: string, votes: string, won: boolean }} Option
 * @typedef {{ id: string, open: boolean, options: Option[] }} Round
 * @typedef {{ title: string, state: string, menu: (string | string[])[], recorded: string, wall: Other[],
 *   round: Round | null, name: string, notice: string, hint: string, may_send: boolean, own: Own[], mine: number | null }} State
 */

const POLL_MS = 5_000;
const POLL_IN_CROWD_MS = 10_000; // no stream was to be had
const POLL_ENDED_MS = 60_000;
const STREAM_AGAIN_MS = 60_000;
const SILENT_MS = 40_000; // a stream beats every 15 s
const FAILED_MAX = 3;
const FIRST_MS = 300; // the page has the newest state with it: it can be used before there is a stream
const SURE_MS = 5_000;

/** @type {Record<string, string>} */
const texts = JSON.parse(byId("texts").textContent ?? "");
/** @type {State} */
let state = JSON.parse(byId("state").textContent ?? "");

/** @type {EventSource | undefined} */
let stream;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let polling;
let [failed, heardAt, streamedAt, since] = [0, Date.now(), 0, ""];

/** @type {{ token: string, said: string } | undefined} */
let unsent; // sent again under the same token, so that it counts once
/** @type {{ round: string, option: number } | undefined} */
let unvoted; // sent again once something is heard, as long as the vote is open
let voting = false;

const form = /** @type {HTMLFormElement} */ (byId("form"));
const field = /** @type {HTMLTextAreaElement} */ (byId("text"));
const send = /** @type {HTMLButtonElement} */ (byId("send"));

// --- what is seen -----------------------------------------------------------------------------

/** @param {State} now */
function show(now) {
  state = now;
  say("title", now.title || document.title);
  say("name", now.name && texts.you.replace("{name}", now.name));
  byId("recorded").hidden = !now.recorded;
  say("recorded", now.recorded);
  if (!failed) say("notice", now.notice);
  say("hint", now.hint);
  byId("examples").hidden = now.own.length > 0;
  showMenu(now.menu);
  send.disabled = !now.may_send;
  form.hidden = !now.may_send && !field.value.trim();
  if (!now.round?.open || now.round.id !== unvoted?.round) unvoted = undefined;
  showRound(now.round, unvoted?.option ?? now.mine);
  const mine = new Set(now.own.map((one) => one.id));
  fill(byId("own"), now.own.toReversed(), ownItem, { by: now.state });
  const others = now.wall.filter((one) => !mine.has(one.id));
  fill(byId("wall"), others.reverse(), otherItem, { by: now.state });
}

/**
 * An own idea. How it gets on is said aloud where its line changes, which therefore stays.
 *
 * @param {Own} one
 * @param {HTMLElement | undefined} former
 */
function ownItem(one, former) {
  const item = former ?? make("li", {}, make("bdi"), make("p", { className: "told", role: "status" }), make("div"));
  const [words, told, rest] = item.children;
  words.textContent = one.text;
  if (told.textContent !== one.told) told.textContent = one.told;
  const deeds = make("div", { className: "deeds" });
  const drawn = [];
  if (one.recorded) drawn.push(make("p", { className: "mark", textContent: one.recorded }));
  if (one.image) {
    drawn.push(rest.querySelector("img") ?? picture(`/i/${one.image}`, one.text));
    deeds.append(
      make("a", { className: "save", href: `/i/${one.image}`, download: fileName(one.text), textContent: texts.save }),
    );
  }
  if (!["sent", "refused"].includes(one.state) && state.state !== "ended") deeds.append(takeBack(one));
  rest.replaceChildren(...drawn, deeds);
  return item;
}

/** @param {Own} one */
function takeBack(one) {
  const button = make("button", { type: "button", textContent: texts.take_back });
  let sure = one.state !== "made"; // an image would be gone, so it asks once more
  button.addEventListener("click", async () => {
    if (sure) {
      button.disabled = true;
      await ask("/take-back", { id: one.id });
      button.disabled = false;
      return;
    }
    sure = true;
    button.textContent = texts.sure;
    setTimeout(() => {
      sure = false;
      button.textContent = texts.take_back;
    }, SURE_MS);
  });
  return button;
}

/**
 * @param {Other} one
 * @param {HTMLElement | undefined} former
 */
function otherItem(one, former) {
  const item = make("li");
  if (one.image)
    item.append(former?.querySelector("img") ?? picture(`/i/${one.image}`, one.text, Math.random() * LATER_MS));
  item.append(make("p", {}, make("bdi", { textContent: one.text })));
  item.append(make("p", { className: "quiet", textContent: one.name }));
  if (one.recorded) item.append(make("p", { className: "mark", textContent: one.recorded }));
  return item;
}

/** @param {(string | string[])[]} menu */
function showMenu(menu) {
  const place = byId("menu");
  const is = JSON.stringify(menu);
  byId("free").hidden = menu.length > 0;
  place.hidden = !menu.length;
  if (place.dataset.is === is) return;
  place.dataset.is = is;
  let number = 0;
  place.replaceChildren(
    ...menu.map((part) => {
      if (typeof part === "string") return make("bdi", { textContent: part });
      number += 1;
      const options = part.map((way, at) => make("option", { value: String(at), textContent: way }));
      return make("select", { ariaLabel: texts.choice.replace("{number}", String(number)) }, ...options);
    }),
  );
}

/**
 * @param {Round | null} round
 * @param {number | null} mine
 */
function showRound(round, mine) {
  const section = byId("vote");
  section.hidden = !round || (!round.open && !round.options.some(({ won }) => won));
  if (!round) return;
  say("question", round.open ? texts.voting : texts.voted);
  const place = byId("options");
  const is = [round.id, ...round.options.map(({ letter }) => letter)].join(); // one that was taken back is gone
  if (place.dataset.is !== is) {
    place.dataset.is = is;
    place.replaceChildren(...round.options.map((option) => optionButton(round.id, option)));
  }
  for (const [at, button] of [.../** @type {HTMLCollectionOf<HTMLButtonElement>} */ (place.children)].entries()) {
    const { number, votes, won } = round.options[at]; // of equal ones each
    button.disabled = !round.open;
    button.ariaPressed = String(number === mine);
    button.classList.toggle("won", won);
    const told = [votes, number === mine ? texts.chosen : "", won ? texts.winner : ""];
    const lines = told.filter(Boolean).map((textContent) => make("span", { textContent }));
    /** @type {HTMLElement} */ (button.lastChild).replaceChildren(...lines);
  }
}

/**
 * @param {string} id
 * @param {Option} option
 */
function optionButton(id, option) {
  const button = make("button", { type: "button" });
  if (option.image) button.append(picture(`/i/${option.image}`, option.text));
  button.append(texts.option.replace("{letter}", option.letter), make("small"));
  button.addEventListener("click", () => {
    unvoted = { round: id, option: option.number };
    showRound(state.round, option.number); // at once; what the server says counts
    vote();
  });
  return button;
}

// --- what is sent -----------------------------------------------------------------------------

/** Sends the vote that has not arrived yet, the last one of several. */
async function vote() {
  if (voting) return;
  voting = true;
  let came = "done";
  while (unvoted && came) {
    const asked = unvoted;
    came = await ask("/vote", asked);
    if (came && unvoted === asked) unvoted = undefined;
    showRound(state.round, unvoted?.option ?? state.mine);
  }
  voting = false;
}

/**
 * Returns whether it arrived, whatever was answered.
 *
 * @param {string} path
 * @param {object} body
 */
async function ask(path, body) {
  say("trouble", "");
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    const told = await answer.json();
    if (answer.status === 410) location.reload();
    else if (answer.ok) show(told);
    else complain(told.detail ?? texts.unsent);
    return answer.ok ? "done" : "refused";
  } catch {
    complain(texts.unsent);
    return "";
  }
}

/** @param {string} text */
function complain(text) {
  form.hidden = false;
  say("trouble", text);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const chosen = [...byId("menu").querySelectorAll("select")].map((one) => Number(one.value));
  const said = chosen.length ? { choices: chosen } : { text: field.value };
  if (send.disabled || (!chosen.length && !field.value.trim())) return field.focus();
  if (unsent?.said !== JSON.stringify(said)) unsent = { token: newToken(), said: JSON.stringify(said) };
  send.disabled = true;
  const came = await ask("/wish", { token: unsent.token, ...said });
  if (came) unsent = undefined;
  if (came === "done") {
    field.value = "";
    field.blur(); // the keyboard would hide what became of it
  }
  show(state);
});

field.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
});

byId("examples").addEventListener("click", (event) => {
  if (!(event.target instanceof HTMLButtonElement)) return;
  field.value = event.target.textContent ?? "";
  send.focus();
});

/** @param {string} words */
const fileName = (words) => {
  const legal = words.replace(/[\p{C}\p{Z}\\/:*?"<>|.]+/gu, " ").trim();
  return `${[...legal].slice(0, 60).join("").trim() || "image"}.webp`;
};

const newToken = () =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

// --- what comes -------------------------------------------------------------------------------

function heard() {
  heardAt = Date.now();
  if (unvoted) vote();
  if (!failed) return;
  failed = 0;
  say("notice", state.notice);
}

function lost() {
  failed += 1;
  if (failed > 1) say("notice", texts.lost);
}

function connect() {
  clearTimeout(polling);
  stream?.close();
  heardAt = streamedAt = Date.now();
  const opened = new EventSource("/s");
  stream = opened;
  opened.addEventListener("open", heard);
  opened.addEventListener("beat", heard);
  opened.addEventListener("message", (event) => {
    heard();
    since = event.lastEventId;
    show(JSON.parse(event.data));
    if (state.state === "ended") pollEvery(POLL_ENDED_MS);
  });
  opened.addEventListener("error", () => {
    lost();
    if (opened.readyState === EventSource.CLOSED) pollEvery(POLL_IN_CROWD_MS, 0);
    else if (failed >= FAILED_MAX) pollEvery(POLL_MS, 0);
  });
}

/**
 * Asks for the state again and again in place of a stream, for ever: networks come back.
 *
 * @param {number} pause
 */
function pollEvery(pause, first = pause) {
  stream?.close();
  clearTimeout(polling);
  const again = async () => {
    await poll();
    const ended = state.state === "ended";
    if (!ended && !failed && Date.now() - streamedAt > STREAM_AGAIN_MS) connect();
    else polling = setTimeout(again, (ended ? POLL_ENDED_MS : pause) * (1 + Math.random() / 2));
  };
  polling = setTimeout(again, first);
}

async function poll() {
  try {
    const answer = await fetch(`/state?since=${since}`, { cache: "no-store" });
    if (answer.status === 410) location.reload();
    if (!answer.ok) return;
    heard();
    if (answer.status === 204) return;
    since = answer.headers.get("x-state") ?? "";
    show(await answer.json());
  } catch {
    lost();
  }
}

/** A phone that slept may hold a stream that is long dead: it asks anew. */
function awake() {
  if (document.visibilityState === "visible") connect();
}

document.addEventListener("visibilitychange", awake);
addEventListener("online", awake);
addEventListener("pageshow", (event) => event.persisted && awake());
setInterval(() => {
  if (stream?.readyState === EventSource.OPEN && Date.now() - heardAt > SILENT_MS) awake();
}, POLL_MS);

show(state);
if (state.state === "ended") pollEvery(POLL_ENDED_MS);
else setTimeout(connect, FIRST_MS);
