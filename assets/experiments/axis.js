// One axis of the form: what varies, its values as they are typed or picked, and what was understood.
import { h } from "../shared/dom.js";
import { inRow, joined, msg, msgN } from "../shared/language.js";
import { grouped } from "../shared/model_options.js";
import { choices, looksLikeTemplate } from "../shared/template.js";
import { toast } from "../shared/toast.js";
import { filePicker, kindOfList, takeDrops, textOf } from "./lists.js";
import { makeTaking } from "./taking.js";

const CHOICES = choices(msg("red"), msg("green"));
const SHOWN = 12;

/**
 * @param {number} count
 * @param {string} values
 */
const countText = (count, values) => msgN("1 value: {values}.", "{n} values: {values}.", count, { values });

/**
 * @param {"x" | "y" | "z"} name
 * @param {string} legend
 * @param {import("./kinds.js").Kind[]} kinds
 * @param {() => void} changed
 */
export function makeAxis(name, legend, kinds, changed) {
  const id = `axis-${name}`;
  const kind = h(
    "select",
    { id: `${id}-kind`, onchange: choose },
    h("option", { value: "", text: msg("Nothing") }),
    ...kinds.map((one) => h("option", { value: one.name, text: one.label })),
  );
  const values = h("textarea", {
    id: `${id}-values`,
    dir: "auto", // numbers go to the right, in every language
    rows: 2,
    spellcheck: "false",
    autocapitalize: "none",
    autocomplete: "off",
    "aria-describedby": `${id}-help ${id}-said`,
    oninput: changed,
  });
  const help = h("p", { class: "note", id: `${id}-help` });
  const said = h("p", { class: "understood", id: `${id}-said` });
  const picker = h("div", { class: "picker" });
  const templates = h("input", { type: "checkbox", id: `${id}-templates`, onchange: switched });
  const taking = makeTaking(id, changed);
  const columns = ["prompt", ...kinds.map((one) => one.name)];
  const asTemplates = h(
    "label",
    { class: "check", for: templates.id, hidden: true },
    templates,
    h("span", { text: msg("Braces are choices: {example}", { example: CHOICES }) }),
  );
  const more = h(
    "div",
    { class: "axis-more" },
    h("label", { for: values.id, class: "off-screen", text: msg("Values of {axis}", { axis: legend }) }),
    picker,
    values,
    help,
    asTemplates,
    taking.root,
    said,
  );
  const root = h("div", { class: "axis" }, h("label", { for: kind.id, text: legend }), kind, more);
  takeDrops(root, take);
  values.addEventListener("paste", (event) => {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (kind.value !== "prompts" || values.value.trim() || kindOfList(text, columns) !== "rows") return;
    event.preventDefault();
    put(text);
  });
  show();

  function switched() {
    offerTemplates();
    changed();
  }

  function choose() {
    const chosen = kinds.find((one) => one.name === kind.value);
    values.value = chosen?.example ?? "";
    templates.checked = false;
    show();
    changed();
  }

  function show() {
    const chosen = kinds.find((one) => one.name === kind.value);
    more.hidden = !chosen;
    said.textContent = "";
    values.removeAttribute("aria-invalid");
    if (!chosen) return;
    help.textContent = chosen.help;
    values.rows = ["prompts", "negative_prompt", "rows"].includes(chosen.name) ? 5 : 2;
    picker.replaceChildren(...pick(chosen));
    offerTemplates();
  }

  function offerTemplates() {
    const texts = kind.value === "prompts" || kind.value === "negative_prompt";
    taking.root.hidden = !texts || !templates.checked;
    asTemplates.hidden = !texts || !(templates.checked || looksLikeTemplate(values.value));
  }

  /**
   * Write what was picked into the field: that is what counts.
   *
   * @param {string} text
   */
  function write(text) {
    values.value = text;
    changed();
  }

  /** @param {import("./kinds.js").Kind} chosen */
  function pick(chosen) {
    if (chosen.picker === "choices") return [tick(chosen.choices ?? [])];
    if (chosen.picker === "numbers" && chosen.name !== "seed") return [span()];
    if (chosen.picker === "table") return [filePicker(take)];
    return [];
  }

  /** @param {import("./kinds.js").Choice[]} choices */
  function tick(choices) {
    const boxes = choices.map(({ value }) => h("input", { type: "checkbox", value, onchange: told }));
    function told() {
      write(
        boxes
          .filter((box) => box.checked)
          .map((box) => (box.value.includes(",") ? `"${box.value}"` : box.value))
          .join(", "),
      );
    }
    const labels = choices.map((one, index) => ({
      connection: one.connection,
      root: h("label", { class: "check" }, boxes[index], h("bdi", { text: one.text })),
    }));
    return h("div", {}, ...grouped(labels, "ticks"));
  }

  function span() {
    const fields = [msg("From"), msg("To"), msg("How many")].map((label, at) => {
      const input = h("input", {
        type: "text",
        inputmode: "decimal",
        size: 5,
        autocomplete: "off",
        oninput: told,
        "aria-label": label,
      });
      if (at === 2) input.inputMode = "numeric";
      return { label, input };
    });
    function told() {
      const [from, to, count] = fields.map(({ input }) => input.value.trim().replace(",", "."));
      if (from && to) write(`${from}-${to}${count ? ` [${count}]` : ""}`);
    }
    return h(
      "div",
      { class: "span" },
      ...fields.map(({ label, input }) => h("span", {}, h("small", { text: label, "aria-hidden": "true" }), input)),
    );
  }

  /**
   * Take a list from a file: what stands in it decides which kind it is.
   *
   * @param {File} file
   */
  async function take(file) {
    try {
      put(await textOf(file));
    } catch (error) {
      toast(/** @type {Error} */ (error).message, { urgent: true });
    }
  }

  /** @param {string} text */
  function put(text) {
    kind.value = kindOfList(text, columns);
    templates.checked = false;
    show();
    write(text);
  }

  return {
    root,
    name,
    field: values,
    label: () => (kind.value ? (kind.selectedOptions[0]?.textContent ?? "") : ""),
    /** What the plan has of it; null where nothing varies. */
    given() {
      offerTemplates();
      if (!kind.value) return null;
      return { [kind.value]: values.value, ...(templates.checked ? { templates: true, ...taking.given() } : {}) };
    },
    /** @param {Record<string, unknown> | undefined} given */
    fill(given) {
      const own = Object.entries(given ?? {}).find(([key]) => kinds.some((one) => one.name === key));
      kind.value = own?.[0] ?? "";
      templates.checked = given?.templates === true;
      taking.fill(given);
      show();
      if (own) values.value = Array.isArray(own[1]) ? own[1].join(", ") : String(own[1]);
      offerTemplates();
    },
    /**
     * Say what was understood, or what is wrong with it.
     *
     * @param {AxisOf | null} axis
     * @param {string} wrong
     */
    tell(axis, wrong = "") {
      values.toggleAttribute("aria-invalid", Boolean(wrong));
      said.classList.toggle("bad", Boolean(wrong));
      if (wrong) said.textContent = wrong;
      else if (!axis?.kind) said.textContent = "";
      else {
        const shown = axis.labels.slice(0, SHOWN).map((label) => label || "\u201c\u201d");
        const rest = axis.labels.length - shown.length;
        const some = inRow(shown);
        const list = rest > 0 ? msg("{values} and {rest} more", { values: some, rest }) : some;
        said.textContent = joined(countText(axis.labels.length, list), ...axis.notes);
      }
    },
  };
}
