// The viewer's side: what was asked for, marks, buttons, proofs, where the image came from, details.

import { getJson, noAnswer } from "../shared/ask.js";
import { copyButton, h } from "../shared/dom.js";
import { VERDICTS } from "../shared/facts.js";
import { joined, msg, translated } from "../shared/language.js";
import { when } from "../shared/words.js";
import { makeActions } from "./actions.js";
import { openCompare } from "./compare.js";
import { lineageOf } from "./lineage.js";
import { makeMarks } from "./marking.js";

const SETTLE_MS = 120; // who runs through the images with an arrow key asks for no details
const VERDICT_MS = 400; // the pixels are compared after the image is announced
const VERDICT_TURNS = 40;

/**
 * The side of `viewer`. Its `show(record)` draws another image's.
 *
 * @param {Viewer} viewer
 */
export function makeSide(viewer) {
  const root = h("div", { class: "side" });
  /** @type {{ root: HTMLElement, marks: import("./marking.js").Marks | null, show: (record: ImageRecord) => void }} */
  const side = { root, marks: null, show };
  let timer = 0;
  /** @type {ReturnType<typeof partsOf> | null} */
  let parts = null; // of the image that is shown

  /** @param {ImageRecord} record */
  function partsOf(record) {
    return {
      record,
      marks: makeMarks(record, { changed: (stored) => viewer.changed(stored) }),
      actions: makeActions(record, { ...viewer, made }),
      trouble: h("p", { class: "field-error", role: "alert", hidden: true }),
      proofs: h("section", { class: "proofs", hidden: true }),
      lineage: h("div", { class: "lineage" }),
      list: h("dl"),
    };
  }

  /** @param {ImageRecord} next */
  function show(next) {
    const focused = /** @type {HTMLElement | null} */ (document.activeElement);
    const kept = focused && root.contains(focused) ? (focused.dataset.keep ?? "") : null;
    parts = partsOf(next);
    side.marks = parts.marks;
    root.replaceChildren(
      h("h2", { class: "off-screen", text: msg("Details") }),
      next.deleted ? trashed(next, next.deleted) : "",
      words(msg("Prompt"), next.prompt, msg("Copy prompt")),
      next.negative_prompt
        ? words(msg("Negative prompt"), next.negative_prompt, msg("Copy"), msg("Copy the negative prompt"))
        : "",
      parts.marks.root,
      parts.actions.root,
      parts.trouble,
      parts.proofs,
      parts.lineage,
      parts.list,
    );
    root.scrollTop = 0;
    if (kept !== null) ((kept && root.querySelector(`[data-keep="${kept}"]`)) || viewer.dialog).focus();
    clearTimeout(timer);
    timer = setTimeout(fill, SETTLE_MS, next);
  }

  /**
   * Ask for the details of `asked` and draw them if it is still the one that is shown.
   *
   * @param {ImageRecord} asked
   */
  async function fill(asked) {
    const turns = parts?.marks.turns;
    /** @type {Details | null} */
    const found = await getJson(`/api/images/${asked.id}`);
    if (parts?.record.id !== asked.id) return;
    parts.trouble.hidden = found !== null;
    if (!found) {
      parts.trouble.textContent = joined(msg("The details are missing."), noAnswer());
      return;
    }
    if (parts.marks.turns === turns) parts.marks.update(found.record);
    parts.actions.fill(found);
    parts.proofs.hidden = !found.proofs.length;
    parts.proofs.replaceChildren(h("h3", { text: msg("Made again") }), ...found.proofs.map(proofOf));
    parts.lineage.replaceChildren(
      ...lineageOf(found.lineage, {
        visit: viewer.visit,
        compare: (id) => compareButton(id, msg("Compare")),
      }),
    );
    const pairs = [...found.details, [msg("Created"), when(asked.created, true)], [msg("Id"), asked.id]];
    parts.list.replaceChildren(
      ...pairs.map(([name, value]) => h("div", {}, h("dt", { text: name }), h("dd", { dir: "auto", text: value }))),
    );
  }

  /**
   * A reproduction of `asked` is here: show the verdict, or tell it where one is by now.
   *
   * @param {ImageRecord} asked
   * @param {Run} run
   */
  async function made(asked, run) {
    /** @type {Proof | undefined} */
    let proof;
    for (let turn = 0; !proof && turn < VERDICT_TURNS; turn += 1) {
      if (turn) await new Promise((resolve) => setTimeout(resolve, VERDICT_MS));
      /** @type {Details | null} */
      const found = await getJson(`/api/images/${asked.id}`);
      proof = found?.proofs.find(({ id }) => id === run.record?.id);
    }
    await fill(asked);
    if (!proof) return viewer.tell(msg("The image was made again, but there is no verdict yet. It will stand here."));
    const here = parts?.record.id === asked.id && root.isConnected ? parts : null;
    const item = here?.proofs.querySelector(`[data-id="${proof.id}"]`);
    if (!item) return viewer.tell(proof.text);
    viewer.announce(proof.text);
    const focused = document.activeElement;
    if (focused?.closest(".panel") || !root.contains(focused)) item.focus({ preventScroll: true });
    item.scrollIntoView({ block: "nearest" });
  }

  /**
   * @param {ImageRecord} gone
   * @param {string} since
   */
  function trashed(gone, since) {
    return h(
      "div",
      { class: "trashed" },
      h("p", { text: msg("In the trash since {when}.", { when: when(since, true) }) }),
      h("button", {
        type: "button",
        text: msg("Restore"),
        dataset: { keep: "restore" },
        onclick: () => viewer.restore(gone),
      }),
      h("button", {
        type: "button",
        text: msg("Forget for good"),
        dataset: { keep: "forget" },
        onclick: () => viewer.forget(gone),
      }),
    );
  }

  /**
   * @param {Proof} proof
   * @param {number} index
   */
  function proofOf(proof, index) {
    const map =
      proof.map_url &&
      h(
        "figure",
        {},
        h("img", { src: proof.map_url, alt: msg("Where the two images differ"), loading: "lazy" }),
        h("figcaption", { text: msg("Brighter where they differ more.") }),
      );
    return h(
      "div",
      { class: "proof", tabindex: "-1", dataset: { id: proof.id, verdict: proof.verdict } },
      h(
        "p",
        {},
        h("strong", { class: "verdict", text: translated(VERDICTS[proof.verdict] ?? proof.verdict) }),
        ` ${proof.text}`,
      ),
      map ? h("details", { open: index === 0 }, h("summary", { text: msg("Difference map") }), map) : null,
      compareButton(proof.id, msg("Compare the two")),
    );
  }

  /**
   * @param {string} id
   * @param {string} text
   */
  const compareButton = (id, text) =>
    h("button", {
      type: "button",
      class: "textual",
      text,
      onclick: () => parts && openCompare([parts.record.id, id]),
    });

  return side;
}

/**
 * A prompt with a button that copies it; a long one is folded.
 *
 * @param {string} title
 * @param {string} text
 * @param {string} copy what the button says
 * @param {string | null} named what it is, where that says too little
 */
function words(title, text, copy, named = null) {
  if (!text)
    return h(
      "section",
      { class: "words" },
      h("h3", { text: title }),
      h("p", { class: "quiet", text: msg("None is known.") }),
    );
  const body = h("p", { class: "prompt", dir: "auto", text });
  /** @type {HTMLButtonElement} */
  const unfold = h("button", {
    type: "button",
    class: "textual",
    text: msg("Show all"),
    "aria-expanded": "false",
    hidden: true,
    onclick: () => {
      const all = body.classList.toggle("all");
      unfold.textContent = all ? msg("Show less") : msg("Show all");
      unfold.setAttribute("aria-expanded", String(all));
    },
  });
  requestAnimationFrame(() => {
    unfold.hidden = body.scrollHeight <= body.clientHeight + 2;
  });
  return h(
    "section",
    { class: "words" },
    h(
      "div",
      { class: "words-head" },
      h("h3", { text: title }),
      copyButton(copy, () => text, { class: "textual", "aria-label": named }),
    ),
    body,
    unfold,
  );
}
