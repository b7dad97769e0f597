// Which words mattered: the prompt with what each phrase changed, its numbers, and its images.
import { h } from "../shared/dom.js";
import { alongside, msg, msgN, number } from "../shared/language.js";
import { at } from "../shared/place.js";
import { openCompare } from "../viewer/compare.js";

const WEIGHTS = 5; // an underline has as many

/** @returns {PanelOf} */
export function makeWordsPanel() {
  const headline = h("h3", { class: "headline", id: "words-answer" });
  const prompt = h("p", { class: "prompt-line" });
  const rows = h("ol", { class: "strengths" });
  const controls = h("ul", { class: "controls" });
  const root = h(
    "section",
    { class: "sheet words-answer", "aria-labelledby": "words-answer" },
    headline,
    prompt,
    h("p", { class: "note", text: msg("100 % is as much as another seed changes. It sees pixels, not meaning.") }),
    controls,
    rows,
  );
  let sign = "";

  /**
   * @param {WordsAnswer} words
   * @param {Experiment} experiment
   */
  function draw(words, { axes, state }) {
    const changed = words.phrases.filter(({ verdict }) => verdict !== "kept");
    const top = Math.max(1, ...changed.map(({ share }) => share ?? 0));
    const running = state === "running";
    headline.textContent = answerText(words, running);
    prompt.replaceChildren(...words.phrases.flatMap((phrase) => [phrase.before, marked(phrase, top)]), words.after);
    controls.replaceChildren(...controlTexts(words, running).map((text) => h("li", { text })));
    const focused = rows.contains(document.activeElement) ? document.activeElement?.getAttribute("data-pair") : null;
    rows.replaceChildren(
      ...changed.map((phrase, index) => row(phrase, axes.y.labels[index + 1] ?? phrase.text, top, index, running)),
    );
    if (focused) rows.querySelector(`[data-pair="${focused}"]`)?.focus();
  }

  /**
   * @param {PhraseOf} phrase
   * @param {string} label what was done to it
   * @param {number} top the largest share
   * @param {number} index
   * @param {boolean} running
   */
  function row(phrase, label, top, index, running) {
    const { share, verdict, tried } = phrase;
    const fill = h("span", { class: "fill" });
    const whole = h("span", { class: "whole" });
    fill.style.inlineSize = `${(share === null ? 0 : (100 * share) / top).toFixed(1)}%`;
    whole.style.insetInlineStart = `${(100 / top).toFixed(1)}%`;
    return h(
      "li",
      { dataset: { verdict } },
      h("div", { class: "what" }, h("bdi", { text: label })),
      h(
        "div",
        { class: "figure" },
        h("strong", { text: share === null ? "\u2013" : percentText(share) }),
        h("span", { class: "outcome", text: verdictText(phrase, running) }),
      ),
      h("div", { class: "bar-of", "aria-hidden": "true" }, fill, whole),
      h("div", { class: "pairs" }, ...tried.map((one, seed) => pair(one, label, `${index}-${seed}`))),
    );
  }

  /**
   * With one seed: the image as written, the changed one, and how far they are apart.
   *
   * @param {TriedPhrase} tried
   * @param {string} label
   * @param {string} key
   */
  function pair({ seed, share, difference, written, changed }, label, key) {
    const told =
      share !== null
        ? msg("Seed {seed}: {share}", { seed: String(seed), share: percentText(share) })
        : difference !== null
          ? msg("Seed {seed}: differs by {number}", { seed: String(seed), number: tenths(difference) })
          : msg("Seed {seed}", { seed: String(seed) });
    const pictures = [written, changed].map((id) =>
      id
        ? h("img", { src: at(`/thumbs/${id}`), alt: "", loading: "lazy", decoding: "async" })
        : h("span", { class: "blank" }),
    );
    if (!written || !changed) return h("div", { class: "pair" }, ...pictures, h("small", { text: told }));
    const name = msg("Compare with the prompt as written: {change}, seed {seed}", {
      change: label,
      seed: String(seed),
    });
    return h(
      "button",
      {
        type: "button",
        class: "pair",
        title: name,
        "aria-label": msg("{title}. {text}", { title: told, text: name }),
        dataset: { pair: key },
        onclick: () =>
          openCompare([written, changed], { closed: () => rows.querySelector(`[data-pair="${key}"]`)?.focus() }),
      },
      ...pictures,
      h("small", { text: told }),
    );
  }

  return {
    root,
    update(experiment) {
      const { words, state } = experiment;
      const now = JSON.stringify([words, state === "running"]);
      if (!words || now === sign) return;
      sign = now;
      draw(words, experiment);
    },
    hidesCells: () => false,
    close() {},
  };
}

/**
 * A phrase of the prompt, underlined by what it changed, with the number beside it.
 *
 * @param {PhraseOf} phrase
 * @param {number} top
 */
function marked({ text, share, verdict }, top) {
  const weight = share === null ? 0 : Math.max(1, Math.round((WEIGHTS * share) / top));
  const told = { kept: "", open: "", nothing: "", changed: "", unclear: msg("unclear") }[verdict];
  const figure = share === null ? "" : percentText(share);
  return h(
    "span",
    { class: "weighed", dataset: { verdict, weight } },
    h("bdi", { text }),
    figure || told ? h("small", { text: ` ${alongside(figure, told)}` }) : null,
  );
}

/**
 * The answer in one sentence.
 *
 * @param {WordsAnswer} words
 * @param {boolean} running
 */
export function answerText({ phrases, scale, least }, running) {
  const known = phrases.filter(({ verdict }) => verdict !== "kept" && verdict !== "open");
  const open = phrases.some(({ verdict }) => verdict === "open");
  if (running || (open && !known.length)) return msg("The images are being made and measured.");
  if (scale !== null && scale <= least)
    return msg("Another seed changes nothing that can be seen, so there is nothing to measure the words by.");
  const told = known.filter(({ verdict, share }) => verdict === "changed" && share !== null);
  told.sort((one, other) => (other.share ?? 0) - (one.share ?? 0));
  const [most] = told;
  if (most)
    return msg("\u201c{phrase}\u201d mattered most: {share} of what another seed changes.", {
      phrase: most.text,
      share: percentText(most.share ?? 0),
    });
  if (known.some(({ verdict }) => verdict === "unclear"))
    return msg("No phrase changed the image with both seeds alike: what there is may be luck.");
  return msg("No phrase changed anything that can be seen.");
}

/**
 * What the controls say.
 *
 * @param {WordsAnswer} words
 * @param {boolean} running
 */
export function controlTexts({ floor, scale, of_seeds }, running) {
  const texts = [];
  if (scale !== null)
    texts.push(
      msgN(
        "Another seed changes the image by {number}, measured with 1; 2.3 is just visible.",
        "Another seed changes the image by {number}, the mean of {n}; 2.3 is just visible.",
        of_seeds,
        { number: tenths(scale) },
      ),
    );
  if (floor === 0) texts.push(msg("The same request gave the same image again."));
  else if (floor !== null)
    texts.push(msg("The same request, sent anew, differs by {number} by itself.", { number: tenths(floor) }));
  else if (!running) texts.push(msg("Whether the same request gives the same image again is not known."));
  texts.push(msg("Of each pair below, the first image is the prompt as written."));
  return texts;
}

/**
 * @param {PhraseOf} phrase
 * @param {boolean} running
 */
function verdictText({ verdict, tried }, running) {
  if (verdict === "unclear") return msg("unclear: the seeds disagree");
  if (verdict === "nothing") return msg("nothing that can be seen");
  if (verdict === "changed") return msg("of what another seed changes");
  return running || tried.every(({ changed }) => changed)
    ? msg("not measured yet")
    : msg("not known: an image is missing");
}

/** @param {number} share */
const percentText = (share) => msg("{percent} %", { percent: number(Math.round(share * 100)) });

/** @param {number} value */
const tenths = (value) => number(value, { maximumFractionDigits: 1 });
