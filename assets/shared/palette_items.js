// What the palette finds: what this page does, pages, models, tags, earlier prompts. Choosing one
// goes somewhere or fills something in; nothing here makes an image.
import { getJson } from "./ask.js";
import { commandsHere } from "./commands.js";
import { PAGES, PROMPTS_SHOWN } from "./facts.js";
import { openKeys } from "./keys_dialog.js";
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
  ["here", "On this page", 12],
  ["page", "Go to", 8],
  ["model", "Models", 4],
  ["tag", "Tags", 4],
  ["prompt", "Earlier prompts", 4],
]);

const NAME_CHARS = 160;

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
    ...pages(),
    item("page", "Starred images", { href: at(`${PAGES.gallery}?starred=1`) }, "gallery favourites"),
    item("page", "Trash", { href: at(`${PAGES.gallery}?trash=1`) }, "gallery deleted bin"),
    item("page", "HTTP interface", { href: at("/docs") }, "api documentation programs"),
    item("page", "Keys", { run: openKeys, key: "?" }, "keyboard shortcuts help"),
  ];
}

/** The pages are those of the header, with the names that they have there. */
function pages() {
  const links = /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll(".bar nav a"));
  return [...links]
    .filter((link) => !link.hasAttribute("aria-current"))
    .map((link) => item("page", link.textContent ?? "", { href: link.href }));
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
  return Promise.all([
    getJson("/api/models").then((/** @type {Facets["models"] | null} */ models) =>
      come((models ?? []).map(({ id, label }) => item("model", label, how(useModel, "model", id), `${id} model`))),
    ),
    getJson("/api/facets").then((/** @type {Facets | null} */ facets) =>
      come(
        (facets?.tags ?? []).map(({ tag }) =>
          item("tag", tag, { href: at(`${PAGES.gallery}?tag=${encodeURIComponent(tag)}`) }, "tag"),
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
