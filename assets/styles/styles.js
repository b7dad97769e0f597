// All styles and presets: found, changed, deleted, brought in from files and taken along.
import { announce } from "../shared/announce.js";
import { ask } from "../shared/ask.js";
import { offerCommands } from "../shared/commands.js";
import { h } from "../shared/dom.js";
import { PAGES } from "../shared/facts.js";
import { msg, msgN } from "../shared/language.js";
import { at } from "../shared/place.js";
import { byName, importStyles, presetWords } from "../shared/style_files.js";
import { toast } from "../shared/toast.js";
import { offer } from "../shared/undo.js";
import { makeEditor } from "./editor.js";
import { presetRow, styleRow } from "./rows.js";

const SHOWN = 200; // rows of each kind; the others are found by searching

/** @param {Drawn} component */
export function mount({ element }) {
  /** @type {StylesOf} */
  let all = { styles: [], presets: [] };
  let come = false;
  /** @type {(() => void) | null} */
  let closeEditor = null;

  const chooser = h("input", {
    type: "file",
    accept: ".csv,.json,text/csv,application/json",
    hidden: true,
    "aria-hidden": "true",
    onchange: async () => {
      const [file] = chooser.files ?? [];
      chooser.value = ""; // so that the same file can be chosen again
      if (file) await bring(file);
    },
  });
  const search = h("input", {
    type: "text",
    id: "styles-search",
    role: "searchbox",
    dir: "auto",
    placeholder: msg("Search styles and presets"),
    "aria-label": msg("Search styles and presets"),
    autocomplete: "off",
    spellcheck: "false",
    oninput: () => draw(),
  });
  const write = h("button", { type: "button", class: "main", text: msg("New style"), onclick: () => edit(null) });
  const bringIn = h("button", { type: "button", text: msg("Import a file"), onclick: () => chooser.click() });
  const told = h("div", { class: "told-file", hidden: true });
  const place = h("div", { class: "editor-place" });
  const [styles, presets] = [h("ul", { class: "rows" }), h("ul", { class: "rows" })];
  const [ofStyles, ofPresets] = [h("p", { class: "note" }), h("p", { class: "note" })];
  const away = h("button", { type: "button", class: "plain", hidden: true, onclick: () => removeFound() });

  const exports = [download("json", msg("Export all as JSON")), download("csv", msg("Export styles as CSV"))];
  for (const one of exports) one.hidden = true; // until there is something in them
  const finding = h("div", { class: "find-row", hidden: true }, search, away);
  element.replaceChildren(
    h(
      "div",
      { class: "page-head" },
      h("h2", { text: msg("Styles and presets") }),
      h("a", { class: "back", href: at(PAGES.create), text: msg("Back to Create") }),
    ),
    h("p", {
      class: "intro",
      text: msg(
        "A style is a text around your prompt, in which {prompt} stands for it. A preset is the whole form under a name. Both are chosen beside the prompt, on the Create page.",
        { prompt: "{prompt}" },
      ),
    }),
    h("div", { class: "tools-row" }, write, bringIn, chooser, ...exports),
    h("p", {
      class: "note",
      text: msg(
        "A file can also be dropped here: CSV or JSON of AUTOMATIC1111, Forge, InvokeAI, Fooocus, Krita, SwarmUI, SD.Next, or of this program.",
      ),
    }),
    told,
    place,
    finding,
    section("styles-listed", msg("Styles"), ofStyles, styles),
    section("presets-listed", msg("Presets"), ofPresets, presets),
  );
  offerCommands({
    where: "styles",
    search: () => search.focus(),
    actions: () => [
      { name: msg("New style"), also: msg("write add"), run: () => edit(null) },
      { name: msg("Import a file"), also: msg("csv json styles presets"), run: () => chooser.click() },
    ],
  });
  document.addEventListener("playground:styles", load);
  document.addEventListener("playground:style-file", ({ detail }) => bring(detail));
  document.addEventListener("playground:back", load);
  load();

  async function load() {
    /** @type {StylesOf | null} */
    const answer = await ask("/api/styles").catch((error) => {
      ofStyles.textContent = /** @type {Error} */ (error).message;
      return null;
    });
    if (!answer) return;
    all = { styles: [...answer.styles].sort(byName), presets: [...answer.presets].sort(byName) };
    come = true;
    finding.hidden = all.styles.length + all.presets.length === 0;
    for (const one of exports) one.hidden = finding.hidden;
    draw();
  }

  const words = () => search.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);

  /**
   * @template T
   * @param {T[]} entries
   * @param {(entry: T) => string} text
   */
  const found = (entries, text) =>
    entries.filter((entry) => words().every((word) => text(entry).toLocaleLowerCase().includes(word)));

  const foundNow = () => ({
    styles: found(all.styles, (one) => [one.name, one.prompt, one.negative_prompt].join("\n")),
    presets: found(all.presets, (one) => [one.name, presetWords(one)].join("\n")),
  });

  function draw() {
    const now = foundNow();
    const searched = words().length > 0;
    const kept = document.activeElement?.getAttribute("data-at");
    styles.replaceChildren(...now.styles.slice(0, SHOWN).map((one) => styleRow(one, { edit, remove: removeStyle })));
    presets.replaceChildren(
      ...now.presets.slice(0, SHOWN).map((one) => presetRow(one, { rename, remove: removePreset })),
    );
    ofStyles.textContent = counted(now.styles.length, searched, [
      msg("There are no styles yet. Write one, or import those of another program."),
      msgN("1 style", "{n} styles", now.styles.length),
    ]);
    ofPresets.textContent = counted(now.presets.length, searched, [
      msg("There are no presets yet. Fill the form on the Create page, then save it under Presets."),
      msgN("1 preset", "{n} presets", now.presets.length),
    ]);
    const count = now.styles.length + now.presets.length;
    away.hidden = !searched || count < 2;
    away.textContent = msgN("Delete the 1 found", "Delete the {n} found", count);
    if (searched) announce(away.hidden ? ofStyles.textContent : away.textContent, { about: "styles", rests: 800 });
    if (kept) element.querySelector(`[data-at="${CSS.escape(kept)}"]`)?.focus();
  }

  /**
   * @param {number} count
   * @param {boolean} searched
   * @param {[none: string, some: string]} texts
   */
  function counted(count, searched, [none, some]) {
    if (!come) return "";
    if (count > SHOWN) return msg("The first {shown} of {n}. Search to find the others.", { shown: SHOWN, n: count });
    if (count) return some;
    return searched ? msg("Nothing has these words.") : none;
  }

  // --- changing ---

  /** @param {StyleOf | null} style */
  function edit(style) {
    open(
      makeEditor({
        title: style ? msg("Edit the style") : msg("New style"),
        entry: style ?? { name: "", prompt: "", negative_prompt: "" },
        texts: true,
        save: (given) => ask("/api/styles", { body: { ...given, former: style?.name, was: style } }),
        done,
      }),
    );
  }

  /** @param {PresetOf} preset */
  function rename(preset) {
    open(
      makeEditor({
        title: msg("Rename the preset"),
        entry: { name: preset.name, prompt: "", negative_prompt: "" },
        texts: false,
        save: ({ name }) => ask("/api/presets", { body: { ...preset, name, former: preset.name, was: preset } }),
        done,
      }),
    );
  }

  /** @param {{ root: HTMLElement, focus: () => void }} editor */
  function open(editor) {
    const from = document.activeElement?.getAttribute("data-at");
    closeEditor = () => {
      place.replaceChildren();
      closeEditor = null;
      (from ? element.querySelector(`[data-at="${CSS.escape(from)}"]`) : null)?.focus();
      if (!from) write.focus();
    };
    place.replaceChildren(editor.root);
    editor.root.scrollIntoView({ block: "nearest" });
    editor.focus();
  }

  /** @param {{ name: string } | null} kept what was saved, if anything */
  async function done(kept) {
    if (kept) {
      await load();
      toast(msg("{name} is saved.", { name: kept.name }));
    }
    closeEditor?.();
  }

  // --- deleting ---

  /** @param {StyleOf} style */
  const removeStyle = (style) =>
    remove({ styles: [style.name], presets: [] }, msg("The style {name} was deleted.", { name: style.name }));

  /** @param {PresetOf} preset */
  const removePreset = (preset) =>
    remove({ styles: [], presets: [preset.name] }, msg("The preset {name} was deleted.", { name: preset.name }));

  function removeFound() {
    const now = foundNow();
    const names = { styles: now.styles.map(({ name }) => name), presets: now.presets.map(({ name }) => name) };
    const count = names.styles.length + names.presets.length;
    search.value = "";
    search.focus();
    return remove(names, msgN("1 was deleted.", "{n} were deleted.", count));
  }

  /**
   * @param {{ styles: string[], presets: string[] }} names
   * @param {string} text
   */
  async function remove(names, text) {
    try {
      /** @type {StylesOf} */
      const gone = await ask("/api/styles/remove", { body: names });
      await load();
      if (!element.contains(document.activeElement)) (finding.hidden ? write : search).focus();
      toast(text, { undo: offer(() => bringBack(gone)) });
    } catch (error) {
      toast(/** @type {Error} */ (error).message, { urgent: true });
    }
  }

  /** @param {StylesOf} gone */
  async function bringBack(gone) {
    try {
      await ask("/api/styles/restore", { body: gone });
      await load();
      announce(msg("It is back."));
    } catch (error) {
      toast(/** @type {Error} */ (error).message, { urgent: true });
    }
  }

  // --- files ---

  /** @param {File} file */
  async function bring(file) {
    try {
      const found = await importStyles(file);
      tell(found.text, found.left_out);
    } catch (error) {
      tell(/** @type {Error} */ (error).message, [], true);
    }
  }

  /**
   * What came of a file stays on the page until the next one.
   *
   * @param {string} text
   * @param {TakenFile["left_out"]} leftOut
   */
  function tell(text, leftOut, bad = false) {
    const more = leftOut.length > 5; // as many stand in the text
    told.hidden = false;
    told.dataset.bad = String(bad);
    told.replaceChildren(
      h("p", { text, dir: "auto", role: bad ? "alert" : null }),
      more
        ? h(
            "details",
            {},
            h("summary", { text: msg("All that was left out") }),
            h(
              "ul",
              {},
              ...leftOut.map(({ name, why }) => h("li", { dir: "auto", text: msg("{name}: {why}", { name, why }) })),
            ),
          )
        : "",
    );
    if (!bad) announce(text, { about: "style file" });
  }
}

/**
 * @param {string} format
 * @param {string} text
 */
const download = (format, text) =>
  h("a", { class: "button", href: at(`/api/styles/export?format=${format}`), download: "", text });

/**
 * @param {string} id
 * @param {string} title
 * @param {HTMLElement[]} content
 */
const section = (id, title, ...content) =>
  h("section", { class: "sheet", "aria-labelledby": id }, h("h3", { id, text: title }), ...content);
