// A new experiment: what stays, what varies, what it costs before anything is sent.
import { announce } from "../shared/announce.js";
import { ask, getJson, newToken } from "../shared/ask.js";
import { h } from "../shared/dom.js";
import { listed, msg, number } from "../shared/language.js";
import { pressedNow } from "../shared/press.js";
import { shorten } from "../shared/words.js";
import { makeAxis } from "./axis.js";
import { makeBase } from "./base.js";
import { budgetLines, startText } from "./budget.js";
import { kindsOf } from "./kinds.js";

const PAUSE_MS = 350;
const REPEATS_MAX = 100;
const NAME_MAX = 120;

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
    const models = await getJson("/api/models");
    if (closing.signal.aborted) return;
    if (!models) {
      root.replaceChildren(
        h("p", { class: "note", role: "alert", text: msg("The models could not be read.") }),
        h("button", { type: "button", text: msg("Try again"), onclick: build }),
      );
      return;
    }
    const kinds = kindsOf(models);
    const base = makeBase(models, changed);
    const axes = [
      makeAxis("x", msg("Across"), kinds, changed),
      makeAxis("y", msg("Down"), kinds, changed),
      makeAxis("z", msg("As tabs"), kinds, changed),
    ];
    const title = h("input", { id: "experiment-title", type: "text", maxlength: 200, autocomplete: "off" });
    const repeats = h("input", {
      id: "experiment-repeats",
      type: "text",
      inputmode: "numeric",
      size: 3,
      value: "1",
      oninput: changed,
    });
    const costs = h("div", { class: "budget" });
    const said = h("p", { class: "said", role: "alert" });
    const start = h("button", { type: "submit", class: "main", text: msg("Start"), disabled: true });
    root.replaceChildren(
      base.root,
      h(
        "fieldset",
        { class: "sheet" },
        h("legend", { text: msg("What varies") }),
        ...axes.map((axis) => axis.root),
        h(
          "div",
          { class: "row" },
          h("label", { for: repeats.id, text: msg("Images of each cell") }),
          repeats,
          h("label", { for: title.id, text: msg("Name") }),
          title,
        ),
      ),
      h("div", { class: "foot" }, costs, h("div", { class: "actions" }, start), said),
    );
    /** @type {Planned | null} */
    let planned = null;
    let timer = 0;
    let questions = 0;
    let busy = false;
    let token = newToken();

    /** @returns {PlanOf} */
    const plan = () => {
      title.placeholder = nameOf(axes, String(base.values().prompt ?? ""));
      /** @type {Record<string, Record<string, unknown>>} */
      const given = {};
      for (const axis of axes) {
        const one = axis.given();
        if (one) given[axis.name] = one;
      }
      const count = repeats.value.trim();
      return {
        title: title.value.trim() || title.placeholder,
        base: base.values(),
        axes: given,
        repeats: /^\d{1,4}$/.test(count) ? Number(count) : count === "" ? 1 : 0,
      };
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
      const asked = plan();
      if (!asked.base.prompt && !Object.values(asked.axes).some((axis) => "prompts" in axis || "rows" in axis)) {
        base.tell("");
        costs.replaceChildren(
          h("p", { class: "note", text: msg("Write a prompt: then it stands here what this costs.") }),
        );
        return;
      }
      try {
        /** @type {Planned} */
        const found = await ask("/api/experiments/plan", { body: asked, signal: closing.signal });
        if (question === questions) tell(found);
      } catch (error) {
        if (question === questions && !closing.signal.aborted) refuse(/** @type {AskError} */ (error));
      }
    }

    /** @param {Planned} found */
    function tell(found) {
      planned = found;
      token = newToken();
      for (const axis of axes) axis.tell(found.axes[axis.name]);
      base.tell("");
      said.textContent = "";
      repeats.removeAttribute("aria-invalid");
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
      const { field } = error.refused ?? {};
      const at = axes.find((axis) => field === `axes.${axis.name}`);
      for (const axis of axes) axis.tell(null, axis === at ? error.message : "");
      base.tell("");
      said.textContent = "";
      if (at) return;
      if (field?.startsWith("base")) base.tell(error.message, field.slice("base.".length));
      else if (field === "repeats") {
        repeats.setAttribute("aria-invalid", "true");
        said.textContent = msg("Images of each cell: a whole number from 1 to {most}.", { most: number(REPEATS_MAX) });
      } else said.textContent = error.message;
    }

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

    /** @param {PlanOf} given */
    function fill(given) {
      title.value = given.title ?? "";
      repeats.value = String(given.repeats ?? 1);
      base.fill(given.base);
      for (const axis of axes) axis.fill(given.axes?.[axis.name]);
      changed();
    }

    if (again) return fill(again);
    if (image) {
      /** @type {Details | null} */
      const found = await getJson(`/api/images/${encodeURIComponent(image)}`);
      if (found) base.fillFrom(found.record);
    } else base.fillFromDraft();
    axes[0].fill({ [kinds[0].name]: "" });
    axes[0].fill(firstAxis(kinds));
    changed();
  }

  return { root, close: () => closing.abort() };
}

/**
 * What it is called where nobody names it.
 *
 * @param {ReturnType<typeof makeAxis>[]} axes
 * @param {string} prompt
 */
function nameOf(axes, prompt) {
  const varied = axes.map((axis) => axis.label()).filter(Boolean);
  return shorten([listed(varied), prompt.trim()].filter(Boolean).join(": "), NAME_MAX);
}

/**
 * What a new experiment varies unless somebody says otherwise: the steps, which every model has.
 *
 * @param {import("./kinds.js").Kind[]} kinds
 */
function firstAxis(kinds) {
  const chosen = kinds.find(({ name }) => name === "num_steps") ?? kinds[0];
  return { [chosen.name]: chosen.example };
}
