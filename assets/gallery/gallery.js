// The gallery: all stored images in one virtual grid, found by words and filters that stand in the
// page's address, sorted out by stars, ratings, tags and a trash.

import { ask } from "../shared/ask.js";
import { h } from "../shared/dom.js";
import { COMPARED_MAX } from "../shared/facts.js";
import { mark, markMany } from "../shared/marks.js";
import { toast } from "../shared/toast.js";
import { images, shorten } from "../shared/words.js";
import { openCompare } from "../viewer/compare.js";
import { openViewer } from "../viewer/viewer.js";
import { readQuery, withChanges, writeQuery } from "./address.js";
import { makeBulkBar } from "./bulk.js";
import { makeFilters } from "./filters.js";
import { followMarks } from "./follow.js";
import { makeGrid } from "./grid.js";
import { makeHead } from "./head.js";
import { makeList } from "./list.js";
import { makePace } from "./pace.js";
import { makeSelection } from "./selection.js";

const NO_FACETS = { models: [], providers: [], tags: [], sizes: [], trash: 0 };

export function mount({ element }) {
  let query = readQuery();
  let facets = NO_FACETS;
  let everything = null; // how many images there are without any filter, once known
  let viewing = false;
  const inTrash = () => query.get("trash") === "1";
  const complain = (error) => toast(error.message, { urgent: true });

  const pace = makePace(poll);
  const list = makeList({
    changed: () => {
      pace.answered();
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
  const label = (id) => facets.models.find((model) => model.id === id)?.label ?? id;
  const words = { model: (id) => (label(id) === id ? id.split("/").at(-1) : label(id)) };
  const grid = makeGrid({ list, selection, words, act, scrolled });
  const filters = makeFilters({ facets: () => facets, change: (next) => turnTo(next, { push: true }) });
  const bulk = makeBulkBar({
    selection,
    total: () => list.total ?? 0,
    facets: () => facets,
    narrowed: () => filters.any,
    inTrash,
    apply,
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
    viewing: () => viewing,
    refreshFacets,
    count: (more) => {
      if (everything !== null) everything += more;
    },
  });
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
    grid.root.setAttribute("aria-busy", total === null);
    const text = total === null ? "" : counted(total);
    head.show({ total, text, query, narrowed: filters.any, trash: facets.trash, broken: pace.broken });
    filters.count(text || "the images");
    bulk.draw();
    grid.redraw();
  }

  function counted(total) {
    const some = filters.any && everything !== null && everything > total;
    return some ? `${total.toLocaleString()} of ${images(everything)}` : images(total);
  }

  /** Show what `next` finds. What was shown before stays until then, and for good if it is refused. */
  async function turnTo(next, { push = false, replace = false, from = 0 } = {}) {
    query = next;
    if (push || replace) writeQuery(next, { push, state: from ? { at: from } : null });
    filters.show(next);
    head.type(next.get("q") ?? "");
    const former = list.query;
    try {
      if (!(await list.open(next.toString(), from))) return;
      if (list.query !== former) selection.clear();
      head.refuse("");
      pace.answered();
      if (!filters.any && !inTrash()) everything = list.total;
      grid.goTo(from);
      draw();
      head.arrived(0);
      if (everything === null && !inTrash()) countAll();
    } catch (error) {
      if (error.refused) head.refuse(error.message);
      else pace.failed();
      draw();
    }
  }

  async function countAll() {
    everything = (await ask("/api/images?limit=1").catch(() => null))?.total ?? null;
    draw();
  }

  let typed = false; // the first letter is a step of the history, the following ones are not
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

  let scrollTimer;
  function scrolled() {
    head.roll(grid.root);
    clearTimeout(scrollTimer);
    scrollTimer = setTimeout(() => history.replaceState({ ...history.state, at: grid.first }, ""), 250);
  }

  // --- new arrivals ---

  async function poll() {
    if (document.hidden) return;
    if (list.total === null) return turnTo(query, { from: history.state?.at ?? 0 });
    if (pace.broken) return list.refresh();
    if (inTrash() || viewing || head.refused) return;
    const [asked, before] = [list.query, list.total];
    const now = await list.news().catch(() => null);
    if (!now) {
      pace.failed();
      return draw();
    }
    if (asked !== list.query || before !== list.total) return;
    if (now.as_of <= list.asOf) {
      if (now.total !== list.total) list.refresh();
      return;
    }
    const count = Math.max(0, now.total - list.total);
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

  // --- what keys, clicks and the bar do ---

  async function act(name, index, given) {
    try {
      if (name === "open") open(index);
      else if (name === "move") selection.moved(index);
      else if (name === "range") await selection.reach(index, given.click ? undefined : given.from);
      else if (name === "all") selection.selectAll();
      else if (name === "pick") await selection.toggle(index);
      else if (name === "delete") await (inTrash() ? null : onChosen(index, { deleted: true }));
      else if (name === "rate") await onChosen(index, { rating: given.rating });
      else if (name === "star" && given.key && selection.size) {
        await apply({ starred: selection.all || !selection.records.every((record) => record.starred) });
      } else if (name === "star") {
        const record = await list.load(index);
        if (record) await mark(record.id, { starred: !record.starred });
      }
    } catch (error) {
      complain(error);
      grid.redraw({ words: true });
    }
  }

  /** Change the selection, or the image at `index` where nothing is selected. */
  async function onChosen(index, changes) {
    if (selection.size) return apply(changes);
    const record = await list.load(index);
    if (!record) return null;
    return changes.deleted ? apply(changes, { ids: [record.id] }) : mark(record.id, changes);
  }

  async function apply(changes, target = selection.target()) {
    const inGrid = grid.focused() || bulk.root.contains(document.activeElement);
    try {
      const { changed, trashed_at: trashedAt } = await markMany(target, changes);
      if (changes.deleted !== undefined) {
        selection.clear();
        if (inGrid && list.total) grid.focusOn(grid.current);
      }
      if (changes.deleted) {
        const undo = () => markMany({ trashed_at: trashedAt }, { deleted: false }).catch(complain);
        toast(`${images(changed)} moved to the trash`, { action: "Undo", onaction: undo });
      } else if (changes.deleted === false) toast(`${images(changed)} restored`);
      else if (changed > 1) toast(`${images(changed)} changed`);
    } catch (error) {
      complain(error);
    }
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

  // --- one image large ---

  function view(options) {
    viewing = true;
    openViewer({
      changed: () => {},
      removed: (id) => {
        if (list.indexOf(id) < 0) return;
        list.remove([id]);
        draw();
      },
      reuse: null,
      ...options,
      closed: (index) => {
        viewing = false;
        marked.settle();
        options.closed?.(index);
      },
    });
  }

  function open(index) {
    const total = () => list.total;
    view({
      total,
      record: (i) => list.load(i).catch(() => null),
      index,
      closed: (at) => list.total && grid.focusOn(at),
    });
  }

  async function openAddressed(id) {
    const index = list.indexOf(id);
    if (index >= 0) return open(index);
    try {
      const { record } = await ask(`/api/images/${encodeURIComponent(id)}`);
      view({ total: () => 1, record: async () => record, index: 0 });
    } catch {
      toast(`There is no image ${shorten(id, 12)} here.`, { urgent: true });
    }
    return null;
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
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (document.querySelector("dialog:modal, :popover-open")) return;
    if (event.target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable]")) return;
    if (event.key === "/") head.focus();
    else if (event.key === "?") head.help();
    else if (event.key === "Escape" && selection.size) selection.clear();
    else return;
    event.preventDefault();
  });
  addEventListener("popstate", (event) => {
    typed = false;
    turnTo(readQuery(), { from: event.state?.at ?? 0 });
  });
  document.addEventListener("visibilitychange", pace.now);

  const asked = new URLSearchParams(location.search);
  draw();
  turnTo(query, { replace: true, from: history.state?.at ?? 0 }).then(() => {
    refreshFacets();
    if (asked.get("image")) openAddressed(asked.get("image"));
    const ids = (asked.get("compare") ?? "").split(",").filter(Boolean);
    if (ids.length > 1) openCompare(ids.slice(0, COMPARED_MAX));
  });
}
