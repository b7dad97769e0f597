// A session under way: ideas, pictures, the room, and a key for all that is done often.
import { h } from "../shared/dom.js";
import { PAGES } from "../shared/facts.js";
import { commandOf } from "../shared/keys.js";
import { msg } from "../shared/language.js";
import { at } from "../shared/place.js";
import { nothingOpen } from "../shared/shortcuts.js";
import { singleKeys } from "../shared/single_keys.js";
import { toast } from "../shared/toast.js";
import { minutes } from "../shared/words.js";
import { makeColumns } from "./columns.js";
import { askToEnd } from "./ending.js";
import { makeHand } from "./hand.js";
import { write } from "./parts.js";
import { makeRound } from "./round.js";
import { makeDoor, makeEnding, makeMoney, makeScenes } from "./side.js";
import { openStage } from "./stage_window.js";

const OPTIONS = { least: 2, most: 4 };

/**
 * @param {DeskDeeds} deeds
 * @param {import("./rehearsals.js").Rehearsals} rehearsals
 * @returns {import("./desk.js").View}
 */
export function makeRunning(deeds, rehearsals) {
  /** @type {DeskState | null} */
  let now = null;
  const trouble = h("p", { class: "alert bad", role: "alert", hidden: true });
  const why = h("span", { dir: "auto" });
  const settings = h("a", { href: at(PAGES.settings), target: "_blank", text: msg("Settings") });
  const instead = h("button", { type: "button", text: msg("Rehearsal"), onclick: rehearse });
  const resting = h(
    "div",
    { class: "alert", hidden: true },
    why,
    h(
      "span",
      { class: "ways" },
      h("button", { type: "button", text: msg("Go on"), onclick: () => deeds.session({ do: "resume" }) }),
      settings,
      instead,
    ),
  );
  const plays = h("span");
  const left = h("span", { class: "time" });
  const playing = h(
    "div",
    { class: "plays", hidden: true },
    plays,
    left,
    h("span", { class: "ways" }, h("button", { type: "button", text: msg("Stop"), onclick: rehearsals.stop })),
  );
  const stands = h(
    "div",
    { class: "stands-in", hidden: true },
    h("span", { text: msg("The rehearsal answers: what it knows is shown as recorded, other ideas wait.") }),
    h("span", { class: "ways" }, h("button", { type: "button", text: msg("Go live"), onclick: rehearse })),
  );
  const columns = makeColumns(deeds);
  const hand = makeHand(deeds);
  const parts = [makeDoor(deeds), makeMoney(deeds), makeScenes(deeds, { scene, vote, rehearse })];
  const round = makeRound(deeds);
  columns.line.prepend(hand.root);
  columns.middle.prepend(round.root);
  const root = h(
    "div",
    { class: "running" },
    h("div", { class: "alerts" }, trouble, playing, stands, resting),
    columns.line,
    columns.middle,
    h("div", { class: "side-column" }, ...parts.map((part) => part.root), makeEnding(deeds)),
  );
  /** @type {Record<string, () => unknown>} */
  const keys = {
    a: () => act("line", "approve"),
    x: () => act(columns.cursor.at, "refuse"),
    Enter: () => hand.justLeft() || act("gate", "show"),
    n: columns.next,
    ArrowDown: () => move(() => columns.cursor.step(columns.cursor.at, 1)),
    ArrowUp: () => move(() => columns.cursor.step(columns.cursor.at, -1)),
    ArrowLeft: () => move(() => columns.cursor.at === "gate" && columns.cursor.cross()),
    ArrowRight: () => move(() => columns.cursor.at === "line" && columns.cursor.cross()),
    e: hand.focus,
    v: vote,
    w: () => scene("wall"),
    q: () => scene("code"),
    b: () => scene("black"),
    f: () => scene("frozen"),
    p: () => deeds.session({ do: now?.paused ? "resume" : "pause" }),
    r: rehearse,
    z: deeds.undo,
    l: () => now?.played || askToEnd(deeds, "next"),
    o: openStage,
    ...Object.assign({}, ...parts.map((part) => part.keys)),
  };
  const closing = new AbortController();
  document.addEventListener("keydown", press, { signal: closing.signal });

  return {
    root,
    search: hand.focus,
    results: () => columns.middle.querySelector("button")?.focus(),
    commands: () => [
      { name: msg("Add an idea by hand"), key: "e", run: hand.focus },
      { name: msg("Open the stage"), key: "o", run: openStage },
      { name: msg("Start a vote, or close it"), key: "v", run: vote },
      { name: msg("All pictures on the stage"), key: "w", run: () => scene("wall") },
      { name: msg("Large code on the stage"), key: "q", run: () => scene("code") },
      { name: msg("Black stage"), key: "b", run: () => scene("black") },
      { name: msg("Freeze the stage"), key: "f", run: () => scene("frozen") },
      { name: msg("Next group"), key: "l", run: () => askToEnd(deeds, "next") },
      { name: msg("Keep and end"), run: () => askToEnd(deeds, "end") },
    ],
    /** @param {DeskState} state */
    tell(state) {
      now = state;
      const played = state.played;
      root.dataset.plays = String(played);
      playing.hidden = !played;
      write(plays, msg("{mark}: this is played, nothing is sent.", { mark: state.recorded_on }));
      write(left, state.plays_s ? msg("about {time} left", { time: minutes(state.plays_s) }) : "");
      stands.hidden = !state.rehearsed;
      root.dataset.full = String(state.left <= 0);
      trouble.hidden = !state.trouble;
      write(trouble, state.trouble);
      resting.hidden = !state.paused;
      settings.hidden = !state.why;
      instead.hidden = !state.why || state.rehearsed;
      write(why, state.why || msg("You have paused: nothing is made until you go on."));
      columns.tell(state);
      round.tell(state);
      for (const part of parts) part.tell(state);
    },
    close() {
      closing.abort();
      columns.close();
    },
  };

  /** @param {KeyboardEvent} event */
  function press(event) {
    const key = commandOf(event);
    const deed = key.length > 1 || singleKeys() ? keys[key] : undefined;
    if (!deed || !nothingOpen()) return;
    const target = /** @type {Element} */ (event.target);
    if (key.length > 1 && target.closest("button, a, summary, input")) return; // these have a use for it
    event.preventDefault();
    deed();
  }

  /**
   * @param {import("./cursor.js").Where} where
   * @param {"approve" | "refuse" | "show"} what
   */
  function act(where, what) {
    const wish = columns.marked(where);
    if (wish) deeds.wish(wish, what);
  }

  /** @param {() => unknown} step */
  function move(step) {
    step();
    columns.moved();
  }

  /** @param {"wall" | "black" | "frozen" | "code"} name */
  function scene(name) {
    if (now) deeds.scene({ [name]: !now.scene[name] });
  }

  function vote() {
    if (now?.round?.open) return void deeds.session({ do: "closed" });
    const options = columns.lastShown(OPTIONS.most).map((wish) => wish.id);
    if (options.length < OPTIONS.least) return void toast(msg("A vote needs two pictures that were shown."));
    deeds.session({ do: "round", options });
  }

  function rehearse() {
    if (now?.rehearsed) return void deeds.session({ do: "rehearse", on: false });
    rehearsals.askToContinue(deeds);
  }
}
