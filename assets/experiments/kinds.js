// What can stand on an axis: its name for people, how values are written, and what helps to pick them.
import { SHAPES } from "../shared/facts.js";
import { msg } from "../shared/language.js";

/** @typedef {{ value: string, text: string, connection: string }} Choice `value` is what is written */

/**
 * @typedef {object} Kind
 * @property {string} name as the plan has it
 * @property {string} label
 * @property {string} help
 * @property {string} example
 * @property {"numbers" | "choices" | "table" | null} picker
 * @property {Choice[]} [choices] what can be ticked
 * @property {ModelParameter} [parameter]
 */

/**
 * The kinds there are, in the order of the form.
 *
 * @param {ModelInfo[]} models
 * @returns {Kind[]}
 */
export function kindsOf(models) {
  /** @type {Map<string, ModelParameter>} */
  const parameters = new Map();
  for (const model of models)
    for (const one of model.parameters) if (!parameters.has(one.name)) parameters.set(one.name, one);
  /** @type {Kind[]} */
  const own = [...parameters.values()].filter(({ name }) => name !== "prompt").map(ofParameter);
  return [
    ...own,
    {
      name: "size",
      label: msg("Size or shape"),
      help: msg("Width x height in pixels, or a shape, with commas between."),
      example: "1024x1024, 16:9",
      picker: "choices",
      choices: SHAPES.map(choice),
    },
    {
      name: "model",
      label: msg("Model"),
      help: msg("Names of models, with commas between."),
      example: "",
      picker: "choices",
      choices: models.map((model) => ({ ...choice(model.label), ...namedOnly(model, models) })),
    },
    { name: "prompts", label: msg("Whole prompts"), help: lines(), example: "", picker: "table" },
    {
      name: "replace",
      label: msg("Search and replace"),
      help: msg(
        'First the words that stand in the prompt, then what replaces them, with commas between. "" is nothing.',
      ),
      example: msg("lighthouse, windmill"),
      picker: null,
    },
    {
      name: "rows",
      label: msg("Rows of a table"),
      help: msg(
        "A CSV: the first line names the columns, such as prompt, seed, size; each further line is set together. Or lines like {example}.",
        { example: '--prompt "a cat" --seed 1' },
      ),
      example: "prompt,seed\n",
      picker: "table",
    },
  ];
}

/**
 * @param {ModelParameter} parameter
 * @returns {Kind}
 */
function ofParameter(parameter) {
  const { name, label, kind, choices } = parameter;
  if (kind === "text") {
    const ticked = choices.length ? { picker: /** @type {const} */ ("choices"), choices: choices.map(choice) } : null;
    return { name, label, help: lines(), example: "", picker: null, parameter, ...ticked };
  }
  const help = name === "seed" ? seedHelp() : numberHelp();
  return { name, label, help, example: exampleOf(parameter), picker: "numbers", parameter };
}

/**
 * @param {string} text
 * @returns {Choice}
 */
const choice = (text) => ({ value: text, text, connection: "" });

/**
 * Whose a model is, and what it is asked for by: its label, where no other one is called so.
 *
 * @param {ModelInfo} model
 * @param {ModelInfo[]} models
 */
function namedOnly({ id, label, connection }, models) {
  const alone = models.filter((one) => one.label === label).length === 1;
  return { value: alone ? label : id, connection };
}

const lines = () => msg("One in each line.");
const numberHelp = () => msg("Numbers or ranges: 1-9, 2-10 (+2) by steps of 2, 1-10 [5] five of them, 1, 2, .., 10.");
const seedHelp = () => msg("Seeds or ranges: 1, 2, 3 or 1-9; -1 is drawn at random, once.");

/** @param {ModelParameter} parameter */
function exampleOf({ name, minimum, maximum, step, default: usual }) {
  if (name === "seed") return "1-4";
  if (typeof usual !== "number" || minimum === null || maximum === null) return "";
  const low = Math.max(minimum, usual / 2);
  const high = Math.min(maximum, usual * 1.5);
  const tidy = (/** @type {number} */ value) => Math.round(value / (step || 1)) * (step || 1);
  return [...new Set([low, usual, high].map((value) => Number(tidy(value).toFixed(4))))].join(", ");
}
