// The images of one click, as they are shown: what was asked for, how far it is, a card for each.
import { answering } from "../shared/connection.js";
import { h } from "../shared/dom.js";
import { OFFLINE } from "../shared/facts.js";
import { isLive } from "../shared/jobs.js";
import { msg } from "../shared/language.js";
import { images, minutes, seconds, shorten, when } from "../shared/words.js";
import { makeCard, sampleBadge } from "./card.js";
import { lay } from "./fit.js";
import { makeRest } from "./rest.js";
import { shareOf } from "./waiting.js";

/**
 * @typedef {import("./card.js").Card} Card
 */

/**
 * @typedef {object} Batch
 * @property {HTMLElement} root
 * @property {Card[]} cards
 * @property {string} asked when, as an ISO moment
 * @property {() => boolean} running
 * @property {() => boolean} stoppable whether something of it is not sent yet
 * @property {() => boolean} inDoubt
 * @property {() => void} lay for the window as it is
 * @property {() => void} tick
 * @property {() => void} refresh
 */

/**
 * `act`, `view` and `reveal` are as in `makeCard`, `make` as in `makeRest`.
 *
 * @param {Job} job
 * @param {Parameters<typeof makeCard>[2] & Parameters<typeof makeRest>[0]} page
 * @returns {Batch}
 */
export function makeBatch(job, { act, view, reveal, make, mend }) {
  const startedAt = performance.now() - job.age_s * 1000;
  const several = job.runs.length > 1;
  const { width, height } = job.runs[0];
  const shape = (width ?? 1) / (height ?? 1);
  const count = h("span", { class: "count" });
  const elapsed = h("span", { class: "elapsed" });
  const bar = h("progress", { max: job.runs.length, value: 0, "aria-label": msg("Images ready") });
  const cards = job.runs.map((run) => makeCard(job, run, { act, view, reveal, mend }));
  const rest = makeRest({ make, reveal });
  const place = h("div", { class: "cards" });
  const sample = h("span", { class: "facts" }, sampleBadge());
  const root = h(
    "div",
    {
      class: "batch",
      role: "group",
      "aria-label": msg("Images for: {prompt}", { prompt: shorten(job.prompt, 80) }),
      dataset: { count: job.runs.length },
    },
    h(
      "div",
      { class: "batch-head" },
      h("h3", { text: job.prompt, dir: "auto" }),
      h(
        "p",
        { class: "progress" },
        sample,
        several ? h("span", { text: job.model_label, dir: "auto" }) : null,
        several ? h("span", { text: when(job.created) }) : null,
        count,
        elapsed,
      ),
    ),
    bar,
    place,
    rest.root,
  );
  const isShown = (/** @type {Card} */ card) => !card.run.dismissed && card.run.state !== "cancelled";
  place.append(...cards.filter(isShown).map((card) => card.root));

  const batch = {
    root,
    cards,
    asked: job.created,
    running: () => cards.some((card) => isLive(card.run)),
    stoppable: () => cards.some((card) => card.run.state === "queued"),
    inDoubt: () => cards.some((card) => card.run.state === "unknown" && !card.run.dismissed),
    lay: () => lay(place, cards.filter(isShown).length, shape),
    tick() {
      // Without news nobody knows how long it takes: the clock stands, and goes on with them.
      if (answering()) elapsed.textContent = minutes((performance.now() - startedAt) / 1000);
      for (const card of cards) card.tick();
      bar.value = cards.reduce((sum, card) => sum + shareReady(card), 0);
    },
    refresh() {
      const done = cards.filter((card) => card.run.state === "saved").length;
      const live = batch.running();
      for (const card of cards) if (!isShown(card)) card.root.remove();
      rest.show(cards.map((card) => card.run));
      sample.hidden = !several || !cards.some((card) => card.run.record?.provider === OFFLINE);
      if (live || done < cards.length) count.textContent = msg("{done} of {all}", { done, all: cards.length });
      else count.textContent = several ? images(cards.length) : "";
      if (!live && root.classList.contains("running")) stopClock((performance.now() - startedAt) / 1000);
      bar.value = cards.reduce((sum, card) => sum + shareReady(card), 0);
      bar.hidden = !live;
      root.classList.toggle("running", live);
      batch.lay();
    },
  };

  /** @param {Card} card */
  const shareReady = ({ run, waited_s }) =>
    run.state === "saved" ? 1 : run.state === "sent" ? shareOf(job.usual_s, waited_s()) : 0;
  /** @param {number} spent */
  const stopClock = (spent) => {
    const worked = cards.some((card) => !card.run.record?.cached);
    elapsed.textContent =
      worked && cards.some((card) => card.run.state === "saved") ? msg("in {time}", { time: seconds(spent) }) : "";
  };
  stopClock(job.age_s);
  batch.refresh();
  return batch;
}
