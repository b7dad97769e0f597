// Lists of prompts from files: what stands in one decides whether it is a table or plain prompts.
import { h } from "../shared/dom.js";
import { msg, number } from "../shared/language.js";

const FILE_MAX_BYTES = 2_000_000;
const VALUES_MAX = 1000;
const LINE = /^[ \t]*--[a-z]/im; // as A1111's lists of prompts have it
const ALIASES = ["steps", "cfg_scale", "sd_model"];

/**
 * Whether a text is rows of a table or whole prompts.
 *
 * @param {string} text
 * @param {string[]} columns the names that a table's heading may have
 * @returns {"rows" | "prompts"}
 */
export function kindOfList(text, columns) {
  const known = new Set([...columns, ...ALIASES]);
  const [heading] = text.trimStart().split(/[\r\n]/, 1);
  const cells = heading.split(/[,;\t]/).map((cell) => cell.trim().replaceAll('"', "").toLowerCase());
  return cells.every((cell) => known.has(cell)) || LINE.test(text) ? "rows" : "prompts";
}

/**
 * The text of a file. Throws an Error whose message is for the person.
 *
 * @param {File} file
 */
export async function textOf(file) {
  if (file.size > FILE_MAX_BYTES)
    throw new Error(msg("This file is too large. A list holds at most {most} values.", { most: number(VALUES_MAX) }));
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
  } catch {
    throw new Error(msg("This file is no text in UTF-8. Save it as UTF-8, then try again."));
  }
}

/**
 * A button that reads a file.
 *
 * @param {(file: File) => void} taken
 */
export function filePicker(taken) {
  const input = h("input", {
    type: "file",
    accept: ".csv,.txt,text/csv,text/plain",
    hidden: true,
    onchange: () => {
      const [chosen] = input.files ?? [];
      if (chosen) taken(chosen);
      input.value = ""; // so that the same file can be chosen again
    },
  });
  const button = h("button", {
    type: "button",
    text: msg("Read a text or CSV file"),
    title: msg("Choose a file, or drop one here"),
    onclick: () => input.click(),
  });
  return h("span", { class: "file" }, button, input);
}

/**
 * Take files that are dropped onto an element.
 *
 * @param {HTMLElement} element
 * @param {(file: File) => void} taken
 */
export function takeDrops(element, taken) {
  const withFiles = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files");
  element.dataset.takesLists = ""; // else the page would take them for images
  element.addEventListener("dragover", (event) => {
    if (!withFiles(event)) return;
    event.preventDefault();
    element.dataset.drop = "";
  });
  for (const name of ["dragleave", "drop"]) element.addEventListener(name, () => delete element.dataset.drop);
  element.addEventListener("drop", (event) => {
    const [file] = event.dataTransfer?.files ?? [];
    if (!file) return;
    event.preventDefault();
    taken(file);
  });
}
