// What a blind test asks for: two to four settings, by what differs between them, and prompts.
import { h } from "../shared/dom.js";
import { inRow, joined, listed, msg } from "../shared/language.js";
import { modelOptions } from "../shared/model_options.js";

const SETTINGS_MIN = 2;
const SETTINGS_MAX = 4;
const SHARED = ["prompt", "seed"]; // each prompt has one seed, the same for all settings

/** @typedef {Record<string, string>} Values of a setting, by the names of parameters and `model` */

/**
 * @param {import("./sorts.js").FormOf} form
 * @returns {AskedOf}
 */
export function makeBlindAsked({ models, base, changed }) {
  /** @type {ModelParameter[]} */
  const parameters = [];
  for (const one of models.flatMap((model) => model.parameters))
    if (!SHARED.includes(one.name) && !parameters.some(({ name }) => name === one.name)) parameters.push(one);
  /** @type {Map<string, string>} */
  const labels = new Map([
    ["model", msg("Model")],
    ...parameters.map(({ name, label }) => /** @type {const} */ ([name, label])),
  ]);
  /** @type {Set<string>} */
  const differs = new Set();
  /** @type {Values[]} */
  let settings = [];

  const ticks = h("div", { class: "ticks", role: "group", "aria-label": msg("What differs") });
  const rows = h("div", { class: "settings" });
  const add = h("button", { type: "button", text: msg("Add a setting"), onclick: addOne });
  const said = h("p", { class: "said", role: "alert" });
  const prompts = h("textarea", {
    id: "blind-prompts",
    rows: 6,
    autocomplete: "off",
    "aria-describedby": "blind-prompts-help blind-prompts-said",
    oninput: changed,
  });
  const understood = h("p", { class: "understood", id: "blind-prompts-said" });
  const root = h(
    "fieldset",
    { class: "sheet blind-asked" },
    h("legend", { text: msg("What is compared") }),
    h("div", { class: "row" }, h("span", { class: "label", text: msg("What differs"), "aria-hidden": "true" }), ticks),
    rows,
    h("div", { class: "actions" }, add),
    said,
    h("label", { for: prompts.id, text: msg("Prompts") }),
    prompts,
    h("p", {
      class: "note",
      id: "blind-prompts-help",
      text: msg("One in each line. Each is asked of all settings, with the same seed where the model takes one."),
    }),
    understood,
  );

  /** The model that a setting asks. @param {Values} setting */
  function modelOf(setting) {
    const own = differs.has("model") ? setting.model : "";
    return models.find(({ id }) => id === (own || base.values().model)) ?? models[0];
  }

  /**
   * Whether a setting's model takes that.
   *
   * @param {Values} setting
   * @param {string} name
   */
  const takes = (setting, name) =>
    name === "model" || modelOf(setting).parameters.some((parameter) => parameter.name === name);

  function draw() {
    ticks.replaceChildren(...[...labels].map(([name, label]) => tick(name, label)));
    rows.replaceChildren(...settings.map(row));
    add.hidden = settings.length >= SETTINGS_MAX;
    fit();
  }

  /**
   * @param {string} name
   * @param {string} label
   */
  function tick(name, label) {
    const box = h("input", {
      type: "checkbox",
      name,
      onchange: () => {
        if (box.checked) differs.add(name);
        else differs.delete(name);
        rows.replaceChildren(...settings.map(row));
        fit();
        changed();
      },
    });
    box.checked = differs.has(name);
    return h("label", { class: "check" }, box, h("span", { text: label }));
  }

  /**
   * @param {Values} setting
   * @param {number} number
   */
  function row(setting, number) {
    const fields = [...labels].filter(([name]) => differs.has(name));
    const wrong = h("p", { class: "said", id: `blind-${number}-said`, role: "alert" });
    return h(
      "div",
      { class: "setting", role: "group", "aria-label": nameOf(number) },
      h("strong", { text: nameOf(number), "aria-hidden": "true" }),
      ...fields.map(([name, label]) => {
        const field = name === "model" ? modelField(setting, number) : valueField(setting, number, name);
        return h("div", { class: "field" }, h("label", { for: field.id, text: label }), field);
      }),
      settings.length > SETTINGS_MIN
        ? h("button", {
            type: "button",
            text: msg("Take away"),
            "aria-label": msg("Take setting {number} away", { number: number + 1 }),
            onclick: () => take(number),
          })
        : null,
      wrong,
    );
  }

  /**
   * @param {Values} setting
   * @param {number} number
   */
  function modelField(setting, number) {
    const field = h(
      "select",
      {
        id: `blind-${number}-model`,
        dataset: { name: "model" },
        onchange: () => {
          setting.model = field.value;
          fit();
          changed();
        },
      },
      h("option", { value: "", text: msg("as above") }),
      ...modelOptions(models),
    );
    field.value = setting.model ?? "";
    return field;
  }

  /**
   * @param {Values} setting
   * @param {number} number
   * @param {string} name
   */
  function valueField(setting, number, name) {
    const kind = parameters.find((one) => one.name === name)?.kind;
    const field = h("input", {
      id: `blind-${number}-${name}`,
      type: "text",
      inputmode: kind === "integer" ? "numeric" : kind === "number" ? "decimal" : null,
      size: kind === "text" ? 24 : 8,
      autocomplete: "off",
      dataset: { name },
      oninput: () => {
        setting[name] = field.value;
        changed();
      },
    });
    field.value = setting[name] ?? "";
    return field;
  }

  /** Let nothing be typed that a setting's model does not take. */
  function fit() {
    for (const [number, setting] of settings.entries())
      for (const field of rows.children[number].querySelectorAll("input")) {
        const taken = takes(setting, field.dataset.name ?? "");
        field.disabled = !taken;
        field.placeholder = taken ? msg("as above") : msg("not taken");
      }
  }

  function addOne() {
    settings.push({});
    draw();
    changed();
    /** @type {HTMLElement | null} */ (rows.lastElementChild?.querySelector("input, select"))?.focus();
  }

  /** @param {number} number */
  function take(number) {
    settings.splice(number, 1);
    draw();
    changed();
    add.focus();
  }

  /** What of a setting is asked for. @param {Values} setting */
  const asked = (setting) =>
    Object.fromEntries(
      [...labels.keys()]
        .filter((name) => differs.has(name) && setting[name]?.trim() && takes(setting, name))
        .map((name) => [name, setting[name].trim()]),
    );

  /** @param {Values} setting */
  const shortName = (setting) =>
    inRow(
      Object.entries(asked(setting)).map(([name, value]) =>
        name === "model"
          ? modelOf(setting).label
          : msg("{parameter} {value}", { parameter: labels.get(name) ?? name, value }),
      ),
    );

  return {
    root,
    given() {
      fit();
      const { prompt: _, ...rest } = base.values();
      return { base: rest, blind: { settings: settings.map(asked), prompts: prompts.value } };
    },
    name: () => listed(settings.map(shortName).filter(Boolean), { type: "disjunction" }),
    needsPrompt: () => !prompts.value.trim(),
    fill(plan) {
      const own = /** @type {{ settings?: Values[], prompts?: string | string[] } | undefined} */ (plan?.blind);
      if (own) {
        settings = (own.settings ?? []).map((one) =>
          Object.fromEntries(Object.entries(one).map(([name, value]) => [name, String(value)])),
        );
        for (const name of settings.flatMap(Object.keys)) if (labels.has(name)) differs.add(name);
        prompts.value = Array.isArray(own.prompts) ? own.prompts.map(quoted).join("\n") : (own.prompts ?? "");
      } else {
        const [first, second] = models;
        differs.add(second ? "model" : parameters[0].name);
        settings = [{ model: first.id }, { model: second?.id ?? "" }];
        prompts.value = String(base.values().prompt ?? "");
      }
      while (settings.length < SETTINGS_MIN) settings.push({});
      draw();
    },
    tell(found) {
      understood.textContent = joined(...found.axes.y.notes);
    },
    refuse(field, message) {
      const [kind, part, number] = field.split(".");
      const mine = kind === "blind";
      const place = mine && part === "settings" && number ? rows.children[Number(number)] : null;
      for (const [at, one] of [...rows.children].entries()) {
        const wrong = /** @type {HTMLElement} */ (one.querySelector(".said"));
        wrong.textContent = one === place ? message : "";
        for (const input of one.querySelectorAll("input, select")) {
          input.toggleAttribute("aria-invalid", one === place);
          if (one === place) input.setAttribute("aria-describedby", `blind-${at}-said`);
          else input.removeAttribute("aria-describedby");
        }
      }
      const about = mine && part === "prompts";
      prompts.toggleAttribute("aria-invalid", about);
      understood.classList.toggle("bad", about);
      understood.textContent = about ? message : "";
      said.textContent = mine && !place && !about ? message : "";
      return mine;
    },
  };
}

/** @param {number} number */
const nameOf = (number) => msg("Setting {number}", { number: number + 1 });

/**
 * A prompt of a list as it is written in a line of its own.
 *
 * @param {string} text
 */
const quoted = (text) => (/[\n"]|\|\|/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
