// The wildcard files: listed with their lines, written, edited, taken away. Two tabs cannot overwrite
// each other's lines without being told.
import { ask, getJson, noAnswer } from "../shared/ask.js";
import { h } from "../shared/dom.js";
import { msg, msgN } from "../shared/language.js";
import { toast } from "../shared/toast.js";

/** @param {number} count */
const linesText = (count) => msgN("1 line", "{n} lines", count);

/** @param {string} name */
const keyOf = (name) => name.split("/").map(encodeURIComponent).join("/");

/**
 * The section; `changed` is called when what stands in the files is another.
 *
 * @param {{ changed: () => void }} page
 */
export function makeWildcards({ changed }) {
  const rows = h("ul", { class: "wildcard-list" });
  const said = h("p", { class: "note" });
  const place = h("div", { class: "wildcard-new" });
  const add = h("button", { type: "button", text: msg("New file") });
  add.addEventListener("click", () => edit(place, null, add));
  const root = h(
    "section",
    { class: "sheet listed", id: "wildcards", "aria-labelledby": "wildcards-title" },
    h("div", { class: "status-head" }, h("h3", { id: "wildcards-title", text: msg("Wildcard files") }), add),
    h("p", {
      class: "note",
      text: msg(
        "{example} in a template becomes one of the file's lines. Lines that begin with # are notes. They are the .txt files of the folder wildcards.",
        { example: "__name__" },
      ),
    }),
    place,
    said,
    rows,
  );
  let closed = false;
  let dirty = false;
  const stay = (/** @type {Event} */ event) => dirty && event.preventDefault();
  addEventListener("beforeunload", stay);
  load();

  async function load() {
    /** @type {{ files: WildcardFile[] } | null} */
    const found = await getJson("/api/wildcards");
    if (closed) return;
    said.textContent = found ? (found.files.length ? "" : msg("None yet.")) : noAnswer();
    if (!found) return;
    const open = new Map(); // who writes into one while another is changed keeps what was typed
    for (const one of rows.children) if (one.querySelector("form")) open.set(one.getAttribute("data-name"), one);
    const shown = found.files.map((file) => open.get(file.name) ?? row(file));
    rows.replaceChildren(...shown, ...[...open.values()].filter((one) => !shown.includes(one)));
    if (location.hash === "#wildcards" && !root.dataset.seen) {
      root.dataset.seen = "";
      root.scrollIntoView({ block: "start" });
    }
  }

  /** @param {WildcardFile} file */
  function row({ name, lines, trouble }) {
    const own = h("div", { class: "wildcard-edit" });
    const open = h("button", { type: "button", text: msg("Edit"), "aria-label": msg("Edit {name}", { name }) });
    open.addEventListener("click", () => edit(own, name, open));
    const gone = h("button", {
      type: "button",
      text: msg("Delete"),
      "aria-label": msg("Delete {name}", { name }),
      onclick: () => remove(name),
    });
    return h(
      "li",
      { dataset: { name } },
      h("code", { dir: "auto", text: `__${name}__` }),
      trouble
        ? h("span", { class: "field-error", text: trouble })
        : h("span", { class: "state", text: linesText(lines) }),
      trouble ? null : h("span", { class: "actions" }, open, gone),
      own,
    );
  }

  /**
   * Open a file for writing, a new one where there is no name; focus goes back to the button.
   *
   * @param {HTMLElement} into
   * @param {string | null} name
   * @param {HTMLElement} button
   */
  async function edit(into, name, button) {
    if (into.childElementCount) return into.querySelector("textarea")?.focus();
    /** @type {WildcardText | null} */
    const found = name === null ? null : await getJson(`/api/wildcards/${keyOf(name)}`);
    if (name !== null && !found) return toast(msg("This file could not be read."), { urgent: true });
    const editor = makeEditor(found, {
      typed: () => {
        dirty = true;
      },
      async saved(kept) {
        closeEditor();
        await load();
        changed();
        rows.querySelector(`[data-name="${CSS.escape(kept.name)}"] button`)?.focus();
      },
      cancelled: closeEditor,
    });
    into.replaceChildren(editor.root);
    editor.root.querySelector("input, textarea")?.focus();

    function closeEditor() {
      dirty = false;
      into.replaceChildren();
      button.focus();
    }
  }

  /** @param {string} name */
  async function remove(name) {
    try {
      /** @type {WildcardText} */
      const found = await ask(`/api/wildcards/${keyOf(name)}`);
      await ask(`/api/wildcards/${keyOf(name)}`, { body: { text: null, digest: found.digest } });
      toast(msg("{name} was deleted.", { name }), {
        action: msg("Undo"),
        onaction: async () => {
          await ask(`/api/wildcards/${keyOf(name)}`, { body: { text: found.text, digest: "" } }).catch(told);
          await load();
          changed();
        },
      });
      const next = rows.querySelector(`[data-name="${CSS.escape(name)}"]`)?.nextElementSibling;
      const after = next?.getAttribute("data-name") ?? "";
      await load();
      changed();
      (rows.querySelector(`[data-name="${CSS.escape(after)}"] button`) ?? add).focus();
    } catch (error) {
      told(error);
      load();
    }
  }

  /** @param {unknown} error */
  const told = (error) => {
    toast(/** @type {Error} */ (error).message, { urgent: true });
  };

  return {
    root,
    close() {
      closed = true;
      removeEventListener("beforeunload", stay);
    },
  };
}

/**
 * The fields of one file. Saved under another name, it is renamed.
 *
 * @param {WildcardText | null} file as it was read, null for a new one
 * @param {{ typed: () => void, saved: (kept: WildcardText) => void, cancelled: () => void }} page
 */
function makeEditor(file, { typed, saved, cancelled }) {
  const id = `wildcard-${file?.name ?? ""}`;
  const name = h("input", {
    id: `${id}-name`,
    type: "text",
    maxlength: 200,
    autocomplete: "off",
    autocapitalize: "none",
    spellcheck: "false",
    oninput: typed,
  });
  name.value = file?.name ?? "";
  const text = h("textarea", {
    id: `${id}-text`,
    rows: 10,
    spellcheck: "false",
    autocapitalize: "none",
    "aria-describedby": `${id}-said`,
    oninput: typed,
  });
  text.value = file?.text ?? "";
  const said = h("p", { class: "field-error", id: `${id}-said`, role: "alert", hidden: true });
  const over = h("button", { type: "button", text: msg("Overwrite it"), hidden: true, onclick: overwrite });
  let was = file?.digest ?? "";
  const root = h(
    "form",
    { class: "wildcard-form", novalidate: true },
    h("div", { class: "row" }, h("label", { for: name.id, text: msg("Name") }), name),
    h("label", { for: text.id, text: msg("Lines") }),
    text,
    said,
    h(
      "div",
      { class: "actions" },
      h("button", { type: "submit", class: "main", text: msg("Save") }),
      h("button", { type: "button", text: msg("Cancel"), onclick: cancelled }),
      over,
    ),
  );
  root.addEventListener("submit", (event) => {
    event.preventDefault();
    save();
  });
  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && name.value === (file?.name ?? "") && text.value === (file?.text ?? "")) cancelled();
  });

  async function save() {
    const wanted = name.value.trim();
    const renamed = file !== null && wanted !== file.name;
    refuse("");
    try {
      if (!wanted) throw Object.assign(new Error(msg("The file needs a name.")), { refused: { field: "name" } });
      const body = { text: text.value, digest: renamed ? "" : was };
      /** @type {WildcardText} */
      const kept = await ask(`/api/wildcards/${keyOf(wanted)}`, { body });
      if (renamed) await ask(`/api/wildcards/${keyOf(file.name)}`, { body: { text: null, digest: was } });
      saved(kept);
    } catch (error) {
      const { message, refused } = /** @type {AskError} */ (error);
      refuse(message, refused?.field ?? "");
      over.hidden = refused?.field !== "text" || renamed || !file;
    }
  }

  /** Take what was read as seen, and write over it. */
  async function overwrite() {
    /** @type {WildcardText | null} */
    const now = file && (await getJson(`/api/wildcards/${keyOf(file.name)}`));
    was = now?.digest ?? "";
    save();
  }

  /**
   * @param {string} message
   * @param {string} field
   */
  function refuse(message, field = "") {
    said.hidden = !message;
    said.textContent = message;
    over.hidden = true;
    name.toggleAttribute("aria-invalid", field === "name");
    text.toggleAttribute("aria-invalid", Boolean(message) && field !== "name");
    if (message) (field === "name" ? name : text).focus();
  }

  return { root };
}
