// Before the show: the stage, the own phone as a proof, then people come in.
import { h } from "../shared/dom.js";
import { commandOf } from "../shared/keys.js";
import { msg } from "../shared/language.js";
import { nothingOpen } from "../shared/shortcuts.js";
import { singleKeys } from "../shared/single_keys.js";
import { makeAddress } from "./address.js";
import { askToEnd } from "./ending.js";
import { keyButton, write } from "./parts.js";
import { openStage, stageHint } from "./stage_window.js";

/**
 * @param {DeskDeeds} deeds
 * @returns {import("./desk.js").View}
 */
export function makeCheck(deeds) {
  const address = makeAddress(deeds);
  const proof = h("p", { class: "proof", dataset: { reached: false } });
  const stage = keyButton(msg("Open the stage"), "O", begin, { class: "main", "data-first": true });
  const letIn = keyButton(msg("Let people in"), "D", enter, { class: "main" });
  /** @type {Record<string, () => void>} */
  const keys = { o: begin, d: enter };
  const closing = new AbortController();
  document.addEventListener("keydown", press, { signal: closing.signal });
  const second = h(
    "li",
    { class: "sheet" },
    h("h3", { text: msg("Scan with your own phone") }),
    proof,
    address.root,
    h(
      "details",
      { class: "help" },
      h("summary", { text: msg("If the phone does not get there") }),
      h(
        "ul",
        {},
        h("li", { text: msg("Phone and computer have to be in the same Wi-Fi; a guest network may keep them apart.") }),
        h("li", { text: msg("On an iPhone, \u201cLimit IP Address Tracking\u201d of this Wi-Fi has to be off.") }),
        h("li", {
          text: msg(
            "A phone may leave a Wi-Fi without internet by itself: stay in it when it asks, or switch mobile data off.",
          ),
        }),
      ),
    ),
  );
  const root = h(
    "div",
    { class: "check-view" },
    h(
      "ol",
      { class: "steps" },
      h(
        "li",
        { class: "sheet" },
        h("h3", { text: msg("Open the stage") }),
        stageHint(),
        h("div", { class: "actions" }, stage),
      ),
      second,
      h(
        "li",
        { class: "sheet" },
        h("h3", { text: msg("Let people in") }),
        h("p", { class: "note", text: msg("Until then a phone reads \u201cNot open yet\u201d and waits by itself.") }),
        h("div", { class: "actions" }, letIn),
      ),
    ),
    h("button", {
      type: "button",
      class: "plain-link",
      text: msg("Call it off"),
      onclick: () => askToEnd(deeds, "end"),
    }),
  );

  return {
    root,
    /** @param {DeskState} now */
    tell(now) {
      address.tell(now);
      const reached = now.addresses.some((one) => one.reached);
      proof.dataset.reached = String(reached);
      write(
        proof,
        reached
          ? msg("Your phone was here: it works.")
          : now.state === "checking"
            ? msg("Waiting for your phone\u2026")
            : msg("Once the stage is open, this turns green when a phone gets there."),
      );
      const next = reached || now.state === "checking";
      root.dataset.checking = String(next);
      stage.toggleAttribute("data-first", !next);
      letIn.toggleAttribute("data-first", next);
    },
    commands: () => [
      { name: msg("Open the stage"), key: "o", run: begin },
      { name: msg("Let people in"), key: "d", run: () => letIn.focus() },
    ],
    close: () => closing.abort(),
  };

  function begin() {
    openStage();
    deeds.session({ do: "check" });
  }

  function enter() {
    deeds.session({ do: "open" });
  }

  /** @param {KeyboardEvent} event */
  function press(event) {
    const deed = singleKeys() ? keys[commandOf(event)] : undefined;
    if (!deed || !nothingOpen()) return;
    event.preventDefault();
    deed();
  }
}
