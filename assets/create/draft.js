// What the form opens with: what it held when the page was left, and what the address asks for.
// A draft lives as long as its tab; one that is damaged is left out by the server, in silence.
import { PAGES } from "../shared/facts.js";
import { at } from "../shared/place.js";
import { isExample, ofNow, wantExample } from "./first.js";
import { textTyped } from "./replaced.js";

const DRAFT = "playground:draft";
const RECIPE = "playground:recipe";
const PARAM = "params.";
const ADDRESS_MAX_CHARS = 6000; // longer ones are refused by proxies

let opened = false;
/** @type {string | null} */
let openedBy = null;
/** @type {string | null} */
let waiting = null;
let timer = 0;

/** What the page is to open with, as JSON; the address forgets its wish, so a reload repeats none. */
export function asked() {
  const address = new URLSearchParams(location.search);
  const [id, recipe] = [address.get("image"), address.get("recipe") ?? read(RECIPE)];
  const preset = address.get("preset");
  const former = parsed(read(DRAFT));
  if (typeof former?.values?.prompt === "string") former.values.prompt = ofNow(former.values.prompt);
  const draft = withChosen(former, new URLSearchParams(location.hash.slice(1)));
  /** @type {{ draft: unknown, id?: string, what?: string, model?: string | null, recipe?: string, preset?: string }} */
  const wish = { draft };
  if (id !== null) Object.assign(wish, { id, what: address.get("what") ?? "all", model: address.get("model") });
  else if (recipe !== null) wish.recipe = openedBy = recipe;
  else if (preset !== null) wish.preset = preset;
  else if (!wish.draft) wantExample();
  for (const name of ["image", "what", "model", "recipe", "preset"]) address.delete(name);
  history.replaceState(history.state, "", `${location.pathname}${address.size ? `?${address}` : ""}`);
  write(RECIPE, null);
  opened = true;
  if ((wish.id ?? wish.recipe ?? wish.preset) || draft !== former)
    for (const [name, text] of textsOf(former)) if (!isExample(text)) textTyped(name, text);
  return JSON.stringify(wish);
}

/** The recipe that the page was opened with, if any. */
export const openedRecipe = () => openedBy;

/**
 * The draft with what was chosen by name on another page: `#prompt=`, `#model=` and `#style=`, which
 * never reach a server, however long they are. An image that it was based on is another prompt's.
 *
 * @param {any} draft
 * @param {URLSearchParams} chosen
 */
function withChosen(draft, chosen) {
  const [prompt, model] = [chosen.get("prompt"), chosen.get("model")];
  const style = chosen.get("style");
  if (prompt === null && model === null && style === null) return draft;
  const values = { ...draft?.values, ...(prompt === null ? {} : { prompt }) };
  const styles = [...new Set([...(draft?.styles ?? []), style])];
  const own = { ...(model === null ? {} : { model }), ...(prompt === null ? {} : { origin: null }) };
  return { ...draft, values, ...own, ...(style === null ? {} : { styles }) };
}

/**
 * The texts that a draft holds: what fills the form in their place is not to lose them.
 *
 * @param {any} draft
 * @returns {[string, string][]}
 */
const textsOf = (draft) =>
  ["prompt", "negative_prompt"].flatMap((name) =>
    typeof draft?.values?.[name] === "string" ? [/** @type {[string, string]} */ ([name, draft.values[name]])] : [],
  );

/**
 * Keep what the form holds. The parameters' names begin with `params.`, as Form.inputs has them.
 *
 * @param {string[]} names
 * @param {any[]} values as Gradio hands them over
 */
export function keep(names, values) {
  if (!opened) return; // these are the start values: the draft has not been read yet
  const pairs = names.map((name, index) => [name, values[index]]);
  const { model, random_seed: random, count, basis, templates, styles } = Object.fromEntries(pairs);
  const params = pairs
    .filter(([name]) => name.startsWith(PARAM))
    .map(([name, value]) => [name.slice(PARAM.length), value]);
  const origin = basis?.origin ?? null;
  storeSoon({ model, random, count, origin, templates, styles, values: Object.fromEntries(params) });
}

/**
 * Keep what is typed into a field as it is typed: Gradio tells of nothing while it has no answer.
 *
 * @param {string} name a parameter's
 * @param {string | number | null} value
 */
export function keepTyped(name, value) {
  const draft = parsed(waiting ?? read(DRAFT));
  if (!opened || !Object.hasOwn(draft?.values ?? {}, name)) return;
  draft.values[name] = value;
  storeSoon(draft);
}

/**
 * Store the draft once typing pauses.
 *
 * @param {object} draft
 */
function storeSoon(draft) {
  waiting = JSON.stringify(draft);
  clearTimeout(timer);
  timer = setTimeout(flush, 300);
}

/**
 * Open the Create page with a recipe in the form.
 *
 * @param {string} recipe
 */
export function openWith(recipe) {
  const short = recipe.length <= ADDRESS_MAX_CHARS;
  if (!short) write(RECIPE, recipe);
  location.assign(at(PAGES.create) + (short ? `?recipe=${encodeURIComponent(recipe)}` : ""));
}

function flush() {
  clearTimeout(timer);
  if (waiting !== null) write(DRAFT, waiting);
  waiting = null;
}
addEventListener("pagehide", flush);

/** @param {string | null} text */
function parsed(text) {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

// A browser may forbid storage, or have no room left: then there is no draft.
/** @param {string} key */
function read(key) {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
}

/**
 * @param {string} key
 * @param {string | null} text
 */
function write(key, text) {
  try {
    if (text === null) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, text);
  } catch {
    // see above
  }
}
