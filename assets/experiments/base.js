// What does not vary: the model, the prompt, and what else the model takes.
import { ask } from "../shared/ask.js";
import { h } from "../shared/dom.js";
import { msg } from "../shared/language.js";
import { modelOptions } from "../shared/model_options.js";
import { parameterField } from "../shared/parameter_field.js";
import { toast } from "../shared/toast.js";

const DRAFT = "playground:draft"; // of create/draft.js
const KEPT = "playground:experiment";

/**
 * @param {ModelInfo[]} models
 * @param {() => void} changed
 */
export function makeBase(models, changed) {
  const model = h("select", { id: "base-model", onchange: switched }, ...modelOptions(models));
  const fields = h("div", { class: "base-fields" });
  const said = h("p", { class: "field-error", role: "alert", hidden: true });
  /** @type {Record<string, string>} */
  const typed = {};
  const use = h("button", {
    type: "button",
    text: msg("Use the Create page's form"),
    onclick: useDraft,
    hidden: !draft(),
  });
  const root = h(
    "fieldset",
    { class: "sheet base" },
    h("legend", { text: msg("What stays") }),
    h("div", { class: "row" }, h("label", { for: model.id, text: msg("Model") }), model, use),
    fields,
    said,
  );
  draw();

  function switched() {
    draw();
    changed();
  }

  function chosen() {
    return models.find((one) => one.id === model.value) ?? models[0];
  }

  function draw() {
    fields.replaceChildren(...chosen().parameters.map(field));
  }

  /** @param {ModelParameter} parameter */
  function field(parameter) {
    return parameterField(parameter, { prefix: "base", typed, changed, seed: msg("random") });
  }

  function draft() {
    try {
      return JSON.parse(sessionStorage.getItem(DRAFT) ?? "null");
    } catch {
      return null;
    }
  }

  /**
   * @param {string} id
   * @param {Record<string, unknown>} values
   */
  function put(id, values) {
    if (models.some((one) => one.id === id)) model.value = id;
    for (const name of Object.keys(typed)) delete typed[name];
    for (const [name, value] of Object.entries(values))
      if (value !== null && value !== undefined && value !== "") typed[name] = String(value);
    draw();
  }

  function useDraft() {
    const found = draft();
    if (!found) return;
    put(found.model, found.random ? { ...found.values, seed: null } : found.values);
    changed();
    dress(found);
    toast(msg("The form of the Create page stands here now."));
  }

  /**
   * The Create page's styles are put on its prompt here: an experiment has none of its own.
   *
   * @param {{ model?: string, values?: Record<string, unknown>, styles?: string[] }} form
   */
  async function dress({ model: id, values = {}, styles = [] }) {
    if (styles.length === 0) return;
    const { prompt, negative_prompt } = values;
    /** @type {{ prompt: string, negative_prompt: string | null } | null} */
    const made = await ask("/api/styles/compose", { body: { prompt, negative_prompt, styles, model: id } }).catch(
      () => null,
    );
    if (!made || (typed.prompt ?? "") !== (prompt ?? "")) return; // typed on meanwhile
    typed.prompt = made.prompt;
    if (made.negative_prompt) typed.negative_prompt = made.negative_prompt;
    draw();
    changed();
  }

  return {
    root,
    /** @returns {Record<string, unknown>} */
    values() {
      /** @type {Record<string, unknown>} */
      const given = { model: model.value };
      for (const { name } of chosen().parameters) if (typed[name]?.trim()) given[name] = typed[name];
      try {
        sessionStorage.setItem(KEPT, JSON.stringify({ model: model.value, values: typed }));
      } catch {
        // then it is not kept
      }
      return given;
    },
    /** @param {Record<string, unknown>} base */
    fill(base) {
      const { model: id, ...values } = base;
      put(String(id), values);
    },
    /** @param {ImageRecord} record */
    fillFrom(record) {
      const { model: id, prompt, negative_prompt, width, height, num_steps, guidance_scale, seed } = record;
      put(id, { prompt, negative_prompt, width, height, num_steps, guidance_scale, seed });
    },
    fillFromDraft() {
      let kept = null;
      try {
        kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
      } catch {
        // what makes no sense is passed over
      }
      const found = kept ?? draft();
      if (found?.values) put(found.model, found.random ? { ...found.values, seed: null } : found.values);
      if (found && !kept) dress(found);
    },
    /** What was started need not be typed again. */
    forget() {
      try {
        sessionStorage.removeItem(KEPT);
      } catch {
        // it was not kept either
      }
    },
    /**
     * @param {string} wrong
     * @param {string} name of the parameter that it is about
     */
    tell(wrong, name = "") {
      for (const input of fields.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
      fields.querySelector(`#base-${CSS.escape(name)}`)?.setAttribute("aria-invalid", "true");
      said.hidden = !wrong;
      said.textContent = wrong;
    },
  };
}
