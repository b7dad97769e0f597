// How an experiment stands, and what can be done with it.
import { h } from "../shared/dom.js";
import { PAGES } from "../shared/facts.js";
import { joined, msg, msgN } from "../shared/language.js";
import { at } from "../shared/place.js";
import { dollars, minutes, when } from "../shared/words.js";

const A_WHILE_S = 90; // a time left is told in whole minutes from here on

/**
 * `act(name)` does one of pause, stop, resume, retry, doubt.
 *
 * @param {{ id: string, act: (name: string) => void, again: () => void, remove: () => void }} page
 */
export function makeStatus({ id, act, again, remove }) {
  const state = h("p", { class: "state-line" });
  const why = h("p", { class: "why", hidden: true });
  const bar = h("progress", { max: 1, value: 0, "aria-label": msg("Cells that are done") });
  const buttons = h("div", { class: "actions" });
  const root = h("section", { class: "sheet status" }, h("div", { class: "status-head" }, state, buttons), bar, why);

  return {
    root,
    /** @param {string} text why nothing can be shown */
    fail(text) {
      state.textContent = text;
      bar.hidden = true;
    },
    /**
     * @param {Experiment} one
     * @param {CellOf[]} cells
     */
    tell({ counts, state: stands, goes_on, why: reason, ending, seconds_left }, cells) {
      const ended = counts.saved + counts.failed + counts.unknown;
      const spent = cells.reduce((sum, cell) => sum + (cell.cached ? 0 : (cell.price_usd ?? 0)), 0);
      const running = stands === "running" && !ending;
      state.textContent = [
        ending
          ? msgN("Ends after 1 cell under way", "Ends after {n} cells under way", counts.sent + counts.queued)
          : stateText({ state: stands, goes_on }),
        msg("{done} of {all} cells", { done: counts.saved, all: counts.cells }),
        counts.cached ? msgN("1 was already made", "{n} were already made", counts.cached) : "",
        counts.failed ? msgN("1 failed", "{n} failed", counts.failed) : "",
        counts.unknown ? msgN("1 may have been charged", "{n} may have been charged", counts.unknown) : "",
        spent ? msg("{price} spent", { price: dollars(spent) }) : "",
        running && seconds_left ? leftText(seconds_left) : "",
      ]
        .filter(Boolean)
        .join(" \u00b7 ");
      bar.value = counts.cells ? ended / counts.cells : 0;
      bar.hidden = stands === "done";
      const resting = stands === "paused" && reason;
      why.hidden = !resting;
      const later = goes_on ? msg("It goes on by itself {moment}.", { moment: when(goes_on) }) : "";
      why.textContent = joined(reason, later);
      const left = counts.waiting + counts.queued + counts.sent > 0;
      /** @type {([name: string, text: string, told?: string] | null)[]} */
      const offered = [
        running
          ? [
              "pause",
              msg("Stop after those under way"),
              msg("What is under way is still made, and what waits for its turn too"),
            ]
          : null,
        stands === "running"
          ? ["stop", msg("Stop now"), msg("Sends nothing more; what is under way is still kept")]
          : null,
        stands !== "running" && left ? ["resume", msg("Go on")] : null,
        stands !== "running" && counts.failed ? ["retry", msg("Try the failed ones again")] : null,
        stands !== "running" && counts.unknown ? ["doubt", msg("Ask again what may have been charged")] : null,
      ];
      const wanted = offered.filter((each) => each !== null);
      const names = [...wanted.map(([name]) => name), stands === "running"].join();
      if (buttons.dataset.names === names) return;
      const focused = buttons.contains(document.activeElement);
      buttons.dataset.names = names;
      buttons.replaceChildren(
        ...wanted.map(([name, text, told]) =>
          h("button", { type: "button", dataset: { do: name }, text, title: told, onclick: () => act(name) }),
        ),
        h("button", { type: "button", text: msg("Plan it again"), onclick: again }),
        h("a", { href: at(`${PAGES.gallery}?experiment=${id}`), text: msg("In the gallery") }),
        ...(stands === "running"
          ? []
          : [h("button", { type: "button", class: "delete", text: msg("Delete"), onclick: remove })]),
      );
      if (focused) buttons.querySelector("button")?.focus();
    },
  };
}

/** @param {number} seconds */
function leftText(seconds) {
  if (seconds < A_WHILE_S) return msg("about {time} left", { time: minutes(Math.max(1, seconds)) });
  return msgN("about 1 min left", "about {n} min left", Math.round(seconds / 60));
}

/** @param {Pick<ListedExperiment, "state" | "goes_on">} one */
export function stateText({ state, goes_on }) {
  if (state === "running") return msg("Running");
  if (state === "done") return msg("Done");
  if (state === "stopped") return msg("Stopped");
  return goes_on ? msg("Goes on {moment}", { moment: when(goes_on) }) : msg("Resting");
}
