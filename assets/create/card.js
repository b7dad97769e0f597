// One run as a card: a placeholder of the right shape, then the image, or what went wrong.

import { newToken } from "../shared/ask.js";
import { answering, loggedOut } from "../shared/connection.js";
import { copyButton, h } from "../shared/dom.js";
import { OFFLINE, PAGES } from "../shared/facts.js";
import { msg } from "../shared/language.js";
import { at } from "../shared/place.js";
import { pressedNow } from "../shared/press.js";
import { seconds, shorten, when } from "../shared/words.js";
import { makePicture } from "./picture.js";
import { saidAway } from "./told.js";
import { waitingText } from "./waiting.js";

const DOUBLE_CLICK_MS = 600;

/** @typedef {"reuse" | "anew" | "retry" | "dismiss"} CardAct */
/** @typedef {{ id?: string, what?: string, run?: string, token?: string }} CardData */

/**
 * @typedef {object} Card
 * @property {HTMLElement} root
 * @property {Run} run
 * @property {() => void} tick shows what changes with time
 * @property {() => number} waited_s seconds since its request was sent
 * @property {(next: Run) => void} update
 */

/**
 * A card for `run` of `job`. `act(name, data)` carries out a button; `view(record)` opens it;
 * `reveal(tried)` shows the later try; `mend(error, model)` goes to the form's field that it is
 * about, which that model has.
 *
 * @param {Job} job
 * @param {Run} run
 * @param {{
 *   act: (name: CardAct, data: CardData) => void,
 *   view: (record: ImageRecord) => void,
 *   reveal: (tried: TriedAgain) => void,
 *   mend: (error: Refusal, model: string) => void,
 * }} page
 * @returns {Card}
 */
export function makeCard(job, run, { act, view, reveal, mend }) {
  const root = h("article", { class: "card", id: `run-${run.id}`, tabindex: "-1" });
  /** @type {Card} */
  const card = { root, run, tick: () => {}, waited_s: () => (performance.now() - sentAt) / 1000, update };
  let sentAt = 0;

  /** @param {Run} next */
  function update(next) {
    const tried = card.run.tried_again?.run !== next.tried_again?.run;
    if (card.run.state === next.state && next.state === "saved" && !tried) return;
    draw(next);
  }

  /** @param {Run} next */
  function draw(next) {
    const goesOn = card.run.state === "sent" && next.state === "sent" && sentAt;
    if (!goesOn) sentAt = performance.now() - (next.sent_s ?? 0) * 1000;
    card.run = next;
    card.tick = () => {};
    root.dataset.state = next.state;
    root.style.setProperty("--shape", `${next.width ?? 1} / ${next.height ?? 1}`);
    if (next.state === "saved" && next.record) root.replaceChildren(...saved(next, next.record));
    else if (next.state === "unknown") root.replaceChildren(...unknown(next));
    else if (next.state === "failed") root.replaceChildren(...failed(next));
    else root.replaceChildren(...waiting(next));
  }

  /** @param {HTMLElement[]} content */
  function frame(...content) {
    return h("div", { class: "frame" }, ...content);
  }

  /**
   * @param {string} label
   * @param {CardAct} name
   * @param {CardData} data
   * @param {Props} props
   */
  function button(label, name, data, props = {}) {
    let at = -Infinity; // a double click is one click
    const onclick = () => {
      if (performance.now() - at < DOUBLE_CLICK_MS) return;
      at = performance.now();
      act(name, data);
    };
    return h("button", { type: "button", text: label, onclick, ...props });
  }

  /**
   * The run's prompt, where it is another than its batch's head says: braces were choices.
   *
   * @param {Run} next
   */
  function own({ prompt }) {
    if (prompt === job.prompt) return [];
    return [h("p", { class: "own-prompt", dir: "auto", text: shorten(prompt), title: prompt })];
  }

  /** @param {Run} next */
  function waiting(next) {
    const text = h("p");
    card.tick = () => {
      text.textContent = answering()
        ? waitingText(next, job.usual_s, card.waited_s(), Date.now())
        : saidAway(next, loggedOut());
    };
    card.tick();
    return [frame(text), ...own(next), caption([next.seed === null ? null : saidSeed(next.seed)])];
  }

  /**
   * A button that sends the run's request once more, or the note that this was done: once for each
   * card. The token is made with it, so that pressed twice it is one request.
   *
   * @param {Run} next
   * @param {string} label
   * @param {"anew" | "retry"} name
   */
  function again(next, label, name) {
    const tried = next.tried_again;
    if (!tried) {
      const token = newToken();
      const onclick = () => act(name, { run: next.id, token: `${token} ${pressedNow()}` });
      return h("button", { type: "button", text: label, onclick });
    }
    const time = when(tried.created);
    const text = name === "anew" ? msg("Generated anew at {time}", { time }) : msg("Tried again at {time}", { time });
    const href = tried.image ? at(`${PAGES.gallery}?image=${tried.image}`) : `#run-${tried.run}`;
    /** @param {Event} event */
    const onclick = (event) => {
      event.preventDefault();
      reveal(tried);
    };
    return h("a", { class: "tried", href, text, onclick });
  }

  /**
   * @param {Run} next
   * @param {ImageRecord} record
   */
  function saved(next, record) {
    const alone = job.runs.length === 1;
    const facts = [
      alone ? job.model_label : null, // else the batch's head has it
      record.seed === null ? msg("No seed") : saidSeed(record.seed),
      record.seconds === null ? null : seconds(record.seconds),
      alone ? when(record.created) : null,
    ];
    const names = ofSeed(record.seed);
    const reuse = button(msg("Reuse all"), "reuse", { id: record.id, what: "all" }, { "aria-label": names.reuse });
    const reuseSeed = names.seed
      ? button(msg("Reuse seed"), "reuse", { id: record.id, what: "seed" }, { "aria-label": names.seed })
      : null;
    const copied = copyButton(msg("Copy prompt"), () => record.prompt);
    const download = h("a", {
      href: `${record.image_url}?download=1`,
      download: "",
      text: msg("Download"),
      "aria-label": names.download,
    });
    return [
      h(
        "button",
        {
          type: "button",
          class: "frame",
          "aria-label": msg("View larger: {prompt}", { prompt: shorten(record.prompt, 80) }),
          onclick: () => view(record),
        },
        makePicture(record, alone),
      ),
      ...own(next),
      next.other_model ? h("p", { class: "other-model", dir: "auto", text: next.other_model }) : "",
      caption(facts, record.cached ? msg("From the cache, free") : null, alone && record.provider === OFFLINE),
      h(
        "div",
        { class: "actions" },
        reuse,
        ...(record.cached ? [again(next, msg("Generate anew"), "anew")] : [download]),
      ),
      // Over the image, while somebody is at it; the viewer has them all.
      h("div", { class: "actions more-actions" }, reuseSeed, copied, record.cached ? download : null),
    ];
  }

  /** @param {Run} next */
  function failed(next) {
    return [
      frame(h("div", { class: "trouble" }, h("h4", { text: msg("No image") }), ...why(next.error), ways(next))),
      ...own(next),
      h("div", { class: "actions" }, again(next, msg("Try again"), "retry"), runId(next)),
    ];
  }

  /** @param {Run} next */
  function unknown(next) {
    const asked = [
      job.model_label,
      next.seed === null ? null : saidSeed(next.seed),
      next.width ? `${next.width} x ${next.height}` : null,
      ...job.asked.map((text) => shorten(text, 80)),
      msg("sent {time}", { time: when(job.created) }),
      next.list_price ? msg("listed price {price}", { price: next.list_price }) : msg("no price listed"),
    ];
    return [
      frame(
        h(
          "div",
          { class: "trouble" },
          h("h4", { text: msg("May have been charged") }),
          h("p", { class: "quote", dir: "auto", text: shorten(next.prompt) }),
          ...why(next.error),
          next.balance ? h("p", { class: "balance", text: next.balance }) : null,
          ways(next),
        ),
      ),
      caption(asked),
      h(
        "div",
        { class: "actions" },
        again(next, msg("Try again (may charge again)"), "retry"),
        button(msg("Dismiss"), "dismiss", { run: next.id }),
        runId(next),
      ),
    ];
  }

  /**
   * Where a failure can be put right: links into the settings, the form's own field.
   *
   * @param {Run} next
   */
  function ways({ error, way, balance }) {
    const field = error?.field ?? null;
    const links = [
      error && field
        ? h("button", { type: "button", text: changing(field), onclick: () => mend(error, job.model_label) })
        : null,
      way && !balance ? h("a", { href: way.href, text: way.text }) : null,
    ];
    return links.some(Boolean) ? h("p", { class: "ways" }, ...links) : null;
  }

  draw(run);
  return card;
}

/**
 * What the button says that goes to a field of the form, in the words of its label.
 *
 * @param {string} name
 */
function changing(name) {
  if (name === "model") return msg("Choose another model");
  const block = document.getElementById(name); // of Gradio's, the label holds the field too
  const label = block?.querySelector('[data-testid="block-info"]') ?? block?.querySelector("label");
  const said = label?.textContent?.trim();
  return said ? msg("Change {field}", { field: said }) : msg("Change the value");
}

/**
 * The run's id in short, copied in full: the program's log has it in its line about this send.
 *
 * @param {Run} run
 */
function runId({ id }) {
  const title = msg("Copy {id}, to find it in the log", { id });
  return copyButton(msg("Run {id}", { id: shorten(id, 9) }), () => id, { class: "run", title });
}

/** @param {number} seed */
const saidSeed = (seed) => msg("Seed {seed}", { seed: String(seed) });

/**
 * What the buttons of an image are called, which are many on the page.
 *
 * @param {number | null} number
 */
function ofSeed(number) {
  if (number === null) return { reuse: msg("Reuse all settings"), seed: null, download: msg("Download") };
  const seed = String(number);
  return {
    reuse: msg("Reuse all settings of the image with seed {seed}", { seed }),
    seed: msg("Reuse seed {seed}", { seed }),
    download: msg("Download of the image with seed {seed}", { seed }),
  };
}

/** @param {Refusal | null} error */
function why(error) {
  if (!error) return [];
  const message = h("p", { text: error.message });
  return error.hint ? [message, h("p", { class: "hint", text: error.hint })] : [message];
}

/**
 * @param {(string | null)[]} facts
 * @param {string | null} badge
 */
function caption(facts, badge = null, sample = false) {
  return h(
    "p",
    { class: "facts" },
    sample ? sampleBadge() : null,
    ...facts.filter(Boolean).map((fact) => h("span", { dir: "auto", text: fact })),
    badge ? h("span", { class: "badge", text: badge }) : null,
  );
}

export const sampleBadge = () =>
  h("span", {
    class: "badge sample",
    text: msg("Sample"),
    title: msg("Made by the built-in sample engine, not by the real model"),
  });
