// All experiments, the newest first, with how they stand.
import { getJson, noAnswer } from "../shared/ask.js";
import { h } from "../shared/dom.js";
import { msg } from "../shared/language.js";
import { when } from "../shared/words.js";

const LOOK_AGAIN_MS = 4000;

/** @param {{ show: (id: string) => void }} page */
export function makeList({ show }) {
  const rows = h("ul", { class: "experiment-list" });
  const said = h("p", { class: "note" });
  const root = h(
    "section",
    { class: "sheet listed", "aria-labelledby": "experiments-listed" },
    h("h3", { id: "experiments-listed", text: msg("Earlier ones") }),
    said,
    rows,
  );
  let timer = 0;
  let closed = false;
  load();
  document.addEventListener("playground:back", load);

  async function load() {
    clearTimeout(timer);
    /** @type {{ experiments: ListedExperiment[] } | null} */
    const found = document.hidden && rows.childElementCount ? null : await getJson("/api/experiments");
    if (closed) return;
    if (found) draw(found.experiments);
    else if (!rows.childElementCount) said.textContent = noAnswer();
    if (!found || found.experiments.some((one) => one.state === "running")) timer = setTimeout(load, LOOK_AGAIN_MS);
  }

  /** @param {ListedExperiment[]} experiments */
  function draw(experiments) {
    said.textContent = experiments.length ? "" : msg("None yet. What you start is kept here, with all of its images.");
    const focused = rows.contains(document.activeElement) ? document.activeElement?.getAttribute("data-id") : null;
    rows.replaceChildren(
      ...experiments.map((one) =>
        h(
          "li",
          {},
          h(
            "a",
            {
              href: `?id=${one.id}`,
              dataset: { id: one.id },
              onclick: (event) => {
                if (event.ctrlKey || event.metaKey || event.shiftKey) return;
                event.preventDefault();
                show(one.id);
              },
            },
            h("bdi", { text: one.title || msg("Experiment") }),
          ),
          h("span", { class: "state", dataset: { state: one.state }, text: stateText(one) }),
          h("time", { datetime: one.created, text: when(one.created) }),
        ),
      ),
    );
    if (focused) rows.querySelector(`[data-id="${focused}"]`)?.focus();
  }

  return {
    root,
    close() {
      closed = true;
      clearTimeout(timer);
      document.removeEventListener("playground:back", load);
    },
  };
}

/** @param {Pick<ListedExperiment, "state" | "goes_on">} one */
export function stateText({ state, goes_on }) {
  if (state === "running") return msg("Running");
  if (state === "done") return msg("Done");
  if (state === "stopped") return msg("Stopped");
  return goes_on ? msg("Goes on {moment}", { moment: when(goes_on) }) : msg("Resting");
}
