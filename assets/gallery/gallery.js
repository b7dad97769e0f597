// The gallery: all stored images in one virtual grid, found by words and filters that stand in the
// page's address, sorted out by stars, ratings, tags and a trash.

import { ask } from "../shared/ask.js";
import { answering } from "../shared/connection.js";
import { h } from "../shared/dom.js";
import { COMPARED_MAX } from "../shared/facts.js";
import { commandOf } from "../shared/keys.js";
import { singleKeys } from "../shared/single_keys.js";
import { toast } from "../shared/toast.js";
import { openCompare } from "../viewer/compare.js";
import { stageStep } from "../viewer/onstage.js";
import { forget, openAsked, watchSteps } from "../viewer/steps.js";
import { readQuery, withChanges, writeQuery } from "./address.js";
import { makeBulkBar } from "./bulk.js";
import { offerGallery } from "./commands.js";
import { makeDeeds } from "./deeds.js";
import { makeEmpty } from "./empty.js";
import { makeEmptying } from "./emptying.js";
import { makeFilters } from "./filters.js";
import { followMarks } from "./follow.js";
import { makeGrid } from "./grid.js";
import { makeHead } from "./head.js";
import { makeLarge } from "./large.js";
import { makeList } from "./list.js";
import { makePace } from "./pace.js";
import { makeSelection } from "./selection.js";
import { makeSize } from "./size.js";
import { playSlides } from "./slides.js";
import { sayTotal } from "./total.js";

const REST_MS = 700; // while letters come faster than that, nothing found is nothing to show

/** @type {Facets} */
const NO_FACETS = { models: [], providers: [], tags: [], sizes: [], sessions: [], trash: 0 };

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
    refocus: () => (list.total ? grid.focusOn(grid.current) : empty.focus()),
    redraw: () => grid.redraw({ words: true }),
  });
  const size = makeSize({ changed: () => grid.redraw() });
  /** Days have names where images come in the order of recording; as for the list that is seen. */
  const look = () => {
    const seen = list.total === null ? query : readQuery(list.query);
    const inOrder = ["newest", "oldest"].includes(seen.get("sort") ?? "newest") && !seen.has("like");
    return { size: size.value, days: inOrder };
  };
  const grid = makeGrid({ list, selection, words, look, act: deeds.act, covered: () => bulk.height, scrolled });
  const filters = makeFilters({ facets: () => facets, change: (next) => turnTo(next, { push: true }) });
  const bulk = makeBulkBar({
    selection,
    total: () => (list.least ? null : (list.total ?? 0)),
    facets: () => facets,
    narrowed: () => filters.any,
    inTrash,
    apply: deeds.apply,
    forget: deeds.forget,
    slides,
    clear: () => {
      selection.clear();
      grid.focusOn(grid.current);
    },
    compared: () => grid.focusOn(grid.current),
    resized: () => grid.redraw(),
  });
  function slides() {
    if (list.total) playSlides(list.query, selection);
  }
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
  const toTrash = (/** @type {boolean} */ trash) =>
    turnTo(withChanges("", { trash: trash ? "1" : "" }), { push: true });
  const again = () => turnTo(query);
  const empty = makeEmpty({ filters, turnTo: (next) => turnTo(next, { push: true }), toTrash, again });
  const emptyTrash = makeEmptying({
    known: () => facets.trash,
    done: () => refreshFacets().then(again).then(empty.focus), // its button is of no use any more
    nothing: again,
  });
  const head = makeHead({ filters, size: size.root, empty, search, toTrash, emptyTrash, bringIn });
  element.replaceChildren(
    h(
      "div",
      { class: "gallery" },
      head.root,
      filters.panel,
      filters.chips,
      h("div", { class: "wall-frame" }, head.pill, grid.root, empty.root, bulk.root),
    ),
  );

  // --- what is shown ---

  function draw() {
    const { total } = list;
    const atEmpty = empty.root.contains(document.activeElement);
    grid.root.hidden = total === 0 || (total === null && pace.broken);
    grid.root.setAttribute("aria-busy", String(total === null));
    if (total !== null && !list.least && !filters.any && !inTrash()) everything ??= total;
    const text = sayTotal({ total, least: list.least, of: filters.any ? everything : null });
    head.show({ total, text, query, narrowed: filters.any, trash: facets.trash, broken: pace.broken });
    filters.count(text);
    bulk.draw();
    grid.redraw();
    if (atEmpty && total && empty.root.hidden) grid.focusOn(grid.current); // what had the focus is gone
  }

  /**
   * Show what `next` finds. What was shown before stays until then, and for good if it is refused.
   *
   * @param {URLSearchParams} next
   */
  async function turnTo(next, { push = false, replace = false, from = 0, typing = false } = {}) {
    query = next;
    if (push) writeQuery(next, { push });
    if (replace) writeQuery(next, { state: { ...history.state, at: from } });
    filters.show(next);
    head.type(next.get("q") ?? "");
    const former = list.query;
    try {
      const patience = typing ? () => new Promise((rested) => setTimeout(rested, REST_MS)) : null;
      if (!(await list.open(next.toString(), from, { patience }))) return;
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
  /** @param {string} q */
  function search(q, { settled = false } = {}) {
    const next = withChanges(query, { q });
    const step = typed ? { replace: true } : { push: true };
    if (next.toString() !== query.toString()) turnTo(next, { ...step, typing: !settled });
    else if (settled && list.query !== next.toString()) turnTo(next); // not shown yet: it may be nothing
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

  // --- start ---

  /** Let the page's head have what it needs; the wall fills the rest of the window. */
  function fit() {
    element.style.setProperty("--above", `${Math.ceil(element.getBoundingClientRect().top + scrollY)}px`);
  }
  new ResizeObserver(fit).observe(document.getElementById("header") ?? document.body);
  addEventListener("resize", fit);
  fit();

  document.addEventListener("keydown", (event) => {
    if (document.querySelector("dialog:modal, :popover-open")) return;
    const key = commandOf(event);
    if (key === "Escape" && selection.size) selection.clear();
    else if (singleKeys() && key === "p") slides();
    else if (singleKeys() && (key === "+" || key === "-")) size.step(key === "+" ? 1 : -1);
    else return;
    event.preventDefault();
  });
  offerGallery({
    search: head.focus,
    filters: () => filters.button.click(),
    images: () => grid.focusOn(grid.current),
    all: () => Boolean(list.total),
    selectAll: () => deeds.act("all", grid.current),
    slides,
    selection,
  });
  addEventListener("popstate", (event) => {
    typed = false;
    const next = readQuery();
    if (next.toString() !== query.toString()) turnTo(next, { from: event.state?.at ?? 0 });
  });
  watchSteps({
    viewer: { name: "image", open: large.openAddressed },
    stage: stageStep,
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
