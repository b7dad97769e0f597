// The chip under the prompt: which image the form was filled from, and what was made of it.
import { announce } from "../shared/announce.js";
import { h } from "../shared/dom.js";
import { msg } from "../shared/language.js";
import { at } from "../shared/place.js";
import { openedRecipe } from "./draft.js";

/** @param {Component<{ value: Basis | null }>} component */
export function mount({ element, props, trigger, watch }) {
  const place = h("div");
  /** @type {string | null} */
  let brought = null; // the recipe that came last
  document.addEventListener("playground:reuse", ({ detail }) => {
    brought = "recipe" in detail ? detail.recipe : brought;
  });
  element.replaceChildren(place);
  document.addEventListener("playground:forget", () => {
    if (props.value) trigger("forget");
  });

  function show() {
    const value = props.value;
    const hadFocus = place.contains(document.activeElement);
    place.replaceChildren(...(value ? [chip(value)] : []));
    announce(value ? said(value) : "", { about: "basis", rests: 400 });
    if (hadFocus && !value) document.querySelector("#prompt textarea")?.focus();
  }

  /** @param {Basis} basis */
  const said = ({ title, text }) => (title && text ? msg("{title}. {text}", { title, text }) : title || text || "");

  /** @param {Basis} basis */
  function chip({ origin, title, text, bad, other, lists = [] }) {
    const recipe = brought ?? openedRecipe();
    /** @param {string} model */
    const switchTo = (model) => {
      /** @type {Reuse | { recipe: string, model: string } | null} */
      const detail = origin ? { id: origin.id, what: "model", model } : recipe ? { recipe, model } : null;
      if (detail) document.dispatchEvent(new CustomEvent("playground:reuse", { detail }));
    };
    return h(
      "div",
      { class: "basis", dataset: { bad: Boolean(bad) } },
      origin ? h("img", { src: at(`/thumbs/${origin.id}`), alt: "", width: 44, height: 44 }) : null,
      h(
        "div",
        { class: "words" },
        title ? h("strong", { text: title }) : null,
        text ? h("p", { text }) : null,
        other && (origin || recipe)
          ? h("button", { type: "button", class: "switch", text: other.text, onclick: () => switchTo(other.id) })
          : null,
        lists.length ? details(lists) : null,
      ),
      h("button", {
        type: "button",
        text: origin ? msg("Forget") : msg("Close"),
        title: origin ? msg("Keep the settings; the next image is based on none") : null,
        onclick: () => trigger("forget"),
      }),
    );
  }

  /** @param {NonNullable<Basis["lists"]>} lists */
  function details(lists) {
    return h(
      "details",
      {},
      h("summary", { text: msg("All values") }),
      h(
        "div",
        { class: "lists", tabindex: 0, role: "group", "aria-label": msg("All values") },
        ...lists.flatMap(([title, pairs]) => [
          h("p", { class: "group", text: title }),
          h(
            "dl",
            {},
            ...pairs.map(([name, value]) =>
              h("div", {}, h("dt", { text: name }), h("dd", { dir: "auto", text: value })),
            ),
          ),
        ]),
      ),
    );
  }

  watch("value", show);
  show();
}
