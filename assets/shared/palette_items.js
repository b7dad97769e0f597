// What the palette finds: what this page does, pages, models, tags, earlier prompts. Choosing one
// goes somewhere or fills something in; nothing here makes an image.
import { getJson } from "./ask.js";
import { commandsHere } from "./commands.js";
import { PAGES, PROMPTS_SHOWN, SESSIONS_PAGE, STYLES_PAGE } from "./facts.js";
import { openKeys } from "./keys_dialog.js";
import { msg } from "./language.js";
import { findable } from "./palette_find.js";
import { at } from "./place.js";
import { shorten } from "./words.js";

/**
 * Something to choose: a place to go to, or what is done here.
 *
 * @typedef {"here" | "page" | "model" | "tag" | "prompt"} Kind
 * @typedef {{ kind: Kind, name: string, key?: string, href?: string, run?: () => void,
 *   found: import("./palette_find.js").Findable }} Item
 */

/** The kinds, in their order, with what they are called and how many are shown unasked. */
export const KINDS = /** @type {[kind: Kind, title: string, shown: number][]} */ ([
  ["here", msg("On this page"), 12],
  ["page", msg("Go to"), 9],
  ["model", msg("Models"), 4],
  ["tag", msg("Tags"), 4],
  ["prompt", msg("Earlier prompts"), 4],
]);

const NAME_CHARS = 160;
// Translators: words that people may type to find the help
const HELP = msg("documentation manual how to guide");

/**
 * @param {Kind} kind
 * @param {string} name
 * @param {Omit<Item, "kind" | "name" | "found">} how
 * @returns {Item}
 */
const item = (kind, name, how, also = "") => ({ kind, name, ...how, found: findable(`${name} ${also}`) });

/**
 * What can be found at once. `over` says that something covers the page, which then stays as it is:
 * only places are offered.
 *
 * @param {boolean} over
 */
export function itemsHere(over) {
  const actions = over ? [] : (commandsHere().actions?.() ?? []);
  return [
    ...actions.map(({ name, run, also, key }) => item("here", name, { run, key }, also)),
    ...ofImage(),
    ...pages(),
    item("page", msg("Starred images"), { href: at(`${PAGES.gallery}?starred=1`) }, msg("gallery favourites")),
    item("page", msg("Trash"), { href: at(`${PAGES.gallery}?trash=1`) }, msg("gallery deleted bin")),
    item("page", msg("Styles and presets"), { href: at(STYLES_PAGE) }, msg("import export csv look")),
    item("page", msg("Demo sessions"), { href: at(SESSIONS_PAGE) }, msg("show room earlier group lineage")),
    item("page", msg("HTTP interface"), { href: at("/docs") }, msg("api documentation programs")),
    item("page", msg("Keys"), { run: openKeys, key: "?" }, msg("keyboard shortcuts help")),
    ...languages(),
  ];
}

/** Where the image leads that is shown large. */
function ofImage() {
  const image = document.querySelector("dialog.viewer")?.dataset.image;
  if (!image) return [];
  // Translators: words that people may type to find experiments
  const also = msg("experiment grid parameter");
  return [item("page", msg("Vary this"), { href: at(`${PAGES.experiments}?image=${image}`) }, also)];
}

/** The pages are those of the header, with the names that they have there. */
function pages() {
  const links = /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll(".bar nav a"));
  return [...links]
    .filter((link) => !link.hasAttribute("aria-current"))
    .map((link) => item("page", link.textContent ?? "", { href: link.href }, link.matches(".help") ? HELP : ""));
}

/** The languages of the header that the page is not in; who reads none of its words types the English one. */
function languages() {
  const choice = /** @type {HTMLSelectElement | null} */ (document.querySelector(".bar .language select"));
  if (!choice) return [];
  return [...choice.options]
    .filter((option) => !option.defaultSelected)
    .map(({ text, value }) => {
      const run = () => {
        choice.value = value;
        choice.dispatchEvent(new Event("change"));
      };
      return item("page", msg("Language: {language}", { language: text }), { run }, "language");
    });
}

/**
 * What has to be asked for: each part as it comes, in any order. What cannot be had is left out.
 *
 * @param {boolean} over
 * @param {(items: Item[]) => void} come
 */
export function fetchItems(over, come) {
  const { useModel, usePrompt } = over ? {} : /** @type {Partial<ReturnType<typeof commandsHere>>} */ (commandsHere());
  /**
   * @param {((value: string) => void) | undefined} use
   * @param {string} name
   * @param {string} value
   */
  const how = (use, name, value) =>
    use ? { run: () => use(value) } : { href: `${at(PAGES.create)}#${new URLSearchParams({ [name]: value })}` };
  const kind = msg("model");
  return Promise.all([
    getJson("/api/models").then((/** @type {Facets["models"] | null} */ models) =>
      come((models ?? []).map(({ id, label }) => item("model", label, how(useModel, "model", id), `${id} ${kind}`))),
    ),
    getJson("/api/facets").then((/** @type {Facets | null} */ facets) =>
      come(
        (facets?.tags ?? []).map(({ tag }) =>
          item("tag", tag, { href: at(`${PAGES.gallery}?tag=${encodeURIComponent(tag)}`) }, msg("tag")),
        ),
      ),
    ),
    getJson(`/api/prompts?limit=${PROMPTS_SHOWN}`).then((/** @type {{ prompts: EarlierPrompt[] } | null} */ answer) =>
      come(
        (answer?.prompts ?? []).map(({ prompt }) => ({
          ...item("prompt", shorten(prompt, NAME_CHARS), how(usePrompt, "prompt", prompt)),
          found: findable(prompt),
        })),
      ),
    ),
  ]);
}
