// The results panel: a batch per click, newest on top, a card per image, fed by one event stream.
import { getJson } from "../shared/ask.js";
import { h } from "../shared/dom.js";
import { PAGES } from "../shared/facts.js";
import { jobStarted, lookNow, watchJobs } from "../shared/following.js";
import { isLive } from "../shared/jobs.js";
import { at } from "../shared/place.js";
import { pressed } from "../shared/taken_back.js";
import { howToGenerate } from "../shared/touch.js";
import { minutes, seconds, shorten } from "../shared/words.js";
import { openAsked } from "../viewer/steps.js";
import { makeCard } from "./card.js";
import { makeDoubts } from "./doubts.js";
import { rememberSeed, showFieldError, showForm, unanswered } from "./form.js";
import { makeLarge } from "./large.js";
import { promptSent } from "./replaced.js";

const BATCHES_SHOWN = 24; // the page stays as quick as at first; the gallery has them all

/**
 * The images of one click, as they are shown.
 *
 * @typedef {object} Batch
 * @property {HTMLElement} root
 * @property {import("./card.js").Card[]} cards
 * @property {string} asked when, as an ISO moment
 * @property {() => boolean} running
 * @property {() => boolean} inDoubt
 * @property {() => void} tick
 * @property {() => void} refresh
 */

/** @param {Component<{ value: Message | null }>} component */
export function mount({ element, props, trigger, watch }) {
  /** @type {Map<string, Batch>} */
  const batches = new Map(); // job id -> batch, oldest first
  const list = h("div", { class: "batches" });
  const note = h("p", { class: "note", role: "status" });
  const alert = h("div", { class: "alert", role: "alert", hidden: true });
  const announcer = h("p", { class: "off-screen", role: "status" });
  const empty = h(
    "div",
    { class: "empty" },
    h("h3", { text: "Your images appear here" }),
    h("p", {
      text:
        `Describe an image, then ${howToGenerate()}. ` +
        "Every image is stored with its seed and settings, so you can make it again.",
    }),
  );
  const doubts = makeDoubts({
    show(jobs) {
      for (const job of jobs.toReversed()) show(job, { old: true, below: true });
    },
    putAway(until) {
      for (const [, batch] of batches) {
        const seen = batch.asked <= until;
        for (const card of batch.cards) if (seen && card.run.state === "unknown") remove(card.run.id);
      }
    },
    say,
  });
  element.replaceChildren(h("h2", { text: "Results" }), alert, note, announcer, doubts.root, empty, list);

  let ticker = 0;
  let inDoubt = false; // whether a press without an answer may have arrived

  // --- what the server says ---

  /** @param {Job} job */
  function show(job, { old = false, below = false } = {}) {
    if (batches.has(job.id)) {
      for (const run of job.runs) update(job.id, run);
      return;
    }
    if (job.runs.every((run) => run.dismissed)) return;
    const batch = makeBatch(job);
    batches.set(job.id, batch);
    if (below) list.append(batch.root);
    else list.prepend(batch.root);
    empty.hidden = true;
    if (inDoubt) alert.hidden = true; // here is what became of it
    inDoubt = false;
    for (const run of job.runs) if (!old || run.record) rememberSeed(run.seed);
    for (const [id, oldest] of batches) {
      if (batches.size <= BATCHES_SHOWN) break;
      if (oldest.running() || oldest.inDoubt()) continue;
      oldest.root.remove();
      batches.delete(id);
    }
  }

  /**
   * @param {string} jobId
   * @param {Run} run
   */
  function update(jobId, run) {
    const batch = batches.get(jobId);
    const card = batch?.cards[run.index];
    if (!card) return;
    const before = card.run.state;
    card.update(run);
    if (run.dismissed) card.root.remove();
    batch.refresh();
    if (before !== run.state && run.state === "saved") {
      announcer.textContent = `Image ${run.index + 1} of ${batch.cards.length} is here.`;
    }
    // A try that cost nothing leaves its card to be pressed once more.
    const over = before !== run.state && (run.state === "failed" || run.state === "cancelled");
    if (over && cards().some((other) => other.run.tried_again?.run === run.id)) lookNow();
    tick();
  }

  const cards = () => [...batches.values()].flatMap((batch) => batch.cards);

  /**
   * A run's card learns that it was tried again.
   *
   * @param {Run | null | undefined} run
   */
  function renew(run) {
    if (run)
      cards()
        .find((card) => card.run.id === run.id)
        ?.update(run);
  }

  /**
   * Go to the later try of a card: on this page, else to its image.
   *
   * @param {TriedAgain} tried
   */
  function reveal(tried) {
    const card = cards().find((other) => other.run.id === tried.run && other.root.isConnected);
    if (card) {
      card.root.scrollIntoView({ block: "center" });
      card.root.focus({ preventScroll: true });
    } else if (tried.image) location.assign(at(`${PAGES.gallery}?image=${tried.image}`));
    else say("It was tried again from another browser. Its image comes into the gallery.");
  }

  /** @param {string} text */
  function say(text) {
    note.textContent = text;
  }

  /** @param {Message} message */
  function receive(message) {
    alert.hidden = true;
    if (message.kind === "job") {
      say("");
      show(message.job);
      renew(message.tried);
      promptSent(message.job.prompt);
      jobStarted(message.job);
      tick();
      const { top } = list.getBoundingClientRect();
      if (top < 0 || top > innerHeight - 160) element.scrollIntoView({ block: "start" });
    } else if (message.kind === "note") say(message.text);
    else if (message.kind === "dismissed") dismiss(message.run);
    else if (message.kind === "tried") {
      renew(message.run);
      lookNow(); // it was pressed elsewhere: its results may be ours
      say(`${message.text} Nothing more was sent.`);
    } else if (message.kind === "unanswered") doubt(message.late);
    else if (message.kind === "error" && !showFieldError(message.error)) {
      warn(message.error.message, message.error.hint);
      getJson("/api/status"); // hears the program's clock: a press that came late is in time then
    }
  }

  /**
   * @param {string} text
   * @param {string} hint
   */
  function warn(text, hint) {
    alert.replaceChildren(h("strong", { text }), ` ${hint}`);
    alert.hidden = false;
  }

  /** @param {boolean} late whether the browser had to be told to take the press back */
  function doubt(late) {
    if (late) {
      warn(
        "This press got no answer within 5 s and was taken back.",
        "It will not be sent later. Other open tabs may keep the browser's connections busy. " +
          "Should it have arrived, its images appear here; else press again.",
      );
    } else {
      warn(
        "The program did not answer this press.",
        "It will not be sent later. Should it have arrived, its images appear here; else press again.",
      );
    }
    inDoubt = true;
    lookNow();
  }

  /** @param {string} runId */
  function dismiss(runId) {
    doubts.less();
    remove(runId);
    say("The card was put away.");
  }

  /** @param {string} runId */
  function remove(runId) {
    for (const [jobId, batch] of batches) {
      const card = batch.cards.find((candidate) => candidate?.run.id === runId);
      if (!card) continue;
      card.root.remove();
      if (!batch.root.querySelector(".card")) {
        batch.root.remove();
        batches.delete(jobId);
      }
    }
    empty.hidden = batches.size > 0;
  }

  // --- following what runs ---

  const running = () => [...batches.values()].filter((batch) => batch.running());

  /** Let clocks run and Stop be pressed as long as something runs. */
  function tick() {
    const stop = document.getElementById("stop");
    if (stop instanceof HTMLButtonElement) stop.disabled = running().length === 0;
    clearInterval(ticker);
    if (running().length === 0) return;
    ticker = setInterval(() => {
      for (const batch of running()) batch.tick();
    }, 250);
  }

  const large = makeLarge({
    all: () => [...batches.values()].reverse().flatMap((batch) => batch.cards),
    reuse: (choice) => act("reuse", choice),
    started(job) {
      show(job);
      tick();
    },
  });

  // --- building ---

  /**
   * @param {Job} job
   * @returns {Batch}
   */
  function makeBatch(job) {
    const startedAt = performance.now() - job.age_s * 1000;
    const count = h("span", { class: "count" });
    const elapsed = h("span", { class: "elapsed" });
    const bar = h("progress", { max: job.runs.length, value: 0, "aria-label": "Images ready" });
    const cards = job.runs.map((run) => makeCard(job, run, { act, view: large.open, reveal }));
    const root = h(
      "div",
      {
        class: "batch",
        role: "group",
        "aria-label": `Images for: ${shorten(job.prompt, 80)}`,
        dataset: { count: job.runs.length },
      },
      h(
        "div",
        { class: "batch-head" },
        h("h3", { text: job.prompt, dir: "auto" }),
        h("p", { class: "progress" }, count, elapsed),
      ),
      bar,
      h("div", { class: "cards" }, ...cards.filter((card) => !card.run.dismissed).map((card) => card.root)),
    );
    const batch = {
      root,
      cards,
      asked: job.created,
      running: () => cards.some((card) => isLive(card.run)),
      inDoubt: () => cards.some((card) => card.run.state === "unknown" && !card.run.dismissed),
      tick() {
        elapsed.textContent = minutes((performance.now() - startedAt) / 1000);
        for (const card of cards) card.tick();
      },
      refresh() {
        const done = cards.filter((card) => card.run.state === "saved").length;
        const live = batch.running();
        count.textContent =
          live || done < cards.length ? `${done} of ${cards.length}` : cards.length > 1 ? `${cards.length} images` : "";
        if (!live && root.classList.contains("running")) stopClock((performance.now() - startedAt) / 1000);
        bar.value = done;
        bar.hidden = !live;
        root.classList.toggle("running", live);
      },
    };
    /** @param {number} spent */
    const stopClock = (spent) => {
      const worked = cards.some((card) => !card.run.record?.cached);
      elapsed.textContent = worked ? `in ${seconds(spent)}` : "";
    };
    stopClock(job.age_s);
    batch.refresh();
    return batch;
  }

  /**
   * Carry out a card's button. What it puts into the form is to be seen, also on a phone.
   *
   * @param {import("./card.js").CardAct} name
   * @param {import("./card.js").CardData | Reuse | { recipe: string }} data
   */
  function act(name, data) {
    const mark = "run" in data ? data.run : "id" in data ? data.id : null;
    if (mark && (name === "anew" || name === "retry")) pressed(mark, unanswered);
    trigger(name, data);
    if (name === "reuse") showForm("what" in data && data.what === "seed" ? "seed" : "prompt");
  }

  // --- start ---

  watch("value", () => {
    const message = props.value;
    if (!message) return;
    props.value = null; // else Gradio keeps the same message, told again, to itself
    receive(message);
  });
  document.addEventListener("playground:reuse", (event) => act("reuse", event.detail));
  watchJobs({
    jobs(answer) {
      for (const job of answer.jobs) show(job, { old: true });
      doubts.told(answer);
      tick();
    },
    run: update,
    settled: () => setTimeout(() => trigger("settled"), 300), // after the last image is painted
  });
  lookNow().then(openAsked);
}
