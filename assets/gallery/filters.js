// What narrows the gallery down beside words: a panel of filters, with a chip for each that is on.

import { h } from "../shared/dom.js";
import { RATING_MAX, SORTS } from "../shared/facts.js";
import { msg, msgN, translated } from "../shared/language.js";
import { putKeyboardAway } from "../shared/touch.js";
import { dayToMoment, momentToDay, withChanges } from "./address.js";
import { makeChips, providerName, sessionName } from "./chips.js";
import { MOST_ALIKE, makeColours } from "./colours.js";
import { group } from "./group.js";

const PHONE = matchMedia("(max-width: 700px)");
const TAGS_SHOWN = 24;

/** @typedef {ReturnType<typeof makeFilters>} Filters */

/**
 * The panel, its button and the chips. `facets()` returns the last answer of /api/facets;
 * `change(query)` is called with each new query.
 *
 * @param {{ facets: () => Facets, change: (query: URLSearchParams) => void }} told
 */
export function makeFilters({ facets, change }) {
  let query = new URLSearchParams();
  /** @param {{ [name: string]: string | string[] | null }} changes */
  const set = (changes) => change(withChanges(query, changes));

  // --- the panel -----------------------------------------------------------------------------

  const models = h("div", { class: "choices" });
  const tags = h("div", { class: "choices" });
  const provider = h("select", { name: "provider" });
  const session = h("select", { name: "session" });
  const sessionField = field(msg("Demo session"), session);
  const rated = h(
    "select",
    { name: "rated" },
    option("", msg("Any rating")),
    ...Array.from({ length: RATING_MAX }, (_, below) => option(String(below + 1), starsFrom(below + 1))),
  );
  const since = h("input", { type: "date", name: "since" });
  const until = h("input", { type: "date", name: "until" });
  const sizes = h("datalist", { id: "gallery-sizes" });
  const size = h("input", {
    type: "text",
    name: "size",
    list: sizes.id,
    placeholder: "1024x1024",
    enterkeyhint: "done",
    onkeydown: putKeyboardAway,
    autocomplete: "off",
    spellcheck: "false",
  });
  const seed = h("input", {
    type: "text",
    name: "seed",
    inputmode: "numeric",
    autocomplete: "off",
    placeholder: msg("Any seed"),
    enterkeyhint: "done",
    onkeydown: putKeyboardAway,
  });
  const starred = h("input", { type: "checkbox", name: "starred" });
  const cached = h("input", { type: "checkbox", name: "cached" });
  const sort = h("select", { name: "sort" }, ...SORTS.map(([value, text]) => option(value, translated(text))));
  const otherTags = h("datalist", { id: "gallery-tags" });
  const otherTag = h("input", {
    type: "text",
    list: otherTags.id,
    placeholder: msg("Other tag"),
    enterkeyhint: "done",
    onkeydown: putKeyboardAway,
    autocomplete: "off",
    "aria-label": msg("Another tag"),
    hidden: true,
  });
  const modelGroup = group(msg("Model"), models);
  const colours = makeColours();
  const tagGroup = group(msg("Tags"), tags, otherTag, otherTags);
  const done = h("button", {
    type: "button",
    class: "main done",
    text: msg("Show the images"),
    onclick: () => toggle(false),
  });
  const panel = h(
    "dialog",
    { class: "filter-panel", id: "gallery-filters", "aria-label": msg("Filters") },
    h(
      "form",
      { onsubmit: (event) => event.preventDefault() },
      h(
        "div",
        { class: "panel-head" },
        h("h3", { text: msg("Filters") }),
        h("button", { type: "button", class: "quiet", text: msg("Close"), onclick: () => toggle(false) }),
      ),
      modelGroup,
      tagGroup,
      colours.root,
      h(
        "div",
        { class: "fields" },
        field(msg("Sort by"), sort),
        field(msg("Made by"), provider),
        field(msg("From day"), since),
        field(msg("To day"), until),
        field(msg("Rating"), rated),
        field(msg("Size"), size, sizes),
        field(msg("Seed"), seed),
        sessionField,
        h("div", { class: "checks" }, tick(starred, msg("Starred")), tick(cached, msg("Used again for free"))),
      ),
      done,
    ),
  );
  panel.addEventListener("change", take);
  panel.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || panel.matches(":modal")) return;
    event.stopPropagation();
    toggle(false);
  });
  panel.addEventListener("close", () => button.setAttribute("aria-expanded", "false"));
  size.addEventListener("input", () => [...sizes.options].some((known) => known.value === size.value) && take());

  const number = h("span", { class: "number" });
  const button = h(
    "button",
    {
      type: "button",
      class: "filter-button",
      "aria-expanded": "false",
      "aria-controls": panel.id,
      onclick: () => toggle(!panel.open),
    },
    h("span", { class: "glyph g-sliders" }),
    msg("Filters"),
    number,
  );

  /** @param {boolean} open */
  function toggle(open) {
    if (open === panel.open) return;
    if (!open) {
      panel.close();
      button.focus();
      return;
    }
    if (PHONE.matches) panel.showModal();
    else panel.show();
    button.setAttribute("aria-expanded", "true");
  }

  function take() {
    /** @param {HTMLElement} box */
    const checked = (box) =>
      [...box.querySelectorAll("input")].filter((input) => input.checked).map((input) => input.value);
    const size_ = size.value
      .trim()
      .toLowerCase()
      .replace(/\s*[x\u00d7]\s*/, "x");
    // A day as it stands in the address is kept to the letter: it may be a moment somebody chose.
    /**
     * @param {HTMLInputElement} input
     * @param {string} name
     * @param {boolean} end
     */
    const kept = (input, name, end) =>
      input.value === momentToDay(query.get(name)) ? query.get(name) : dayToMoment(input.value, { end });
    set({
      model: checked(models),
      tag: [...checked(tags), otherTag.value.trim()].filter(Boolean),
      color: colours.chosen(),
      provider: provider.value,
      session: session.value,
      rated: rated.value,
      sort: sort.value,
      size: size_,
      seed: seed.value.trim(),
      since: kept(since, "since", false),
      until: kept(until, "until", true),
      starred: starred.checked ? "1" : "",
      cached: cached.checked ? "1" : "",
    });
    otherTag.value = "";
  }

  const clear = () => change(withChanges("", { trash: query.get("trash") }));
  const chips = makeChips({ facets, set, clear, otherwise: button });

  // --- drawing -------------------------------------------------------------------------------

  function draw() {
    const { models: known, providers, tags: counted, sizes: used, sessions } = facets();
    const ids = [...new Set([...known.map((model) => model.id), ...query.getAll("model")])];
    choices(
      models,
      ids.map((id) => [id, known.find((model) => model.id === id)?.label ?? id]),
      query.getAll("model"),
    );
    const names = counted.map(({ tag }) => tag);
    const some = [...new Set([...query.getAll("tag"), ...names.slice(0, TAGS_SHOWN)])];
    choices(
      tags,
      some.map((tag) => [tag, tag]),
      query.getAll("tag"),
    );
    tagGroup.hidden = some.length === 0;
    modelGroup.hidden = ids.length === 0;
    otherTag.hidden = names.length <= TAGS_SHOWN;
    otherTags.replaceChildren(...names.slice(TAGS_SHOWN).map((tag) => option(tag)));
    const asked = query.get("provider");
    const origins = new Set(asked ? [...providers, asked] : providers);
    provider.replaceChildren(option("", msg("Anything")), ...[...origins].map((id) => option(id, providerName(id))));
    const held = query.get("session");
    session.replaceChildren(
      option("", msg("Any")),
      ...sessions.map((one) => option(one.id, sessionName(one))),
      ...(held && !sessions.some(({ id }) => id === held) ? [option(held, held.slice(0, 9))] : []),
    );
    sessionField.hidden = session.options.length === 1;
    sizes.replaceChildren(...used.map((text) => option(text)));
    for (const select of [provider, rated, session]) select.value = query.get(select.name) ?? "";
    for (const input of [size, seed]) if (input !== document.activeElement) input.value = query.get(input.name) ?? "";
    for (const input of [since, until])
      if (input !== document.activeElement) input.value = momentToDay(query.get(input.name));
    colours.show(query.getAll("color"));
    sort.value = query.get("sort") ?? "newest";
    sort.options[0].textContent = query.has("like") ? MOST_ALIKE : translated(SORTS[0][1]);
    starred.checked = query.get("starred") === "1";
    cached.checked = query.get("cached") === "1";
    const on = chips.draw(query);
    number.textContent = on ? ` (${on})` : "";
  }

  return {
    button,
    panel,
    chips: chips.root,
    clear,
    /** The filters that are on, in words, each with the changes that take it off. */
    active: () => chips.active(query),
    /** Whether anything narrows the list down. */
    get any() {
      return query.has("q") || [...query.keys()].some((name) => !["trash", "sort", "q"].includes(name));
    },
    /** Show that `next` is the query now; without one, draw the facets anew. */
    show(next = query) {
      query = next;
      draw();
    },
    /** Say on the phone's panel how many there are, once that is known. */
    count(/** @type {string} */ text) {
      done.textContent = text ? msg("Show {images}", { images: text }) : msg("Show the images");
    },
  };
}

/** @param {number} rating */
function starsFrom(rating) {
  if (rating === RATING_MAX) return msgN("1 star", "{n} stars", rating);
  return msgN("1 star or more", "{n} stars or more", rating);
}

/**
 * Fill `box` with a checkbox for each pair of value and text; those whose value is `on` are checked.
 *
 * @param {HTMLElement} box
 * @param {string[][]} pairs
 * @param {string[]} on
 */
function choices(box, pairs, on) {
  const inputs = () => [...box.querySelectorAll("input")];
  const focused = inputs().find((input) => input === document.activeElement)?.value;
  box.replaceChildren(
    ...pairs.map(([value, text]) =>
      h(
        "label",
        { class: "choice" },
        h("input", { type: "checkbox", value, checked: on.includes(value) }),
        h("span", { dir: "auto", text }),
      ),
    ),
  );
  if (focused !== undefined)
    inputs()
      .find((input) => input.value === focused)
      ?.focus();
}

/**
 * @param {string} label
 * @param {HTMLElement[]} content
 */
function field(label, ...content) {
  return h("label", { class: "field" }, h("span", { text: label }), ...content);
}

/**
 * @param {HTMLInputElement} input
 * @param {string} text
 */
function tick(input, text) {
  return h("label", { class: "tick" }, input, h("span", { text }));
}

/** @param {string} value */
function option(value, text = value) {
  return h("option", { dir: "auto", value, text });
}
