// The experiments: a new one is planned and priced, one is looked at, all are listed.
import { ask, getJson } from "../shared/ask.js";
import { offerCommands } from "../shared/commands.js";
import { h } from "../shared/dom.js";
import { COMPARED_MAX } from "../shared/facts.js";
import { msg } from "../shared/language.js";
import { openCompare } from "../viewer/compare.js";
import { stageStep } from "../viewer/onstage.js";
import { watchSteps } from "../viewer/steps.js";
import { makeForm } from "./form.js";
import { makeGrid } from "./grid.js";
import { makeList } from "./list.js";
import { makeWildcards } from "./wildcards.js";

/** @param {Drawn} component */
export function mount({ element }) {
  const title = h("h2", { tabindex: "-1", text: msg("Experiments") });
  const back = h("a", { class: "back", href: location.pathname, text: msg("All experiments"), hidden: true });
  const body = h("div", { class: "experiment-body" });
  element.replaceChildren(h("div", { class: "page-head" }, title, back), body);
  /**
   * @type {{ close: () => void, openImage?: (image: string) => void, results?: () => void,
   *   commands?: () => import("../shared/commands.js").Command[] } | null}
   */
  let shown = null;
  /** @type {PlanOf | null} */
  let wanted = null; // what the form is to open with
  offerCommands({
    where: "experiments",
    search: () => body.querySelector("textarea")?.focus(),
    actions: () => [...(shown?.commands?.() ?? []), { name: msg("New experiment"), also: "grid", run: () => go(null) }],
  });
  back.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    go(null);
  });
  addEventListener("popstate", draw);
  watchSteps({
    viewer: { name: "view", open: (image) => shown?.openImage?.(image) },
    stage: stageStep,
    compare: { name: "compare", open: (list) => openCompare(list.split(",").slice(0, COMPARED_MAX)) },
  });
  draw();

  /** @param {string | null} id */
  function go(id) {
    const address = new URLSearchParams(location.search);
    for (const name of ["image", "from", "id", "view", "compare"]) address.delete(name);
    if (id) address.set("id", id);
    history.pushState(null, "", `${location.pathname}${address.size ? `?${address}` : ""}`);
    draw();
    title.focus({ preventScroll: true }); // what was pressed has gone
  }

  function draw() {
    const address = new URLSearchParams(location.search);
    const id = address.get("id");
    if (shown && id === body.dataset.shown) return; // the viewer's steps
    shown?.close();
    shown = null;
    body.dataset.shown = id ?? "";
    back.hidden = !id;
    title.textContent = msg("Experiments");
    if (id) {
      shown = makeGrid(body, { id, named, again: planAgain, gone });
      offerCommands({ where: "experiments", results: shown.results });
      return;
    }
    offerCommands({ where: "experiments", results: undefined });
    const form = makeForm({ started: go, image: address.get("image"), plan: wanted });
    wanted = null;
    const list = makeList({ show: go });
    const wildcards = makeWildcards({ changed: form.lookAgain });
    body.replaceChildren(form.root, list.root, wildcards.root);
    shown = {
      close() {
        form.close();
        list.close();
        wildcards.close();
      },
    };
  }

  /** It was deleted: nobody comes back to its address. */
  function gone() {
    history.replaceState(null, "", location.pathname);
    draw();
    body.querySelector("textarea")?.focus();
  }

  /** @param {string} name */
  function named(name) {
    title.textContent = name || msg("Experiment");
  }

  /**
   * Open the form with the plan of another experiment in it.
   *
   * @param {string} id
   */
  async function planAgain(id) {
    /** @type {Experiment | null} */
    const found = await getJson(`/api/experiments/${id}`);
    if (!found) return;
    wanted = found.plan;
    go(null);
  }
}

/**
 * What an experiment is to do next.
 *
 * @param {string} id
 * @param {{ do: string, of?: string }} deed
 * @returns {Promise<Experiment>}
 */
export const command = (id, deed) => ask(`/api/experiments/${id}`, { body: deed });
