// The results panel: a batch per click, newest on top, a card per image, fed by one event stream.
import { announce } from "../shared/announce.js";
import { getJson } from "../shared/ask.js";
import { h } from "../shared/dom.js";
import { PAGES } from "../shared/facts.js";
import { jobStarted, lookNow, watchJobs } from "../shared/following.js";
import { joinedParts, msg } from "../shared/language.js";
import { at } from "../shared/place.js";
import { pressed } from "../shared/taken_back.js";
import { openAsked } from "../viewer/steps.js";
import { makeBatch } from "./batch.js";
import { makeDoubts } from "./doubts.js";
import { makeEmpty } from "./empty.js";
import { goToField, rememberSeed, showFieldError, showForm, unanswered } from "./form.js";
import { makeHints } from "./hints.js";
import { makeLarge } from "./large.js";
import { makeOnStage } from "./onstage.js";
import { promptSent } from "./replaced.js";
import { saidChange, saidStart } from "./told.js";

const RESTS_MS = 400; // several images at once are told as one
const BALANCE_AFTER_MS = [1500, 5000]; // what a doubt did to the balance is known a little later
const BATCHES_SHOWN = 24; // the page stays as quick as at first; the gallery has them all

/** @param {Component<{ value: Message | null, starts: import("./empty.js").Example[] }>} component */
export function mount({ element, props, trigger, watch }) {
  /** @type {Map<string, import("./batch.js").Batch>} */
  const batches = new Map(); // job id -> batch, oldest first
  const list = h("div", { class: "batches" });
  const note = h("p", { class: "note" });
  const alert = h("div", { class: "alert", role: "alert", hidden: true });
  const empty = makeEmpty(props.starts, (recipe) => act("reuse", { recipe }));
  const hints = makeHints();
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
  const cards = () => [...batches.values()].flatMap((batch) => batch.cards);
  const onPage = () => [...batches.values()].reverse().flatMap((batch) => batch.cards);
  const onStage = makeOnStage({ all: onPage });
  const head = h("div", { class: "results-head" }, h("h2", { text: msg("Results") }), onStage.button);
  element.replaceChildren(head, alert, note, doubts.root, hints.root, empty, list);

  let ticker = 0;
  let passing = false; // whether the note is of what runs
  let inDoubt = false; // whether a press without an answer may have arrived

  // --- what the server says ---

  /** @param {Job} job */
  function show(job, { old = false, below = false } = {}) {
    if (batches.has(job.id)) {
      for (const run of job.runs) update(job.id, run);
      return;
    }
    if (job.runs.every((run) => run.dismissed)) return;
    const batch = makeBatch(job, { act, view: large.open, reveal, make, mend });
    batches.set(job.id, batch);
    if (below) list.append(batch.root);
    else list.prepend(batch.root);
    batch.lay();
    empty.hidden = true;
    hints.jobShown(job, old);
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
    const { run: former } = card;
    const before = former.state;
    card.update(run);
    batch.refresh();
    const said = saidChange(
      former,
      run,
      batch.cards.map((other) => other.run),
    );
    if (said) announce(said.text, { about: `${jobId} ${said.about}`, rests: RESTS_MS });
    if (before !== run.state && run.state === "unknown") for (const ms of BALANCE_AFTER_MS) setTimeout(lookNow, ms);
    // A try that cost nothing leaves its card to be pressed once more.
    const over = before !== run.state && (run.state === "failed" || run.state === "cancelled");
    if (over && cards().some((other) => other.run.tried_again?.run === run.id)) lookNow();
    tick();
  }

  /**
   * A run's card learns that it was tried again.
   *
   * @param {Run | null | undefined} run
   */
  function renew(run) {
    for (const batch of run ? batches.values() : []) {
      const card = batch.cards.find((other) => other.run.id === run?.id);
      if (!card || !run) continue;
      card.update(run);
      batch.refresh(); // what was not sent is no card
    }
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
    else say(msg("It was tried again from another browser. Its image comes into the gallery."));
  }

  /**
   * Go to the form's field that a failure is about.
   *
   * @param {Refusal} error
   * @param {string} model the one that was asked
   */
  function mend(error, model) {
    if (error.field === "model") goToField("model");
    else if (!showFieldError(error))
      say(msg("Choose {model} first: the model that is chosen now has no such field.", { model }));
  }

  /**
   * @param {string} text
   * @param {boolean} passes whether it is true as long as something runs
   */
  function say(text, passes = false) {
    note.textContent = text;
    passing = passes;
    announce(text, { about: "note" });
  }

  /** @param {Message} message */
  function receive(message) {
    alert.hidden = true;
    if (message.kind === "job") {
      say("");
      const { id, runs } = message.job;
      announce(saidStart(runs.length), { about: `${id} images`, rests: RESTS_MS });
      show(message.job);
      for (const run of message.renewed ?? [message.tried]) renew(run);
      promptSent(message.typed ?? message.job.prompt);
      jobStarted(message.job);
      tick();
      bringIntoSight(batches.get(message.job.id)?.root);
    } else if (message.kind === "note") say(message.text, true);
    else if (message.kind === "dismissed") dismiss(message.run);
    else if (message.kind === "tried") {
      renew(message.run);
      lookNow(); // it was pressed elsewhere: its results may be ours
      say(msg("{what} Nothing more was sent.", { what: message.text }));
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
    alert.replaceChildren(...joinedParts(h("strong", { text }), hint));
    alert.hidden = false;
  }

  /** @param {boolean} late whether the browser had to be told to take the press back */
  function doubt(late) {
    if (late) {
      warn(
        msg("This press got no answer within 5 s and was taken back."),
        msg(
          "It will not be sent later. Other open tabs may keep the browser's connections busy. Should it have arrived, its images appear here; else press again.",
        ),
      );
    } else {
      warn(
        msg("The program did not answer this press."),
        msg("It will not be sent later. Should it have arrived, its images appear here; else press again."),
      );
    }
    inDoubt = true;
    lookNow();
  }

  /** @param {string} runId */
  function dismiss(runId) {
    doubts.less();
    remove(runId);
    say(msg("The card was put away."));
  }

  /** @param {string} runId */
  function remove(runId) {
    for (const [jobId, batch] of batches) {
      const card = batch.cards.find((candidate) => candidate?.run.id === runId);
      if (!card) continue;
      card.run = { ...card.run, dismissed: true };
      batch.refresh();
      if (!batch.root.querySelector(".card, .rest:not([hidden])")) {
        batch.root.remove();
        batches.delete(jobId);
      }
    }
    empty.hidden = batches.size > 0;
  }

  // --- following what runs ---

  const running = () => [...batches.values()].filter((batch) => batch.running());

  /** Let clocks run as long as something runs, and Stop be pressed while something can be stopped. */
  function tick() {
    const stop = document.getElementById("stop");
    if (stop instanceof HTMLButtonElement) stop.disabled = !running().some((batch) => batch.stoppable());
    clearInterval(ticker);
    if (running().length === 0) return;
    ticker = setInterval(() => {
      for (const batch of running()) batch.tick();
    }, 250);
  }

  const large = makeLarge({
    all: onPage,
    live: onStage.source,
    reuse: (choice) => act("reuse", choice),
    started(job) {
      show(job);
      tick();
    },
  });

  // --- doing ---

  /**
   * Carry out a card's button. What it puts into the form is to be seen, also on a phone.
   *
   * @param {import("./card.js").CardAct} name
   * @param {import("./card.js").CardData | Reuse | { recipe: string } | { preset: string }} data
   */
  function act(name, data) {
    const mark = "run" in data ? data.run : "id" in data ? data.id : null;
    if (mark && (name === "anew" || name === "retry")) pressed(mark, unanswered);
    trigger(name, data);
    if (name === "reuse") showForm("what" in data && data.what === "seed" ? "seed" : "prompt");
  }

  /**
   * Have what was not sent of a batch made.
   *
   * @param {string[]} runs
   * @param {{ mark: string, token: string }} press
   */
  function make(runs, { mark, token }) {
    pressed(mark, unanswered);
    trigger("rest", { runs, token });
  }

  function settled() {
    if (passing) say("");
    trigger("settled");
    document.dispatchEvent(new CustomEvent("playground:settled"));
  }

  // --- start ---

  const layAll = () => {
    for (const batch of batches.values()) batch.lay();
  };
  new ResizeObserver(layAll).observe(list);
  addEventListener("resize", layAll); // of the height, too

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
    settled: () => setTimeout(settled, 300), // after the last image is painted
  });
  lookNow().then(openAsked);
}

/**
 * A batch was begun: let it be seen, whole where it fits. On a phone a keyboard may be in the way.
 *
 * @param {HTMLElement | undefined} root
 */
function bringIntoSight(root) {
  if (!root) return;
  const focused = /** @type {HTMLElement | null} */ (document.activeElement);
  if (matchMedia("(pointer: coarse)").matches && focused?.closest("#controls")) focused.blur();
  const { top, bottom, height } = root.getBoundingClientRect();
  if (top >= 0 && bottom <= innerHeight) return;
  root.scrollIntoView({ block: height <= innerHeight ? "nearest" : "start" });
}
