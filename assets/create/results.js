// The results panel: a batch per click, newest on top, a card per image, fed by one event stream.
import { getJson } from "../shared/ask.js";
import { answering } from "../shared/connection.js";
import { h } from "../shared/dom.js";
import { isLive } from "../shared/jobs.js";
import { at } from "../shared/place.js";
import { minutes, seconds } from "../shared/words.js";
import { openViewer } from "../viewer/viewer.js";
import { makeCard } from "./card.js";
import { rememberSeed, showFieldError, showForm } from "./form.js";

const BATCHES_SHOWN = 24; // the page stays as quick as at first; the gallery has them all

/**
 * The images of one click, as they are shown.
 *
 * @typedef {object} Batch
 * @property {HTMLElement} root
 * @property {import("./card.js").Card[]} cards
 * @property {() => boolean} running
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
        "Describe an image, then press Enter. " +
        "Every image is stored with its seed and settings, so you can make it again.",
    }),
  );
  element.replaceChildren(h("h2", { text: "Results" }), alert, note, announcer, empty, list);

  /** @type {EventSource | null} */
  let source = null;
  let ticker = 0;

  // --- what the server says ---

  /** @param {Job} job */
  function show(job, { old = false } = {}) {
    if (batches.has(job.id)) {
      for (const run of job.runs) update(job.id, run);
      return;
    }
    const batch = makeBatch(job);
    batches.set(job.id, batch);
    list.prepend(batch.root);
    empty.hidden = true;
    for (const run of job.runs) if (!old || run.record) rememberSeed(run.seed);
    for (const [id, oldest] of batches) {
      if (batches.size <= BATCHES_SHOWN) break;
      if (oldest.running()) continue;
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
      follow();
      const { top } = list.getBoundingClientRect();
      if (top < 0 || top > innerHeight - 160) element.scrollIntoView({ block: "start" });
    } else if (message.kind === "note") say(message.text);
    else if (message.kind === "dismissed") dismiss(message.run);
    else if (message.kind === "error" && !showFieldError(message.error)) {
      alert.replaceChildren(h("strong", { text: message.error.message }), ` ${message.error.hint}`);
      alert.hidden = false;
    }
  }

  /** @param {string} runId */
  function dismiss(runId) {
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
    say("The card was put away.");
  }

  // --- following what runs ---

  const running = () => [...batches.entries()].filter(([, batch]) => batch.running());

  function follow() {
    source?.close();
    source = null;
    const jobs = running();
    const stop = document.getElementById("stop");
    if (stop instanceof HTMLButtonElement) stop.disabled = jobs.length === 0;
    clearInterval(ticker);
    if (jobs.length === 0) return;
    ticker = setInterval(() => {
      for (const [, batch] of running()) batch.tick();
    }, 250);
    source = new EventSource(at(`/api/events?${jobs.map(([id]) => `job=${id}`).join("&")}`));
    source.onmessage = (event) => {
      const { job, run } = JSON.parse(event.data);
      update(job, run);
    };
    source.addEventListener("end", () => {
      follow();
      setTimeout(() => trigger("settled"), 300); // after the last image is painted
    });
    source.onerror = () => {
      source?.close(); // the browser would try again for itself, for ever
      setTimeout(catchUp, 1000);
    };
  }

  async function catchUp() {
    /** @type {{ jobs: Job[] } | null} */
    const answer = await getJson("/api/jobs");
    if (!answer) {
      if (answering()) setTimeout(catchUp, 3000); // else "playground:back" comes
      return;
    }
    for (const job of answer.jobs) show(job, { old: true });
    follow();
  }

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
    const cards = job.runs.map((run) => makeCard(job, run, { act, view }));
    const root = h(
      "section",
      { class: "batch", "aria-label": `Images for: ${job.prompt.slice(0, 80)}`, dataset: { count: job.runs.length } },
      h("div", { class: "batch-head" }, h("h3", { text: job.prompt }), h("p", { class: "progress" }, count, elapsed)),
      bar,
      h("div", { class: "cards" }, ...cards.filter((card) => !card.run.dismissed).map((card) => card.root)),
    );
    const batch = {
      root,
      cards,
      running: () => cards.some((card) => isLive(card.run)),
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
    trigger(name, data);
    if (name === "reuse") showForm("what" in data && data.what === "seed" ? "seed" : "prompt");
  }

  /** @param {ImageRecord} record */
  function view(record) {
    const cards = [...batches.values()]
      .reverse()
      .flatMap((batch) => batch.cards)
      .filter((card) => card.run.record);
    const listed = () => cards.flatMap((card) => (card.root.hidden ? [] : (card.run.record ?? [])));
    /** @param {string | undefined} id */
    const cardOf = (id) => cards.find((card) => card.run.record?.id === id);
    /** @param {import("./card.js").Card | undefined} card */
    const focusOn = (card) => card?.root.querySelector("button.frame")?.focus();
    openViewer({
      total: () => listed().length,
      record: async (i) => listed()[i] ?? null,
      index: listed().findIndex((candidate) => candidate.id === record.id),
      changed(stored) {
        const card = cardOf(stored.id);
        if (!card?.run.record) return;
        Object.assign(card.run.record, stored);
        if (!stored.deleted) card.root.hidden = false;
      },
      removed(id) {
        const card = cardOf(id);
        if (!card) return;
        const focused = card.root.contains(document.activeElement);
        card.root.hidden = Boolean(card.run.record?.deleted);
        if (focused) focusOn(cards.find((other) => !other.root.hidden));
      },
      reuse: (data) => act("reuse", data),
      started(job) {
        show(job);
        follow();
      },
      closed(index) {
        if (document.activeElement === document.body) focusOn(cardOf(listed()[index]?.id));
      },
    });
  }

  // --- start ---

  watch("value", () => {
    const message = props.value;
    if (!message) return;
    props.value = null; // else Gradio keeps the same message, told again, to itself
    receive(message);
  });
  document.addEventListener("playground:reuse", (event) => act("reuse", event.detail));
  document.addEventListener("playground:back", catchUp);
  catchUp();
}
