// An image dropped, pasted or chosen fills the form with its settings. The server reads the file;
// only files are taken: text that is dropped or pasted goes where it always goes.

import { announce } from "../shared/announce.js";
import { asking, noAnswer } from "../shared/ask.js";
import { h } from "../shared/dom.js";
import { FILE_MAX_BYTES, PAGES, STYLES_PAGE } from "../shared/facts.js";
import { joined, msg, msgN } from "../shared/language.js";
import { at, here } from "../shared/place.js";
import { importStyles, isStyleFile } from "../shared/style_files.js";
import { toast } from "../shared/toast.js";
import { openWith } from "./draft.js";

const IMAGE_ADDRESS = /^data:image\/|\.(?:png|jpe?g|webp|gif|avif|bmp|svg|tiff?|heic)(?:$|[?#])/im;
const LEFT_MS = 400; // a drag over the page tells of itself more often than this

/** @type {HTMLElement | undefined} */
let overlay;
let busy = false;
let refused = () => {}; // takes the last refusal off the page

/** Watch the whole page. */
export function watchFiles() {
  let ours = false; // an image of the page itself, moved by hand
  let timer = 0;
  overlay = h("div", { class: "intake", popover: "manual" });
  document.body.append(overlay);
  listen("dragstart", () => {
    ours = true;
  });
  listen("dragend", () => {
    ours = false;
  });
  for (const name of /** @type {const} */ (["dragenter", "dragover"])) {
    listen(name, (event) => {
      if (ours || !event.dataTransfer || isAList(event.target, event.dataTransfer)) return;
      if (hasAddress(event.dataTransfer) && !isField(event.target)) event.preventDefault(); // to say why not
      if (!hasFiles(event.dataTransfer)) return;
      claim(event);
      event.dataTransfer.dropEffect = "copy";
      say(
        here() === STYLES_PAGE ? msg("Drop a file of styles, or an image") : msg("Drop an image to use its settings"),
      );
      clearTimeout(timer);
      timer = setTimeout(() => say(""), LEFT_MS);
    });
  }
  listen("drop", (event) => {
    if (ours || !event.dataTransfer || isAList(event.target, event.dataTransfer)) return;
    const { files } = event.dataTransfer;
    if (hasAddress(event.dataTransfer) && files.length === 0) return refuseAddress(event, event.dataTransfer);
    if (!hasFiles(event.dataTransfer)) return;
    claim(event);
    clearTimeout(timer);
    say("");
    takeFiles([...files]);
  });
  listen("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    const text = event.clipboardData?.types.includes("text/plain");
    if (files.length === 0 || (text && isField(event.target))) return;
    claim(event);
    takeFiles(files);
  });
}

/**
 * Read the first of `files` and fill the form, here or on the Create page.
 *
 * @param {File[]} files
 */
export async function takeFiles(files) {
  if (busy || files.length === 0) return;
  if (isStyleFile(files[0]) && here() === STYLES_PAGE)
    return void document.dispatchEvent(new CustomEvent("playground:style-file", { detail: files[0] }));
  if (isStyleFile(files[0]) && here() === PAGES.create) return takeStyles(files[0]);
  busy = true;
  refused();
  say(msg("Reading the image"));
  try {
    const found = await read(files[0]);
    if (found === null) return;
    if (files.length > 1) toast(saidFirst(files));
    if (found.choices?.length) choose(found.choices);
    else if (found.recipe) use(found.recipe);
    else refuse(found.source === "none" ? found.text : msg("This image's settings are too long to be taken."));
  } finally {
    busy = false;
    say("");
  }
}

/**
 * A file of styles is none of an image's settings: its styles are kept, and can be chosen.
 *
 * @param {File} file
 */
async function takeStyles(file) {
  busy = true;
  refused();
  say(msg("Reading the styles"));
  try {
    toast((await importStyles(file)).text);
  } catch (error) {
    refuse(/** @type {Error} */ (error).message);
  } finally {
    busy = false;
    say("");
  }
}

/**
 * @param {File} file
 * @returns {Promise<Brought | null>}
 */
async function read(file) {
  if (file.size > FILE_MAX_BYTES) {
    const [size, most] = [megabytes(file.size), megabytes(FILE_MAX_BYTES)];
    refuse(msg("The file is too large: {size} MB, and {most} MB fit. Choose a smaller one.", { size, most }));
    return null;
  }
  const body = new FormData();
  body.append("file", file);
  try {
    const answer = await fetch(at("/api/metadata"), { method: "POST", body, headers: asking() });
    const found = await answer.json();
    if (answer.ok) return found;
    const words = found.error ? joined(found.error.message, found.error.hint) : found.detail;
    refuse(words || noAnswer());
  } catch {
    refuse(file.size === 0 ? msg("There is nothing in this file.") : noAnswer());
  }
  return null;
}

/**
 * What another web page gives of its image may be the address alone, which is never fetched. A link
 * is left to the field it is dropped on; anywhere else the browser would leave this page for it.
 *
 * @param {DragEvent} event
 * @param {DataTransfer} data
 */
function refuseAddress(event, data) {
  const address = data.getData("text/uri-list");
  const image = /<img\b/i.test(data.getData("text/html")) || IMAGE_ADDRESS.test(address);
  if (!image && isField(event.target)) return;
  claim(event);
  refused();
  if (image) refuse(msg("Only the image's address came with it. Save the image there, then drop the file here."));
  else refuse(msg("A link cannot be used here. Drop an image file, or paste text into a field."));
}

/** @param {string} words */
function refuse(words) {
  refused = toast(words, { urgent: true });
}

/** @param {string} recipe */
function use(recipe) {
  if (here() !== PAGES.create) return openWith(recipe);
  for (const dialog of document.querySelectorAll("dialog")) if (dialog.open) dialog.close(); // the form is beneath
  document.dispatchEvent(new CustomEvent("playground:reuse", { detail: { recipe } }));
}

/**
 * A contact sheet holds several images: ask which one.
 *
 * @param {Brought["choices"]} choices
 */
function choose(choices) {
  /** @type {HTMLDialogElement} */
  const dialog = h(
    "dialog",
    { class: "sheet-dialog choices-dialog", "aria-label": msg("Choose an image"), onclose: () => dialog.remove() },
    h(
      "div",
      { class: "dialog-bar" },
      h("h2", { text: msg("Which image?") }),
      h("button", { type: "button", text: msg("Close"), onclick: () => dialog.close() }),
    ),
    h("p", {
      class: "said",
      text: msgN(
        "This contact sheet holds 1 image. Choose it for its settings.",
        "This contact sheet holds {n} images. Choose the one whose settings you want.",
        choices.length,
      ),
    }),
    h(
      "ul",
      {},
      ...choices.map((choice) =>
        h(
          "li",
          {},
          h(
            "button",
            {
              type: "button",
              onclick: () => {
                dialog.close();
                use(choice.recipe);
              },
            },
            h("span", { class: "what", dir: "auto", text: choice.text }),
          ),
        ),
      ),
    ),
  );
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
  dialog.showModal();
  dialog.querySelector("li button")?.focus();
}

/** @param {File[]} files */
const saidFirst = (files) =>
  msgN("1 file: {name} is used.", "{n} files: only the first one, {name}, is used.", files.length, {
    name: files[0].name,
  });

/** @param {string} text */
function say(text) {
  if (!overlay) return;
  const shown = overlay.matches(":popover-open");
  if (!text) return shown && overlay.hidePopover();
  if (overlay.textContent !== text || !shown) announce(text, { about: "intake" });
  if (overlay.textContent !== text) overlay.replaceChildren(h("p", { text }));
  if (!shown) overlay.showPopover(); // above an open dialog, too
}

/** @param {Event} event */
function claim(event) {
  event.preventDefault();
  event.stopImmediatePropagation(); // Gradio's own fields would take the file
}

/** @param {EventTarget | null} target */
const isField = (target) => Boolean(/** @type {Element} */ (target).closest?.("input, textarea, [contenteditable]"));
/**
 * Whether it is a file for an element that takes lists itself.
 *
 * @param {EventTarget | null} target
 * @param {DataTransfer} data
 */
const isAList = (target, data) =>
  /** @type {Element} */ (target).closest?.("[data-takes-lists]") &&
  hasFiles(data) &&
  ![...data.items].some(({ type }) => type.startsWith("image/"));
/** @param {DataTransfer} data */
const hasAddress = (data) => data.types.includes("text/uri-list");
/** @param {DataTransfer} data */
const hasFiles = (data) => data.types.includes("Files");
/** @param {number} bytes */
const megabytes = (bytes) => Math.ceil(bytes / 1e6);
/**
 * @template {keyof DocumentEventMap} Name
 * @param {Name} name
 * @param {(event: DocumentEventMap[Name]) => void} handler
 */
const listen = (name, handler) => document.addEventListener(name, handler, { capture: true });
