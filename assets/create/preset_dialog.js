// Presets: the form as it stands is kept under a name, or one that was kept fills it.
import { announce } from "../shared/announce.js";
import { ask, getJson, noAnswer } from "../shared/ask.js";
import { h } from "../shared/dom.js";
import { STYLES_PAGE } from "../shared/facts.js";
import { msg, msgN } from "../shared/language.js";
import { at } from "../shared/place.js";
import { byName, presetWords } from "../shared/style_files.js";
import { toast } from "../shared/toast.js";
import { heldNow } from "./held.js";
import { finds, openPicker } from "./picker.js";

const PARAM = "params.";

/** Open the list. */
export async function openPresets() {
  /** @type {PresetOf[] | null} */
  let presets = [];
  let come = false;
  const name = h("input", {
    type: "text",
    id: "preset-name",
    dir: "auto",
    autocomplete: "off",
    placeholder: msg("Save this form as\u2026"),
    "aria-label": msg("Save this form as\u2026"),
    enterkeyhint: "done",
    oninput: () => refuse(""),
  });
  const wrong = h("p", { id: "preset-error", class: "field-error", role: "alert", hidden: true });
  const head = h(
    "form",
    {
      class: "keep-form",
      novalidate: true,
      onsubmit: (event) => {
        event.preventDefault();
        save(false);
      },
    },
    name,
    h("button", { type: "submit", text: msg("Save") }),
    wrong,
  );
  const foot = h(
    "p",
    { class: "picker-foot" },
    h("a", { href: at(STYLES_PAGE), text: msg("Rename, delete, import and export presets") }),
  );
  const { dialog, redraw, showSearch } = openPicker({
    title: msg("Presets"),
    search: msg("Search presets"),
    draw,
    head,
    foot,
  });
  /** @type {StylesOf | null} */
  const answer = await getJson("/api/styles");
  presets = answer && [...answer.presets].sort(byName);
  come = true;
  showSearch(Boolean(presets?.length));
  if (presets && !presets.length) name.focus();
  redraw();

  /** @param {string[]} words */
  function draw(words) {
    if (!presets) return { rows: [], said: noAnswer() };
    const found = presets.filter((one) => finds(words, [one.name, presetWords(one)]));
    const none = words.length
      ? msg("No preset has these words.")
      : msg("There are no presets yet. Fill the form, then save it here.");
    const said = found.length ? msgN("1 preset", "{n} presets", found.length) : none;
    return { rows: found.map(row), said: come ? said : "" };
  }

  /** @param {PresetOf} preset */
  function row(preset) {
    return h(
      "li",
      {},
      h(
        "button",
        {
          type: "button",
          dataset: { name: preset.name },
          onclick: () => {
            dialog.close();
            document.dispatchEvent(new CustomEvent("playground:reuse", { detail: { preset: preset.name } }));
          },
        },
        h(
          "span",
          { class: "words" },
          h("strong", {}, h("bdi", { text: preset.name })),
          h("span", { class: "what", dir: "auto", text: presetWords(preset) }),
        ),
      ),
    );
  }

  /**
   * @param {string} text
   * @param {HTMLElement | null} way out
   */
  function refuse(text, way = null) {
    wrong.hidden = !text;
    wrong.replaceChildren(text, ...(way ? [" ", way] : []));
    if (text) name.setAttribute("aria-invalid", "true");
    else name.removeAttribute("aria-invalid");
    if (text) name.setAttribute("aria-describedby", wrong.id);
    else name.removeAttribute("aria-describedby");
  }

  /**
   * @param {boolean} instead whether one of this name is replaced
   * @returns {Promise<void>}
   */
  async function save(instead) {
    const wanted = name.value.trim();
    if (!wanted) {
      refuse(msg("Give it a name first."));
      return name.focus();
    }
    if (!instead && presets?.some((one) => one.name === wanted.normalize("NFC"))) {
      const replace = h("button", { type: "button", text: msg("Replace it"), onclick: () => void save(true) });
      return refuse(msg("There is a preset of this name already. Choose another name, or replace it."), replace);
    }
    try {
      /** @type {PresetOf} */
      const kept = await ask("/api/presets", { body: { ...formNow(), name: wanted, instead } });
      dialog.close();
      toast(msg("The form is kept as {name}.", { name: kept.name }));
    } catch (error) {
      refuse(/** @type {Error} */ (error).message);
      announce(/** @type {Error} */ (error).message);
    }
  }
}

/**
 * The form as a preset keeps it: a seed that is random is none of it, and an empty prompt leaves
 * room for any.
 */
function formNow() {
  const held = heldNow();
  const values = Object.fromEntries(
    Object.entries(held)
      .filter(([name]) => name.startsWith(PARAM))
      .map(([name, value]) => [name.slice(PARAM.length), value]),
  );
  if (held.random_seed) delete values.seed;
  if (!String(values.prompt ?? "").trim()) delete values.prompt;
  const { model, styles, random_seed, count } = held;
  return { model, values, styles: styles ?? [], random_seed: Boolean(random_seed), count: Number(count) || 1 };
}
