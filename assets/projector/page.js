// The projector's window: what the session shows, or pictures in turn, for a room. Nothing on it is
// for one person, and no error ever is: it keeps its last good picture, and the desk has the words.
import { ask } from "../shared/ask.js";
import { h } from "../shared/dom.js";
import { commandOf } from "../shared/keys.js";
import { msg } from "../shared/language.js";
import { stepFor } from "../shared/onward.js";
import { makeHands } from "../stage/hands.js";
import { makeScreen } from "../stage/screen.js";
import { makeFeed } from "./feed.js";
import { makeInvite } from "./invite.js";
import { makeLarge } from "./large.js";
import { makeMaking } from "./making.js";
import { makeVote, makeWall } from "./many.js";
import { recordedOf, sceneOf } from "./scenes.js";
import { eachOf, makeSlides, rowOf } from "./slides.js";

const QUIET_MS = 90_000; // after so long without anything a kiosk shows its pictures in turn
const CALM_SCENES = ["lobby", "image", "soon"];

const root = /** @type {HTMLElement} */ (document.getElementById("projector"));
const asked = new URLSearchParams(location.search);
const gallery = rowOf(asked);
const kiosk = !gallery && asked.get("kiosk") === "1";

/** @type {StageState | null} */
let state = null;
let known = gallery !== null; // before the first word from the program nothing is said
/** @type {StagePicture | null} */
let sliding = null; // which of the pictures in turn is shown
let [lost, drawn, version, quiet] = [false, false, -1, 0];

const name = h("h1", { class: "off-screen", text: msg("Stage") });
const words = h("p", { class: "words" });
const sub = h("p", { class: "sub", dir: "auto" });
const quietWords = h("div", { class: "quiet" }, words, sub);
const view = h("div", { class: "view" });
const mark = h("p", { class: "mark recorded", hidden: true });
const moment = h("p", { class: "mark moment", hidden: true });
const hint = h("p", { class: "hint", hidden: true });
const black = h("div", { class: "black", hidden: true });
const [large, wall, vote, making, invite] = [makeLarge(), makeWall(), makeVote(), makeMaking(), makeInvite()];
root.replaceChildren(name, view, invite.root, mark, moment, hint, black);

const slides = makeSlides({
  each: eachOf(asked),
  show: async (picture) => {
    if (!(await large.fetch(picture))) return false;
    sliding = picture;
    draw();
    return true;
  },
  told: draw,
});
const screen = makeScreen(root, { left: hinted, changed: hinted });
makeHands(root, { go: (to) => slides.stand.on && slides.by(stepFor(to)) });
const feed = gallery
  ? null
  : makeFeed({
      told: (now) => {
        if (now?.version !== version) stirred();
        version = now?.version ?? -1;
        [state, known] = [now, true];
        draw();
      },
      lost: (away) => {
        lost = away;
        draw();
      },
    });

// --- what is shown ---

/** @returns {import("./scenes.js").SceneName | "slides"} */
const sceneNow = () => (slides.stand.on ? "slides" : sceneOf(state));

function draw() {
  const scene = sceneNow();
  black.hidden = !dark();
  const { paused, away } = slides.stand;
  tell(moment, lost || away ? msg("One moment") : paused ? msg("Paused") : "");
  if (!known || (state?.scene.frozen && drawn)) return;
  if (scene === "image" && state?.image && !large.has(state.image)) {
    // Until it is here the former picture stays; one that cannot be had is asked for at the next change.
    large.fetch(state.image).then((here) => here && draw());
    if (drawn) return inviteTo(/** @type {typeof scene} */ (root.dataset.scene));
  }
  drawn = true;
  put(scene);
}

/** @param {import("./scenes.js").SceneName} scene */
function inviteTo(scene) {
  if (state && !gallery) invite.show(state, scene, { kiosk: slides.stand.on });
  else invite.root.hidden = true;
}

/** @param {import("./scenes.js").SceneName | "slides"} scene */
function put(scene) {
  const recorded =
    scene === "slides" ? [state, sliding].find((one) => one?.recorded) : state && recordedOf(scene, state);
  tell(mark, recorded?.recorded ? recorded.recorded_on || msg("Recorded") : "");
  root.dataset.scene = scene !== "slides" ? scene : slides.stand.empty ? "soon" : "image";
  name.textContent = state?.title || msg("Stage");
  inviteTo(scene === "slides" ? "image" : scene);
  const content = contentOf(scene);
  if (content && view.firstElementChild !== content) view.replaceChildren(content);
  else if (!content) view.replaceChildren();
  if (!state) return;
  const window = view.clientWidth / Math.max(1, view.clientHeight);
  if (scene === "wall") wall.show(state.wall, window);
  if (scene === "making") making.show(state.making);
  if ((scene === "round" || scene === "result") && state.round) vote.show(state.round, window);
}

/** @param {import("./scenes.js").SceneName | "slides"} scene */
function contentOf(scene) {
  switch (scene) {
    case "slides":
      if (slides.stand.empty) return say(msg("No images here"));
      large.arrange(root, { alone: Boolean(invite.root.hidden) });
      return large.root;
    case "image":
      large.arrange(root, { alone: Boolean(invite.root.hidden) });
      return large.root;
    case "making":
      return making.root;
    case "wall":
      return wall.root;
    case "round":
    case "result":
      return vote.root;
    case "ended":
      return say(msg("Thank you"), state?.title);
    case "soon":
      return say(state?.title || msg("Starts soon"), state?.title ? msg("Starts soon") : "");
    default:
      return null;
  }
}

/** @param {string} text */
function say(text, more = "") {
  words.textContent = text;
  sub.textContent = more;
  return quietWords;
}

/**
 * @param {HTMLElement} part
 * @param {string} text
 */
function tell(part, text) {
  if (part.textContent !== text) part.textContent = text;
  part.hidden = !text;
}

function hinted() {
  tell(hint, screen.possible() ? msg("Drag this window to the projector, then press F") : "");
}

// --- keys ---

let ownBlack = false; // where there is no session to tell it to

const dark = () => (state && !gallery ? state.scene.black : ownBlack);

/** @param {import("./feed.js").SceneChange} change */
function set(change) {
  feed?.foretell(change);
  ask("/api/session/do", { body: { do: "scene", ...change } }).catch(() => {}); // the desk says why not
}

function turnBlack() {
  if (state && !gallery) return set({ black: !state.scene.black });
  ownBlack = !ownBlack;
  draw();
}

const turnFull = () => (screen.full() ? document.exitFullscreen() : screen.enter());

/** @type {{ [key: string]: () => unknown }} */
const KEYS = {
  f: turnFull,
  b: turnBlack,
  q: () => state && !gallery && set({ code: !state.scene.code }),
  p: slides.pause,
  " ": slides.pause,
  ArrowLeft: () => slides.stand.on && slides.by(stepFor(-1)),
  ArrowRight: () => slides.stand.on && slides.by(stepFor(1)),
  PageUp: () => slides.stand.on && slides.by(-1), // these two are what a presenter's remote sends
  PageDown: () => slides.stand.on && slides.by(1),
  Escape: () => tell(hint, ""),
};

document.addEventListener("keydown", (event) => {
  const key = commandOf(event);
  if (!Object.hasOwn(KEYS, key)) return stirred();
  event.preventDefault();
  KEYS[key]();
});
root.addEventListener("dblclick", turnFull);
addEventListener("resize", () => known && !state?.scene.frozen && draw());

// --- a kiosk ---

/** Something has happened: the pictures in turn end, and begin once it was quiet again. */
function stirred() {
  clearTimeout(quiet);
  if (!kiosk) return;
  if (slides.stand.on) slides.stop();
  quiet = setTimeout(rest, QUIET_MS);
}

function rest() {
  const pictures = [...(state?.wall ?? [])].reverse();
  if (!state || !pictures.length || state.scene.frozen || !CALM_SCENES.includes(sceneOf(state))) return stirred();
  slides.start({ total: async () => pictures.length, record: async (index) => pictures[index] ?? null });
}

root.addEventListener("pointerdown", stirred);
if (gallery) slides.start(gallery);
hinted();
stirred();
