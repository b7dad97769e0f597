// A new experiment: what stays, what varies, what it costs before anything is sent.
import { announce } from "../shared/announce.js";
import { ask, getJson, newToken } from "../shared/ask.js";
import { h } from "../shared/dom.js";
import { msg } from "../shared/language.js";
import { pressedNow } from "../shared/press.js";
import { shorten } from "../shared/words.js";
import { makeBase } from "./base.js";
import { budgetLines, startText } from "./budget.js";
import { makeChooser, SORTS } from "./sorts.js";

const PAUSE_MS = 350;
const NAME_MAX = 120;

/** @typedef {import("./sorts.js").Sort} Sort */

/**
 * `image` is one whose settings it opens with, `plan` that of an earlier experiment.
 *
 * @param {{ started: (id: string) => void, image: string | null, plan: PlanOf | null }} page
 */
export function makeForm({ started, image, plan: again }) {
  const root = h("form", { class: "experiment-form", novalidate: true, autocomplete: "off" });
  const closing = new AbortController();
  build();

  async function build() {
    /** @type {ModelInfo[] | null} */
    const found = await getJson("/api/models");
    if (closing.signal.aborted) return;
    if (!found) {
      root.replaceChildren(
        h("p", { class: "note", role: "alert", text: msg("The models could not be read.") }),
        h("button", { type: "button", text: msg("Try again"), onclick: build }),
      );
      return;
    }
    const models = found;
    const base = makeBase(models, changed);
    /** @type {AskedOf} */
    let asked;
    let sort = SORTS[0];
    const chooser = makeChooser(SORTS, choose);
    const own = h("div", { class: "own" });
    const title = h("input", { id: "experiment-title", type: "text", maxlength: 200, autocomplete: "off" });
    const costs = h("div", { class: "budget" });
    const said = h("p", { class: "said", role: "alert" });
    const start = h("button", { type: "submit", class: "main", text: msg("Start"), disabled: true });
    root.replaceChildren(
      ...(chooser ? [chooser.root] : []),
      base.root,
      own,
      h("div", { class: "row naming" }, h("label", { for: title.id, text: msg("Name") }), title),
      h("div", { class: "foot" }, costs, h("div", { class: "actions" }, start), said),
    );
    /** @type {Planned | null} */
    let planned = null;
    let timer = 0;
    let questions = 0;
    let busy = false;
    let token = newToken();

    /**
     * Show what one kind of experiment asks for.
     *
     * @param {Sort} chosen
     * @param {PlanOf | null} given
     */
    function choose(chosen, given = null) {
      sort = chosen;
      asked = sort.make({ models, base, changed });
      own.replaceChildren(asked.root);
      asked.fill(given);
      changed();
    }

    /** @returns {PlanOf} */
    const plan = () => {
      const values = base.values();
      const [axis, value] = [asked.name(), String(values.prompt ?? "").trim()];
      title.placeholder = shorten(axis && value ? msg("{axis}: {value}", { axis, value }) : axis || value, NAME_MAX);
      const name = title.value.trim() || title.placeholder;
      return { kind: sort.kind, title: name, base: values, ...asked.given() };
    };

    function changed() {
      clearTimeout(timer);
      planned = null;
      start.disabled = true;
      timer = setTimeout(look, PAUSE_MS);
    }

    /** Ask what it would do and cost. */
    async function look() {
      const question = ++questions;
      const wanted = plan();
      if (!wanted.base.prompt && asked.needsPrompt()) {
        base.tell("");
        costs.replaceChildren(
          h("p", { class: "note", text: msg("Write a prompt: then it stands here what this costs.") }),
        );
        return;
      }
      try {
        /** @type {Planned} */
        const found = await ask("/api/experiments/plan", { body: wanted, signal: closing.signal });
        if (question === questions) tell(found);
      } catch (error) {
        if (question === questions && !closing.signal.aborted) refuse(/** @type {AskError} */ (error));
      }
    }

    /** @param {Planned} found */
    function tell(found) {
      planned = found;
      token = newToken();
      asked.refuse("", "");
      asked.tell(found);
      base.tell("");
      said.textContent = "";
      const [first, ...rest] = budgetLines(found);
      costs.replaceChildren(
        h("p", { class: "deal", text: first }),
        ...rest.map((text) => h("p", { class: "note", text })),
      );
      announce(first, { about: "budget", rests: 800 });
      start.textContent = startText(found);
      start.disabled = false;
    }

    /** @param {AskError} error */
    function refuse(error) {
      planned = null;
      start.disabled = true;
      costs.replaceChildren();
      const field = error.refused?.field ?? "";
      base.tell("");
      said.textContent = "";
      if (!asked.refuse(field, error.message)) {
        if (field.startsWith("base")) base.tell(error.message, field.slice("base.".length));
        else {
          said.textContent = error.message;
          return;
        }
      }
      // At the button, from where the field may be out of sight.
      costs.replaceChildren(h("p", { class: "note", text: msg("First change what is marked above.") }));
    }

    root.addEventListener("lookagain", changed); // what it names was changed

    root.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (!planned || busy) return;
      busy = true;
      start.disabled = true;
      try {
        const body = { plan: plan(), digest: planned.digest, token, made: pressedNow() };
        /** @type {Experiment} */
        const found = await ask("/api/experiments", { body });
        base.forget();
        started(found.id);
      } catch (error) {
        const { message, refused } = /** @type {AskError} */ (error);
        said.textContent = message;
        if (refused) await look();
        said.textContent = message;
        start.disabled = !planned;
      } finally {
        busy = false;
      }
    });

    const first = SORTS.find((one) => one.kind === again?.kind) ?? SORTS[0];
    if (again) {
      title.value = again.title ?? "";
      base.fill(again.base);
    } else if (image) {
      /** @type {Details | null} */
      const details = await getJson(`/api/images/${encodeURIComponent(image)}`);
      if (details) base.fillFrom(details.record);
    } else base.fillFromDraft();
    chooser?.show(first);
    choose(first, again);
  }

  return { root, lookAgain: () => root.dispatchEvent(new Event("lookagain")), close: () => closing.abort() };
}
