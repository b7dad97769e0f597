// The help's search: topics are filtered as one types, and what was found in them is marked.
import { announce } from "../shared/announce.js";
import { offerCommands } from "../shared/commands.js";
import { h } from "../shared/dom.js";
import { msg, msgN, msgParts } from "../shared/language.js";
import { shorten } from "../shared/words.js";
import { spans, wordsOf } from "./find.js";

const TOLD_MS = 400; // a screen reader is told how many there are once one pauses

/** @param {Drawn} component */
export function mount({ element }) {
  const sections = /** @type {NodeListOf<HTMLElement>} */ (element.querySelectorAll("section"));
  const topics = [...sections].map(topicOf);
  const input = h("input", {
    type: "search",
    dir: "auto",
    id: "help-search",
    placeholder: msg("Search the help"),
    "aria-label": msg("Search the help"),
    autocomplete: "off",
    spellcheck: "false",
    enterkeyhint: "search",
    oninput: filter,
    onkeydown: (event) => {
      if (event.key === "Escape" && input.value) clear();
    },
  });
  const nothing = h("div", { class: "empty", hidden: true });
  element.querySelector(".seek")?.append(h("search", {}, input));
  element.querySelector(".topics")?.append(nothing);
  addEventListener("hashchange", goToNamed);
  offerCommands({
    where: "help",
    search: () => input.focus(),
    actions: () =>
      topics.map(({ section, also }) => ({
        name: section.querySelector("h3")?.textContent ?? "",
        also,
        run: () => {
          clear();
          location.hash = section.id;
        },
      })),
  });

  /** @param {HTMLElement} section */
  function topicOf(section) {
    const link = /** @type {HTMLElement | null} */ (element.querySelector(`nav a[href="#${section.id}"]`));
    return { section, link: link?.closest("li") ?? null, also: section.dataset.also ?? "" };
  }

  function filter() {
    const words = wordsOf(input.value);
    let found = 0;
    for (const { section, link, also } of topics) {
      unmark(section);
      const marks = words.length ? spans(section.textContent ?? "", words, also) : [];
      section.hidden = marks === null;
      if (link) link.hidden = section.hidden;
      if (marks === null) continue;
      mark(section, marks);
      found += 1;
    }
    nothing.hidden = found > 0;
    nothing.replaceChildren(...(found ? [] : none()));
    const told = found ? msgN("1 topic", "{n} topics", found) : msg("Nothing found");
    announce(words.length ? told : "", { about: "help", rests: TOLD_MS });
  }

  function none() {
    const text = h("bdi", { text: shorten(input.value.trim(), 60) });
    return [
      h("h3", {}, ...msgParts("Nothing found for \u201c{text}\u201d", { text })),
      h("p", { text: msg("No topic has all of these words.") }),
      h("button", { type: "button", class: "plain", text: msg("Show all topics"), onclick: clear }),
    ];
  }

  function clear() {
    input.value = "";
    filter();
    input.focus();
  }

  /** Whoever follows a link to a topic is to see it. */
  function goToNamed() {
    const named = topics.find(({ section }) => section.id === location.hash.slice(1));
    if (!named?.section.hidden) return;
    clear();
    named.section.scrollIntoView();
  }
}

/**
 * Mark spans of the element's text, counted through all of its texts.
 *
 * @param {HTMLElement} element
 * @param {import("./find.js").Span[]} marks
 */
function mark(element, marks) {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  /** @type {Text[]} */
  const texts = [];
  while (walker.nextNode()) texts.push(/** @type {Text} */ (walker.currentNode));
  let at = 0;
  for (const text of texts) {
    const [begin, end] = [at, at + text.data.length];
    at = end;
    const own = marks.filter(([from, to]) => from < end && to > begin);
    for (const [from, to] of own.reverse()) {
      // from the end, so that places before stay what they are
      const range = document.createRange();
      range.setStart(text, Math.max(from, begin) - begin);
      range.setEnd(text, Math.min(to, end) - begin);
      range.surroundContents(h("mark"));
    }
  }
}

/** @param {HTMLElement} element */
function unmark(element) {
  for (const found of element.querySelectorAll("mark")) found.replaceWith(...found.childNodes);
  element.normalize();
}
