// One experiment: its cells as a table that fills while it runs, and what can be done with it.
import { announce } from "../shared/announce.js";
import { ask, getJson } from "../shared/ask.js";
import { h } from "../shared/dom.js";
import { commandOf } from "../shared/keys.js";
import { msg } from "../shared/language.js";
import { singleKeys } from "../shared/single_keys.js";
import { entitle } from "../shared/title.js";
import { toast } from "../shared/toast.js";
import { showAddressed } from "../viewer/addressed.js";
import { openAsked } from "../viewer/steps.js";
import { openViewer } from "../viewer/viewer.js";
import { AXES, asRead, fetchNames, standsAt } from "./axis_names.js";
import { makeBetween } from "./between.js";
import { makeTable } from "./cells.js";
import { askToDelete } from "./deleting.js";
import { makeExport } from "./export.js";
import { makePeek } from "./peek.js";
import { makePicks } from "./picks.js";
import { drawPlot } from "./plot.js";
import { SORTS } from "./sorts.js";
import { makeStatus, stateText } from "./status.js";

const LOOK_AGAIN_MS = 1000;
const SOON_MS = 100;
const MANY = 30; // cells that landed since the last look: such as are stored already
const LOOKS_AFTER = 15; // the last differences are measured when all images are there
const UNANSWERED_MS = 4000;
const SIZES = [96, 128, 160, 208, 272, 352];

/**
 * Draw the experiment `id` into `body`; `named` is told its name, `again` plans it once more, `gone`
 * is called when it is deleted.
 *
 * @param {HTMLElement} body
 * @param {{ id: string, named: (name: string) => void, again: (id: string) => void, gone: () => void }} page
 */
export function makeGrid(body, { id, named, again, gone }) {
  let timer = 0;
  let after = LOOKS_AFTER;
  let many = false; // cells landed since the look before
  let closed = false;
  let busy = false;
  /** @type {Experiment | null} */
  let one = null;
  /** @type {Map<string, CellOf>} */
  const cells = new Map();
  /** @type {CellOf[]} */
  let order = [];
  let nameOf = (/** @type {string} */ kind) => kind;
  /** @type {Map<string, Promise<ImageRecord | null>>} */
  const records = new Map();
  const status = makeStatus({ id, act, again: () => again(id), remove });
  const size = h("input", {
    type: "range",
    min: 0,
    max: SIZES.length - 1,
    value: 2,
    "aria-label": msg("Size of the images"),
    "aria-keyshortcuts": "+ -",
    oninput: resized,
  });
  const table = makeTable({ press, more: (_, button) => peek.toggle(button), retry: () => act("retry") });
  const peek = makePeek(table.root, {
    cellOf: table.cellOf,
    standsAt: (cell) => (one ? standsAt(one.axes, cell.place, nameOf) : []),
    base: () => one?.base ?? {},
    record: recordOf,
  });
  const picks = makePicks({ name: table.name, mark: table.mark, focus: table.focus });
  const between = makeBetween({ id, grown });
  const plot = h("div", { class: "plots" });
  /** @type {PanelOf | null} */
  let panel = null;
  const answer = h("div", { class: "answer" });
  const downloads = makeExport(id);
  const tools = h(
    "div",
    { class: "grid-tools" },
    table.tabs,
    picks.root,
    h("label", { class: "size" }, h("span", { text: msg("Size") }), size),
  );
  for (const part of [tools, table.root]) part.hidden = true; // until there is something in them
  resized();
  status.root.append(downloads);
  body.replaceChildren(status.root, answer, tools, table.root, between.root, plot, peek.root);
  const naming = fetchNames().then((names) => {
    nameOf = names;
  });
  load();
  document.addEventListener("playground:back", load);
  document.addEventListener("keydown", key);

  function resized() {
    table.root.style.setProperty("--cell", `${SIZES[Number(size.value)]}px`);
    peek.hide();
  }

  /** @param {number} by */
  function resize(by) {
    size.value = String(Number(size.value) + by);
    resized();
  }

  async function load() {
    clearTimeout(timer);
    const since = one ? `?since=${encodeURIComponent(one.version)}` : "";
    if (closed || (document.hidden && one)) return later();
    try {
      const [found] = await Promise.all([ask(`/api/experiments/${id}${since}`), naming]);
      if (!closed) take(/** @type {Experiment} */ (found));
    } catch (error) {
      if (!closed && !one) status.fail(/** @type {Error} */ (error).message);
    }
    later();
  }

  function later() {
    clearTimeout(timer);
    if (closed) return;
    if (one?.state === "running") after = LOOKS_AFTER;
    const measuring = order.some(({ image_id, difference }) => image_id && difference === null);
    if (!one) timer = setTimeout(load, UNANSWERED_MS);
    else if (one.state === "running") timer = setTimeout(load, many ? SOON_MS : LOOK_AGAIN_MS);
    else if (measuring && after-- > 0) timer = setTimeout(load, LOOK_AGAIN_MS);
  }

  /** @param {Experiment} found */
  function take(found) {
    const before = one;
    if (before && !found.whole && shapeOf(before) !== shapeOf(found)) return grown(); // all places are others
    if (found.whole) cells.clear();
    for (const cell of found.cells) cells.set(cell.place.join(), cell);
    one = found;
    many = found.cells.length >= MANY && found.counts.saved >= MANY;
    if (!before || shapeOf(before) !== shapeOf(found)) {
      named(found.title);
      entitle("page", found.title || msg("Experiment"));
      table.build(found.axes, found.plan.repeats ?? 1, nameOf);
      picks.turn(false);
    }
    if (!before) {
      panel = SORTS.find((sort) => sort.kind === found.kind)?.panel?.(id) ?? null;
      answer.replaceChildren(...(panel ? [panel.root] : []));
    }
    order = [...cells.values()];
    table.show(found.whole ? order : found.cells);
    status.tell(found, order);
    between.update(found, nameOf);
    panel?.update(found, order);
    const hidden = panel?.hidesCells() ?? false;
    status.root.classList.toggle("blind", hidden);
    for (const part of [tools, table.root, plot, downloads]) part.hidden = hidden;
    if (!before && !hidden) openAsked();
    if (!before || found.cells.length) drawPlot(plot, found.axes, order, nameOf);
    if (before && before.state !== found.state)
      announce(msg("{title}. {text}", { title: stateText(found), text: found.why }), { about: "experiment" });
  }

  /** The experiment has other places than before: all of it is fetched anew. */
  function grown() {
    one = null;
    load();
  }

  function remove() {
    if (one) askToDelete(one, gone);
  }

  /** @param {CellOf} cell */
  function press(cell) {
    if (picks.on) picks.pick(cell);
    else openCell(cell);
  }

  /** @param {KeyboardEvent} event */
  function key(event) {
    if (document.querySelector("dialog:modal") || table.root.hidden) return;
    if (event.key === "Escape" && picks.clear()) return event.preventDefault();
    if (!singleKeys()) return;
    const command = commandOf(event);
    const cell = table.cellOf(document.activeElement);
    if (command === "+" || command === "=") resize(1);
    else if (command === "-") resize(-1);
    else if (command === "c" && cell) picks.pick(cell);
    else return;
    event.preventDefault();
  }

  /** @param {string} image */
  function recordOf(image) {
    const found = records.get(image) ?? getJson(`/api/images/${image}`).then((answered) => answered?.record ?? null);
    records.set(image, found);
    found.then((record) => record ?? records.delete(image)); // asked for once more
    return found;
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
    let row = order.filter((each) => each.image_id).sort(asRead);
    peek.hide();
    openViewer({
      total: () => row.length,
      index: Math.max(0, row.indexOf(cell)),
      record: async (index) => (row[index]?.image_id ? recordOf(row[index].image_id ?? "") : null),
      changed: (record) => records.set(record.id, Promise.resolve(record)),
      removed(image) {
        const lost = row.filter((each) => each.image_id === image);
        row = row.filter((each) => each.image_id !== image);
        for (const each of lost) each.image_id = null;
        table.show(lost);
      },
      indexOf: (image) => row.findIndex((each) => each.image_id === image),
      closed: (index) => table.focus(row[index]),
    });
  }

  /**
   * Open the image that the page's address names.
   *
   * @param {string} image
   */
  function openImage(image) {
    const cell = order.find((each) => each.image_id === image);
    if (cell) openCell(cell);
    else if (one) showAddressed(image, openViewer);
  }

  function results() {
    /** @type {HTMLElement | null} */
    const first = table.root.querySelector(".shot");
    if (!table.root.hidden) first?.focus();
  }

  return {
    openImage,
    results,
    commands: () =>
      one && !table.root.hidden
        ? [
            { name: msg("Compare two cells"), key: "c", run: () => picks.turn(true) },
            { name: msg("Larger images"), key: "+", run: () => resize(1) },
            { name: msg("Smaller images"), key: "\u2212", run: () => resize(-1) },
            { name: msg("Plan it again"), run: () => again(id) },
            ...(one.state === "running" ? [] : [{ name: msg("Delete the experiment"), run: remove }]),
          ]
        : [],
    close() {
      closed = true;
      panel?.close();
      peek.close();
      clearTimeout(timer);
      entitle("page", "");
      document.removeEventListener("playground:back", load);
      document.removeEventListener("keydown", key);
    },
  };
}

/** @param {Experiment} one */
const shapeOf = ({ axes }) => JSON.stringify(AXES.map((name) => axes[name].labels));
