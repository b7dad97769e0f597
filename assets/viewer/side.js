// The viewer's side: what was asked for, marks, buttons, proofs, where the image came from, details.

import { getJson, noAnswer } from "../shared/ask.js";
import { copyButton, h } from "../shared/dom.js";
import { CHILDREN, VERDICTS } from "../shared/facts.js";
import { shorten, when } from "../shared/words.js";
import { makeActions } from "./actions.js";
import { openCompare } from "./compare.js";
import { makeMarks } from "./marking.js";

const SETTLE_MS = 120; // who runs through the images with an arrow key asks for no details
const VERDICT_MS = 400; // the pixels are compared after the image is announced
const VERDICT_TURNS = 40;
const TEXT_MAX = 160; // letters of a prompt that was changed
/** The side of `viewer` (see viewer.js). Its `show(record)` draws another image's. */
export function makeSide(viewer) {
  const root = h("div", { class: "side" });
  const side = { root, marks: null, show };
  let timer;
  let record = null;
  let parts = null;

  function show(next) {
    const kept = root.contains(document.activeElement) ? (document.activeElement.dataset.keep ?? "") : null;
    record = next;
    side.marks = makeMarks(next, { changed: (stored) => viewer.changed(stored) });
    parts = {
      actions: makeActions(next, { ...viewer, made }),
      trouble: h("p", { class: "field-error", role: "alert", hidden: true }),
      proofs: h("section", { class: "proofs", hidden: true }),
      lineage: h("div", { class: "lineage" }),
      list: h("dl"),
    };
    root.replaceChildren(
      h("h2", { class: "off-screen", text: "Details" }),
      next.deleted ? trashed(next) : "",
      words("Prompt", next.prompt),
      next.negative_prompt ? words("Negative prompt", next.negative_prompt) : "",
      side.marks.root,
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

  /** Ask for the details of `asked` and draw them if it is still the one that is shown. */
  async function fill(asked) {
    const found = await getJson(`/api/images/${asked.id}`);
    if (record.id !== asked.id) return found;
    parts.trouble.hidden = found !== null;
    if (!found) {
      parts.trouble.textContent = `The details are missing. ${noAnswer()}`;
      return null;
    }
    side.marks.update(found.record);
    parts.actions.fill(found);
    drawProofs(found.proofs);
    drawLineage(found.lineage);
    const pairs = found.details.filter(([name]) => name !== "Negative prompt");
    const own = [
      ["Created", when(asked.created, true)],
      ["Id", asked.id],
    ];
    parts.list.replaceChildren(
      ...[...pairs, ...own].map(([name, value]) => h("div", {}, h("dt", { text: name }), h("dd", { text: value }))),
    );
    return found;
  }

  /** A reproduction of `asked` is here: show the verdict, or tell it where one is by now. */
  async function made(asked, run) {
    let proof;
    for (let turn = 0; !proof && turn < VERDICT_TURNS; turn += 1) {
      if (turn) await new Promise((resolve) => setTimeout(resolve, VERDICT_MS));
      proof = (await getJson(`/api/images/${asked.id}`))?.proofs.find(({ id }) => id === run.record?.id);
    }
    await fill(asked);
    if (!proof) return viewer.tell("The image was made again, but there is no verdict yet. It will stand here.");
    const item = record.id === asked.id && root.isConnected && parts.proofs.querySelector(`[data-id="${proof.id}"]`);
    if (!item) return viewer.tell(proof.text);
    viewer.announce(proof.text);
    const focused = document.activeElement;
    if (focused.closest(".panel") || !root.contains(focused)) item.focus({ preventScroll: true });
    item.scrollIntoView({ block: "nearest" });
  }

  function trashed(gone) {
    return h(
      "div",
      { class: "trashed" },
      h("p", { text: `In the trash since ${when(gone.deleted, true)}.` }),
      h("button", {
        type: "button",
        text: "Restore",
        dataset: { keep: "restore" },
        onclick: () => viewer.restore(gone),
      }),
    );
  }

  function drawProofs(proofs) {
    parts.proofs.hidden = !proofs.length;
    parts.proofs.replaceChildren(
      h("h3", { text: "Made again" }),
      ...proofs.map((proof, index) => {
        const map =
          proof.map_url &&
          h(
            "figure",
            {},
            h("img", { src: proof.map_url, alt: "Where the two images differ", loading: "lazy" }),
            h("figcaption", { text: "Brighter where they differ more." }),
          );
        return h(
          "div",
          { class: "proof", tabindex: "-1", dataset: { id: proof.id, verdict: proof.verdict } },
          h(
            "p",
            {},
            h("strong", { class: "verdict", text: VERDICTS[proof.verdict] ?? proof.verdict }),
            ` ${proof.text}`,
          ),
          map && h("details", { open: index === 0 }, h("summary", { text: "Difference map" }), map),
          compareButton(proof.id, "Compare the two"),
        );
      }),
    );
  }

  function drawLineage({ parent, children, more }) {
    const from =
      parent && h("section", {}, h("h3", { text: "Made from" }), related(parent, `${parent.text} this image`));
    const to =
      children.length > 0 &&
      h(
        "section",
        {},
        h("h3", { text: "Made from this" }),
        h("ul", {}, ...children.map((child) => h("li", {}, related(child, CHILDREN[child.kind] ?? child.text)))),
        more ? h("p", { class: "quiet", text: `And ${more.toLocaleString()} more.` }) : null,
      );
    parts.lineage.replaceChildren(from || "", to || "");
  }

  function related({ record: other, text: relation, changes }, text) {
    if (!other) return h("p", { class: "quiet", text: `${relation} an image that is no longer stored.` });
    const name = `${text}, ${other.seed === null ? "no seed" : `seed ${other.seed}`}`;
    const part = (value) => (value === null || value === "" ? "none" : shorten(value, TEXT_MAX));
    return h(
      "div",
      { class: "related" },
      h(
        "button",
        { type: "button", class: "thumb", "aria-label": `Open: ${name}`, onclick: () => viewer.visit(other) },
        h("img", { src: other.thumb_url, alt: "", loading: "lazy" }),
      ),
      h(
        "div",
        {},
        h("p", { text }),
        changes.length
          ? h(
              "ul",
              { class: "changes" },
              ...changes.map(({ label, from, to }) =>
                h("li", {}, h("b", { text: `${label}: ` }), `${part(from)} \u2192 ${part(to)}`),
              ),
            )
          : h("p", { class: "quiet", text: "The same settings." }),
        compareButton(other.id, "Compare"),
      ),
    );
  }

  const compareButton = (id, text) =>
    h("button", { type: "button", class: "textual", text, onclick: () => openCompare([record.id, id]) });

  return side;
}

/** A prompt with its button; a long one is folded. */
function words(title, text) {
  if (!text)
    return h(
      "section",
      { class: "words" },
      h("h3", { text: title }),
      h("p", { class: "quiet", text: "None is known." }),
    );
  const body = h("p", { class: "prompt", text });
  const unfold = h("button", {
    type: "button",
    class: "textual",
    text: "Show all",
    "aria-expanded": "false",
    hidden: true,
    onclick: () => {
      const all = body.classList.toggle("all");
      unfold.textContent = all ? "Show less" : "Show all";
      unfold.setAttribute("aria-expanded", String(all));
    },
  });
  requestAnimationFrame(() => (unfold.hidden = body.scrollHeight <= body.clientHeight + 2));
  return h(
    "section",
    { class: "words" },
    h(
      "div",
      { class: "words-head" },
      h("h3", { text: title }),
      copyButton(title === "Prompt" ? "Copy prompt" : "Copy", () => text, {
        class: "textual",
        "aria-label": title === "Prompt" ? null : "Copy the negative prompt",
      }),
    ),
    body,
    unfold,
  );
}
