// One experiment: its cells as a table that fills while it runs, and what can be done with it.
import { announce } from "../shared/announce.js";
import { ask, getJson, noAnswer } from "../shared/ask.js";
import { h } from "../shared/dom.js";
import { PAGES } from "../shared/facts.js";
import { msg, msgN } from "../shared/language.js";
import { at } from "../shared/place.js";
import { entitle } from "../shared/title.js";
import { toast } from "../shared/toast.js";
import { dollars, when } from "../shared/words.js";
import { openViewer } from "../viewer/viewer.js";
import { makeTable } from "./cells.js";
import { stateText } from "./list.js";
import { drawPlot } from "./plot.js";

const LOOK_AGAIN_MS = 1000;
const SIZES = [96, 128, 160, 208, 272, 352];

/**
 * Draw the experiment `id` into `body`; `named` is told its name, `again` plans it once more.
 *
 * @param {HTMLElement} body
 * @param {{ id: string, named: (name: string) => void, again: (id: string) => void }} page
 */
export function makeGrid(body, { id, named, again }) {
  let timer = 0;
  let closed = false;
  let busy = false;
  /** @type {Experiment | null} */
  let one = null;
  /** @type {Map<string, CellOf>} */
  const cells = new Map();
  /** @type {CellOf[]} */
  let order = [];
  const state = h("p", { class: "state-line" });
  const why = h("p", { class: "why", hidden: true });
  const bar = h("progress", { max: 1, value: 0, "aria-label": msg("Cells that are done") });
  const buttons = h("div", { class: "actions" });
  const size = h("input", {
    type: "range",
    min: 0,
    max: SIZES.length - 1,
    value: 2,
    "aria-label": msg("Size of the images"),
    oninput: resized,
  });
  const table = makeTable({ open: openCell, retry: () => act("retry") });
  const plot = h("div", { class: "plots" });
  resized();
  body.replaceChildren(
    h("section", { class: "sheet status" }, h("div", { class: "status-head" }, state, buttons), bar, why),
    h(
      "div",
      { class: "grid-tools" },
      table.tabs,
      h("label", { class: "size" }, h("span", { text: msg("Size") }), size),
    ),
    table.root,
    plot,
  );
  load();
  document.addEventListener("playground:back", load);

  function resized() {
    table.root.style.setProperty("--cell", `${SIZES[Number(size.value)]}px`);
  }

  async function load() {
    clearTimeout(timer);
    const since = one ? `?since=${encodeURIComponent(one.version)}` : "";
    /** @type {Experiment | null} */
    const found = document.hidden && one ? null : await getJson(`/api/experiments/${id}${since}`);
    if (closed) return;
    if (found) take(found);
    else if (!one) state.textContent = noAnswer();
    if (!one || one.state === "running") timer = setTimeout(load, LOOK_AGAIN_MS);
  }

  /** @param {Experiment} found */
  function take(found) {
    const before = one;
    if (found.whole) cells.clear();
    for (const cell of found.cells) cells.set(cell.place.join(), cell);
    one = found;
    if (!before) {
      named(found.title);
      entitle("page", found.title || msg("Experiment"));
      table.build(found.axes, found.plan.repeats ?? 1);
    }
    order = [...cells.values()];
    table.show(found.whole ? order : found.cells);
    tell(found);
    if (!before || found.cells.length) drawPlot(plot, found.axes, order);
    if (before && before.state !== found.state) announce(`${stateText(found)}. ${found.why}`, { about: "experiment" });
  }

  /** @param {Experiment} found */
  function tell({ counts, state: stands, goes_on, why: reason }) {
    const ended = counts.saved + counts.failed + counts.unknown;
    const spent = order.reduce((sum, cell) => sum + (cell.cached ? 0 : (cell.price_usd ?? 0)), 0);
    state.textContent = [
      stateText({ state: stands, goes_on }),
      msg("{done} of {all} cells", { done: counts.saved, all: counts.cells }),
      counts.cached ? msgN("1 was already made", "{n} were already made", counts.cached) : "",
      counts.failed ? msgN("1 failed", "{n} failed", counts.failed) : "",
      counts.unknown ? msgN("1 may have been charged", "{n} may have been charged", counts.unknown) : "",
      spent ? msg("{price} spent", { price: dollars(spent) }) : "",
    ]
      .filter(Boolean)
      .join(" \u00b7 ");
    bar.value = counts.cells ? ended / counts.cells : 0;
    bar.hidden = stands === "done";
    const resting = stands === "paused" && reason;
    why.hidden = !resting;
    const later = goes_on ? msg("It goes on by itself {moment}.", { moment: when(goes_on) }) : "";
    why.textContent = `${reason} ${later}`.trim();
    const left = counts.waiting + counts.queued + counts.sent > 0;
    const wanted = [
      stands === "running" ? ["pause", msg("Pause")] : null,
      stands === "running" ? ["stop", msg("Stop now")] : null,
      stands !== "running" && left ? ["resume", msg("Go on")] : null,
      counts.failed ? ["retry", msg("Try the failed ones again")] : null,
      counts.unknown ? ["doubt", msg("Ask again what may have been charged")] : null,
    ].filter((pair) => pair !== null);
    const names = wanted.map(([name]) => name).join();
    if (buttons.dataset.names === names) return;
    buttons.dataset.names = names;
    buttons.replaceChildren(
      ...wanted.map(([name, text]) =>
        h("button", { type: "button", dataset: { do: name }, text, onclick: () => act(name) }),
      ),
      h("button", { type: "button", text: msg("Plan it again"), onclick: () => again(id) }),
      h("a", { href: at(`${PAGES.gallery}?experiment=${id}`), text: msg("In the gallery") }),
    );
  }

  /** @param {string} name */
  async function act(name) {
    if (busy) return;
    busy = true;
    try {
      const deed = name === "doubt" ? { do: "retry", of: "unknown" } : { do: name };
      await ask(`/api/experiments/${id}`, { body: deed });
    } catch (error) {
      toast(/** @type {Error} */ (error).message, { urgent: true });
    } finally {
      busy = false;
      load();
    }
  }

  /** @param {CellOf} cell */
  function openCell(cell) {
    const row = order.filter((each) => each.image_id);
    /** @type {Map<string, Promise<ImageRecord | null>>} */
    const records = new Map();
    openViewer({
      total: () => row.length,
      index: Math.max(0, row.indexOf(cell)),
      record: (index) => {
        const image = row[index]?.image_id;
        if (!image) return Promise.resolve(null);
        const record = records.get(image) ?? getJson(`/api/images/${image}`).then((found) => found?.record ?? null);
        records.set(image, record);
        return record;
      },
      indexOf: (image) => row.findIndex((each) => each.image_id === image),
      closed: (index) => table.focus(row[index]),
    });
  }

  return {
    close() {
      closed = true;
      clearTimeout(timer);
      entitle("page", "");
      document.removeEventListener("playground:back", load);
    },
  };
}
