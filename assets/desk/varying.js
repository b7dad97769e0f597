// A picture is varied for a vote: other seeds, other models, or other values of one setting.
import { ask, getJson } from "../shared/ask.js";
import { h } from "../shared/dom.js";
import { msg } from "../shared/language.js";
import { grouped } from "../shared/model_options.js";

const SEEDS = 4;
const USUAL = "num_steps";
const APART = /[,;\s]+/;
const NOT_VARIED = ["prompt", "seed"];

/**
 * Ask how, then have the variants made; the room votes on them once they are there.
 *
 * @param {DeskWish} wish
 * @param {DeskState} now
 * @param {(state: DeskState) => void} take is given the new state
 */
export async function askToVary(wish, now, take) {
  /** @type {ModelInfo[]} */
  const models = (await getJson("/api/models")) ?? [];
  const own = models.find(({ id }) => id === (wish.picture?.model ?? now.model));
  const settings = (own?.parameters ?? []).filter(({ name }) => !NOT_VARIED.includes(name));
  const seeded = own?.parameters.some(({ name }) => name === "seed") ?? true;
  const kind = select("kind", [
    ...(seeded ? [["seeds", msg("Other seeds")]] : []),
    ["settings", msg("A setting")],
    ...(models.length > 1 ? [["models", msg("Other models")]] : []),
  ]);
  const ticks = models.map(({ id, label, connection }) => {
    const input = h("input", { type: "checkbox", value: id, checked: id === own?.id });
    return { id, input, connection, root: h("label", { class: "check" }, input, h("span", { text: label })) };
  });
  const chosen = h(
    "fieldset",
    { class: "vary-models" },
    h("legend", { text: msg("Two to four models") }),
    ...grouped(ticks),
  );
  const name = select(
    "setting",
    settings.map((one) => [one.name, one.label]),
  );
  if (settings.some((one) => one.name === USUAL)) name.value = USUAL;
  const values = h("input", {
    type: "text",
    id: "vary-values",
    dir: "auto",
    autocomplete: "off",
    placeholder: "1, 4, 8",
  });
  const setting = h("div", { class: "pair" }, field(msg("Setting"), name), field(msg("Two to four values"), values));
  const vote = h("input", { type: "checkbox", checked: !now.gate }); // behind the gate nobody has looked at them
  const said = h("p", { class: "field-error", role: "alert", hidden: true });
  const yes = h("button", { type: "submit", class: "main", text: msg("Make them") });
  /** @type {HTMLDialogElement} */
  const dialog = h(
    "dialog",
    { class: "small-dialog varying", "aria-labelledby": "vary-title", onclose: () => dialog.remove() },
    h(
      "form",
      { onsubmit: make },
      h("h3", { id: "vary-title", text: msg("Vary this picture") }),
      field(msg("What differs"), kind),
      setting,
      chosen,
      h("label", { class: "check" }, vote, h("span", { text: msg("Let the room vote once all are made") })),
      said,
      h(
        "div",
        { class: "answers" },
        h("button", { type: "button", text: msg("Cancel"), onclick: () => dialog.close() }),
        yes,
      ),
    ),
  );
  kind.addEventListener("change", draw);
  draw();
  document.body.append(dialog);
  dialog.showModal();

  function draw() {
    setting.hidden = kind.value !== "settings";
    chosen.hidden = kind.value !== "models";
  }

  /** @param {Event} event */
  async function make(event) {
    event.preventDefault();
    const words = settings.find((one) => one.name === name.value)?.kind === "text";
    const asked = {
      seeds: { count: SEEDS },
      models: { values: ticks.filter(({ input }) => input.checked).map(({ id }) => id) },
      settings: {
        field: name.value,
        values: values.value
          .split(words ? "," : APART)
          .map((one) => one.trim())
          .filter(Boolean),
      },
    }[kind.value];
    yes.disabled = true;
    try {
      const of = { session: now.id, wish: wish.id };
      const body = { do: "variants", ...of, kind: kind.value, vote: vote.checked, ...asked };
      take(await ask("/api/session/do", { body }));
      dialog.close();
    } catch (error) {
      said.textContent = /** @type {Error} */ (error).message;
      said.hidden = false;
      yes.disabled = false;
    }
  }
}

/**
 * @param {string} name
 * @param {string[][]} pairs values with their words
 */
function select(name, pairs) {
  return h("select", { id: `vary-${name}` }, ...pairs.map(([value, text]) => h("option", { value, text })));
}

/**
 * @param {string} label
 * @param {HTMLElement} input
 */
function field(label, input) {
  return h("div", { class: "field" }, h("label", { for: input.id, text: label }), input);
}
