// What narrows the gallery down beside words: a panel of filters, and a chip for each that is on.

import { h } from "../shared/dom.js";
import { PROVIDERS, SORTS } from "../shared/facts.js";
import { shorten } from "../shared/words.js";
import { dayToMoment, momentToDay, withChanges } from "./address.js";

const PHONE = matchMedia("(max-width: 700px)");
const TAGS_SHOWN = 24;

const providerName = (id) => PROVIDERS[id] ?? id;

/**
 * The panel, its button and the chips. `facets()` returns the last answer of /api/facets;
 * `change(query)` is called with each new query.
 */
export function makeFilters({ facets, change }) {
  let query = new URLSearchParams();
  const set = (changes) => change(withChanges(query, changes));

  // --- the panel -----------------------------------------------------------------------------

  const models = h("div", { class: "choices" });
  const tags = h("div", { class: "choices" });
  const provider = h("select", { name: "provider" });
  const rated = h(
    "select",
    { name: "rated" },
    option("", "Any rating"),
    ...[1, 2, 3, 4, 5].map((n) => option(n, n === 5 ? "5 stars" : `${n} ${n === 1 ? "star" : "stars"} or more`)),
  );
  const since = h("input", { type: "date", name: "since" });
  const until = h("input", { type: "date", name: "until" });
  const sizes = h("datalist", { id: "gallery-sizes" });
  const size = h("input", {
    type: "text",
    name: "size",
    list: sizes.id,
    placeholder: "1024x1024",
    autocomplete: "off",
    spellcheck: "false",
  });
  const seed = h("input", {
    type: "text",
    name: "seed",
    inputmode: "numeric",
    autocomplete: "off",
    placeholder: "Any seed",
  });
  const starred = h("input", { type: "checkbox", name: "starred" });
  const cached = h("input", { type: "checkbox", name: "cached" });
  const sort = h("select", { name: "sort" }, ...SORTS.map(([value, text]) => option(value, text)));
  const otherTags = h("datalist", { id: "gallery-tags" });
  const otherTag = h("input", {
    type: "text",
    list: otherTags.id,
    placeholder: "Other tag",
    autocomplete: "off",
    "aria-label": "Another tag",
    hidden: true,
  });
  const done = h("button", {
    type: "button",
    class: "main done",
    text: "Show the images",
    onclick: () => toggle(false),
  });
  const panel = h(
    "dialog",
    { class: "filter-panel", id: "gallery-filters", "aria-label": "Filters" },
    h(
      "form",
      { onsubmit: (event) => event.preventDefault() },
      h(
        "div",
        { class: "panel-head" },
        h("h3", { text: "Filters" }),
        h("button", { type: "button", class: "quiet", text: "Close", onclick: () => toggle(false) }),
      ),
      group("Model", models),
      group("Tags", tags, otherTag, otherTags),
      h(
        "div",
        { class: "fields" },
        field("Sort by", sort),
        field("Made by", provider),
        field("From day", since),
        field("To day", until),
        field("Rating", rated),
        field("Size", size, sizes),
        field("Seed", seed),
        h("div", { class: "checks" }, tick(starred, "Starred"), tick(cached, "Used again for free")),
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
    "Filters",
    number,
  );

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
    const checked = (box) => [...box.querySelectorAll("input:checked")].map((input) => input.value);
    const size_ = size.value
      .trim()
      .toLowerCase()
      .replace(/\s*[x\u00d7]\s*/, "x");
    // A day as it stands in the address is kept to the letter: it may be a moment somebody chose.
    const kept = (input, name, end) =>
      input.value === momentToDay(query.get(name)) ? query.get(name) : dayToMoment(input.value, { end });
    set({
      model: checked(models),
      tag: [...checked(tags), otherTag.value.trim()].filter(Boolean),
      provider: provider.value,
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

  // --- chips ---------------------------------------------------------------------------------

  const chips = h("ul", { class: "filter-chips", "aria-label": "Filters that are on" });

  function active() {
    const { models: known } = facets();
    const label = (id) => known.find((model) => model.id === id)?.label ?? id;
    const day = (name) => {
      const text = momentToDay(query.get(name));
      return text
        ? new Date(`${text}T12:00`).toLocaleDateString([], { day: "numeric", month: "short", year: "numeric" })
        : query.get(name);
    };
    const without = (name, value) => ({ [name]: query.getAll(name).filter((other) => other !== value) });
    const found = [
      ...query.getAll("model").map((id) => [label(id), without("model", id)]),
      ...query.getAll("tag").map((tag) => [`Tag: ${tag}`, without("tag", tag)]),
    ];
    const texts = {
      provider: providerName,
      starred: () => "Starred",
      cached: () => "Used again for free",
      rated: (n) => (n === "5" ? "Rated 5" : `Rated ${n} or more`),
      since: () => `From ${day("since")}`,
      until: () => `To ${day("until")}`,
      size: (text) => text.replace("x", " \u00d7 "),
      seed: (text) => `Seed ${text}`,
      experiment: (id) => `Experiment ${shorten(id, 9)}`,
      sort: (name) => `${SORTS.find(([id]) => id === name)?.[1] ?? name} first`,
    };
    for (const [name, text] of Object.entries(texts)) {
      if (query.has(name)) found.push([text(query.get(name)), { [name]: "" }]);
    }
    return found;
  }

  function drawChips() {
    const list = active();
    const focus = chips.contains(document.activeElement)
      ? [...chips.querySelectorAll("button")].indexOf(document.activeElement)
      : -1;
    chips.replaceChildren(
      ...list.map(([text, changes]) =>
        h(
          "li",
          {},
          h(
            "button",
            {
              type: "button",
              class: "filter-chip",
              "aria-label": `Remove filter: ${text}`,
              onclick: () => set(changes),
            },
            h("span", { text }),
            h("span", { class: "glyph g-cross" }),
          ),
        ),
      ),
    );
    if (list.length || query.has("q")) {
      chips.append(
        h("li", {}, h("button", { type: "button", class: "quiet clear-all", text: "Clear all", onclick: clear })),
      );
    }
    chips.hidden = list.length === 0;
    number.textContent = list.length ? ` (${list.length})` : "";
    const buttons = chips.querySelectorAll("button");
    if (focus >= 0) (buttons[Math.min(focus, buttons.length - 1)] ?? button).focus();
    if (focus >= 0 && chips.hidden) button.focus();
  }

  const clear = () => change(withChanges("", { trash: query.get("trash") }));

  // --- drawing -------------------------------------------------------------------------------

  function draw() {
    const { models: known, providers, tags: counted, sizes: used } = facets();
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
    tags.parentNode.hidden = some.length === 0;
    models.parentNode.hidden = ids.length === 0;
    otherTag.hidden = names.length <= TAGS_SHOWN;
    otherTags.replaceChildren(...names.slice(TAGS_SHOWN).map((tag) => option(tag)));
    const origins = new Set([...providers, query.get("provider")].filter(Boolean));
    provider.replaceChildren(option("", "Anything"), ...[...origins].map((id) => option(id, providerName(id))));
    sizes.replaceChildren(...used.map((text) => option(text)));
    const values = [
      [provider, "provider"],
      [rated, "rated"],
      [size, "size"],
      [seed, "seed"],
    ];
    for (const [input, name] of values)
      if (input !== document.activeElement || input.tagName === "SELECT") input.value = query.get(name) ?? "";
    for (const [input, name] of [
      [since, "since"],
      [until, "until"],
    ])
      if (input !== document.activeElement) input.value = momentToDay(query.get(name));
    sort.value = query.get("sort") ?? "newest";
    starred.checked = query.get("starred") === "1";
    cached.checked = query.get("cached") === "1";
    drawChips();
  }

  return {
    button,
    panel,
    chips,
    clear,
    /** Whether anything narrows the list down. */
    get any() {
      return query.has("q") || [...query.keys()].some((name) => !["trash", "sort", "q"].includes(name));
    },
    /** Show that `next` is the query now; without one, draw the facets anew. */
    show(next = query) {
      query = next;
      draw();
    },
    /** Say on the phone's panel how many there are. */
    count: (text) => (done.textContent = `Show ${text}`),
  };
}

function choices(box, pairs, on) {
  const focused = box.contains(document.activeElement) ? document.activeElement.value : null;
  box.replaceChildren(
    ...pairs.map(([value, text]) =>
      h(
        "label",
        { class: "choice" },
        h("input", { type: "checkbox", value, checked: on.includes(value) }),
        h("span", { text }),
      ),
    ),
  );
  if (focused !== null) [...box.querySelectorAll("input")].find((input) => input.value === focused)?.focus();
}

function group(legend, ...content) {
  return h("fieldset", {}, h("legend", { text: legend }), ...content);
}

function field(label, control, ...more) {
  return h("label", { class: "field" }, h("span", { text: label }), control, ...more);
}

function tick(input, text) {
  return h("label", { class: "tick" }, input, h("span", { text }));
}

function option(value, text = null) {
  return h("option", { value, text: text ?? value });
}
