// All experiments, the newest first, with how they stand.
import { getJson, noAnswer } from "../shared/ask.js";
import { h } from "../shared/dom.js";
import { msg, msgN } from "../shared/language.js";
import { dollars, when } from "../shared/words.js";
import { askToDelete } from "./deleting.js";
import { SORTS } from "./sorts.js";
import { stateText } from "./status.js";

const LOOK_AGAIN_MS = 4000;

/** @param {{ show: (id: string) => void }} page */
export function makeList({ show }) {
  const rows = h("ul", { class: "experiment-list" });
  const said = h("p", { class: "note" });
  const root = h(
    "section",
    { class: "sheet listed", "aria-labelledby": "experiments-listed" },
    h("h3", { id: "experiments-listed", tabindex: "-1", text: msg("Earlier ones") }),
    said,
    rows,
  );
  let timer = 0;
  let closed = false;
  load();
  document.addEventListener("playground:back", load);

  async function load() {
    clearTimeout(timer);
    /** @type {{ experiments: InTheList[] } | null} */
    const found = document.hidden && rows.childElementCount ? null : await getJson("/api/experiments");
    if (closed) return;
    if (found) draw(found.experiments);
    else if (!rows.childElementCount) said.textContent = noAnswer();
    if (!found || found.experiments.some((one) => one.state === "running")) timer = setTimeout(load, LOOK_AGAIN_MS);
  }

  /** @param {InTheList[]} experiments */
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
          h("span", { class: "progress-text" }, ...progress(one)),
          h("time", { datetime: one.created, text: when(one.created) }),
          one.state === "running"
            ? h("span")
            : h("button", {
                type: "button",
                class: "delete",
                text: msg("Delete"),
                "aria-label": msg("Delete {title}", { title: one.title || msg("Experiment") }),
                onclick: () => askToDelete(one, deleted),
              }),
        ),
      ),
    );
    if (focused) rows.querySelector(`[data-id="${focused}"]`)?.focus();
  }

  async function deleted() {
    await load();
    root.querySelector(rows.childElementCount ? "a" : "h3")?.focus();
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

/**
 * What kind it is, how far it is and what it cost.
 *
 * @param {InTheList} one
 */
function progress({ kind, counts, spent_usd }) {
  const { cells, saved, failed, unknown } = counts;
  const told = [
    SORTS.find((sort) => sort.kind === kind)?.label ?? kind,
    msg("{done} of {all}", { done: saved, all: cells }),
    failed ? msgN("1 failed", "{n} failed", failed) : "",
    unknown ? msgN("1 may have been charged", "{n} may have been charged", unknown) : "",
    spent_usd ? dollars(spent_usd) : "",
  ];
  return told.filter(Boolean).map((text) => h("span", { text }));
}
