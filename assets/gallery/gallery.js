// The gallery: all stored images in one virtual grid, found by words and filters that stand in the
// page's address, sorted out by stars, ratings, tags and a trash.

import { ask } from "../shared/ask.js";
import { answering } from "../shared/connection.js";
import { h } from "../shared/dom.js";
import { COMPARED_MAX } from "../shared/facts.js";
import { commandOf } from "../shared/keys.js";
import { toast } from "../shared/toast.js";
import { images } from "../shared/words.js";
import { openCompare } from "../viewer/compare.js";
import { forget, openAsked, watchSteps } from "../viewer/steps.js";
import { readQuery, withChanges, writeQuery } from "./address.js";
import { makeBulkBar } from "./bulk.js";
import { offerGallery } from "./commands.js";
import { complain, makeDeeds } from "./deeds.js";
import { makeFilters } from "./filters.js";
import { followMarks } from "./follow.js";
import { makeGrid } from "./grid.js";
import { makeHead } from "./head.js";
import { makeLarge } from "./large.js";
import { makeList } from "./list.js";
import { makePace } from "./pace.js";
import { makeSelection } from "./selection.js";

const MANY = 1000; // beyond so many the number may come later

/** @type {Facets} */
const NO_FACETS = { models: [], providers: [], tags: [], sizes: [], trash: 0 };

/** @param {Drawn} component */
export function mount({ element }) {
  let query = readQuery();
  let facets = NO_FACETS;
  /** @type {number | null} */
  let everything = null; // how many images there are without any filter, once known
  const inTrash = () => query.get("trash") === "1";

  const pace = makePace(poll);
  const list = makeList({
    changed: () => {
      pace.answered();
      for (const record of list.held()) selection.patch(record); // an undo may have changed them
      draw();
    },
    failed: () => {
      pace.failed();
      draw();
    },
  });
  const selection = makeSelection(list, {
    changed: () => {
      bulk.draw();
      grid.redraw();
    },
    said: (text) => toast(text),
  });
  /** @param {string} id */
  const label = (id) => facets.models.find((model) => model.id === id)?.label ?? id;
  const words = {
    model: (/** @type {string} */ id) => (label(id) === id ? (id.split("/").at(-1) ?? id) : label(id)),
  };
  const deeds = makeDeeds({
    list,
    selection,
    inTrash,
    leave: (ids) => marked.leave(ids),
    open: (index) => large.open(index),
    held: () => grid.focused() || bulk.root.contains(document.activeElement),
    refocus: () => grid.focusOn(grid.current),
    redraw: () => grid.redraw({ words: true }),
  });
  const grid = makeGrid({ list, selection, words, act: deeds.act, scrolled });
  const filters = makeFilters({ facets: () => facets, change: (next) => turnTo(next, { push: true }) });
  const bulk = makeBulkBar({
    selection,
    total: () => (list.least ? null : (list.total ?? 0)),
    facets: () => facets,
    narrowed: () => filters.any,
    inTrash,
    apply: deeds.apply,
    clear: () => {
      selection.clear();
      grid.focusOn(grid.current);
    },
    compared: () => grid.focusOn(grid.current),
  });
  const marked = followMarks({
    list,
    selection,
    query: () => query,
    draw,
    viewing: () => large.viewing,
    refreshFacets,
    count: (more) => {
      if (everything !== null) everything += more;
    },
  });
  const large = makeLarge({ list, draw, settled: marked.settle, focusOn: grid.focusOn });
  const head = makeHead({
    filters,
    search,
    toTrash: (trash) => turnTo(withChanges("", { trash: trash ? "1" : "" }), { push: true }),
    emptyTrash,
    again: () => turnTo(query),
    bringIn,
  });
  element.replaceChildren(
    h(
      "div",
      { class: "gallery" },
      head.root,
      filters.panel,
      filters.chips,
      h("div", { class: "wall-frame" }, head.pill, grid.root, head.empty, bulk.root),
    ),
  );

  // --- what is shown ---

  function draw() {
    const { total } = list;
    grid.root.hidden = total === 0 || (total === null && pace.broken);
    grid.root.setAttribute("aria-busy", String(total === null));
    if (total !== null && !list.least && !filters.any && !inTrash()) everything ??= total;
    const text = total === null ? "" : counted(total);
    head.show({ total, text, query, narrowed: filters.any, trash: facets.trash, broken: pace.broken });
    filters.count(text || "the images");
    bulk.draw();
    grid.redraw();
  }

  /** @param {number} total */
  function counted(total) {
    if (list.least) return `more than ${numbered(Math.min(MANY, total - 1))}`;
    return numbered(total);
  }

  /** @param {number} total */
  function numbered(total) {
    if (!filters.any || everything === null || everything <= total) return images(total);
    return `${total.toLocaleString()} of ${images(everything)}`;
  }

  /**
   * Show what `next` finds. What was shown before stays until then, and for good if it is refused.
   *
   * @param {URLSearchParams} next
   */
  async function turnTo(next, { push = false, replace = false, from = 0 } = {}) {
    query = next;
    if (push) writeQuery(next, { push });
    if (replace) writeQuery(next, { state: { ...history.state, at: from } });
    filters.show(next);
    head.type(next.get("q") ?? "");
    const former = list.query;
    try {
      if (!(await list.open(next.toString(), from))) return;
      if (list.query !== former) selection.clear();
      head.refuse("");
      pace.answered();
      if (!filters.any && !inTrash()) everything = list.least ? null : list.total;
      grid.goTo(from);
      draw();
      head.arrived(0);
      if (everything === null && filters.any && !inTrash()) countAll();
    } catch (error) {
      const { refused, message } = /** @type {AskError} */ (error);
      if (refused) head.refuse(message);
      else pace.failed();
      draw();
    }
  }

  async function countAll() {
    everything = (await ask("/api/images?limit=1").catch(() => null))?.total ?? null;
    draw();
  }

  let typed = false; // the first letter is a step of the history, the following ones are not
  /** @param {string} text */
  function search(text, { settled = false } = {}) {
    const next = withChanges(query, { q: text });
    if (next.toString() !== query.toString()) turnTo(next, typed ? { replace: true } : { push: true });
    typed = !settled;
  }

  async function refreshFacets() {
    facets = (await ask("/api/facets").catch(() => null)) ?? facets;
    filters.show();
    grid.redraw({ words: true });
    draw();
  }

  let scrollTimer = 0;
  function scrolled() {
    head.roll(grid.root);
    clearTimeout(scrollTimer);
    scrollTimer = setTimeout(() => history.replaceState({ ...history.state, at: grid.first }, ""), 250);
  }

  // --- new arrivals ---

  async function poll() {
    if (document.hidden || !answering()) return;
    const [asked, before] = [list.query, list.total];
    if (before === null || list.asOf === null) return turnTo(query, { from: history.state?.at ?? 0 });
    if (pace.broken) return asked === query.toString() ? list.refresh() : turnTo(query); // typed while it was away
    if (inTrash() || large.viewing || head.refused) return;
    const now = await list.news().catch(() => null);
    if (!now) {
      pace.failed();
      return draw();
    }
    if (asked !== list.query || before !== list.total || list.least) return;
    if (now.as_of <= list.asOf) {
      if (now.total !== before) list.refresh();
      return;
    }
    const count = Math.max(0, now.total - before);
    const quiet =
      grid.root.scrollTop < 8 &&
      !selection.size &&
      !grid.focused() &&
      !document.querySelector("dialog[open], :popover-open");
    if (count && quiet) bringIn();
    else head.arrived(count);
  }

  function bringIn() {
    everything = null;
    refreshFacets();
    return turnTo(query);
  }

  async function emptyTrash() {
    try {
      const { removed } = await ask("/api/trash/empty", { body: {} });
      toast(
        removed === 1 ? "1 image was removed for good" : `${removed.toLocaleString()} images were removed for good`,
      );
      await refreshFacets();
      await turnTo(query);
    } catch (error) {
      complain(error);
    }
  }

  // --- start ---

  /** Let the page's head have what it needs; the wall fills the rest of the window. */
  function fit() {
    element.style.setProperty("--above", `${Math.ceil(element.getBoundingClientRect().top + scrollY)}px`);
  }
  new ResizeObserver(fit).observe(document.getElementById("header") ?? document.body);
  addEventListener("resize", fit);
  fit();

  document.addEventListener("keydown", (event) => {
    if (commandOf(event) !== "Escape" || !selection.size) return;
    if (document.querySelector("dialog:modal, :popover-open")) return;
    event.preventDefault();
    selection.clear();
  });
  offerGallery({
    search: head.focus,
    filters: () => filters.button.click(),
    images: () => grid.focusOn(grid.current),
    all: () => Boolean(list.total),
    selectAll: () => deeds.act("all", grid.current),
    selection,
  });
  addEventListener("popstate", (event) => {
    typed = false;
    const next = readQuery();
    if (next.toString() !== query.toString()) turnTo(next, { from: event.state?.at ?? 0 });
  });
  watchSteps({
    viewer: { name: "image", open: large.openAddressed },
    compare: { name: "compare", open: compareAddressed },
  });

  /** @param {string} list */
  function compareAddressed(list) {
    const ids = list.split(",").filter(Boolean);
    if (ids.length > 1) openCompare(ids.slice(0, COMPARED_MAX), { closed: () => grid.focusOn(grid.current) });
    else forget("compare");
  }

  document.addEventListener("visibilitychange", pace.now);
  document.addEventListener("playground:back", pace.now);
  document.addEventListener("playground:connection", draw);

  draw();
  turnTo(query, { replace: true, from: history.state?.at ?? 0 }).then(() => {
    refreshFacets();
    openAsked();
  });
}
