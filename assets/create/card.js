// One run as a card: a placeholder of the right shape, then the image, or what went wrong.

import { copyButton, h } from "../shared/dom.js";
import { OFFLINE } from "../shared/facts.js";
import { seconds, shorten, when } from "../shared/words.js";

const DOUBLE_CLICK_MS = 600;

/** A card for `run` of `job`. `act(name, data)` carries out a button; `view(record)` opens it. */
export function makeCard(job, run, { act, view }) {
  const root = h("article", { class: "card" });
  const card = { root, run: null, tick: () => {} };

  card.update = (next) => {
    if (card.run && card.run.state === next.state && next.state === "saved") return;
    card.run = next;
    card.tick = () => {};
    root.dataset.state = next.state;
    root.style.setProperty("--shape", `${next.width ?? 1} / ${next.height ?? 1}`);
    if (next.state === "saved") root.replaceChildren(...saved(next.record));
    else if (next.state === "unknown") root.replaceChildren(...unknown(next));
    else if (next.state === "failed") root.replaceChildren(...failed(next));
    else if (next.state === "cancelled")
      root.replaceChildren(frame(h("p", { text: "Stopped. Not sent, not charged." })));
    else root.replaceChildren(...waiting(next));
  };

  function frame(...content) {
    return h("div", { class: "frame" }, ...content);
  }

  function button(label, name, data, props = {}) {
    let at = -Infinity; // each of these may cost money: a double click is one click
    const onclick = () => {
      if (performance.now() - at < DOUBLE_CLICK_MS) return;
      at = performance.now();
      act(name, data);
    };
    return h("button", { type: "button", text: label, onclick, ...props });
  }

  function waiting(next) {
    const text = h("p");
    card.tick = () => {
      if (next.waits_until) {
        const left = Math.max(0, Math.ceil((new Date(next.waits_until) - Date.now()) / 1000));
        text.textContent = `${next.waits_for || "Waiting"} Goes on in ${left} s.`;
      } else text.textContent = next.state === "sent" ? "Generating" : "In line";
    };
    card.tick();
    return [frame(text), caption([next.seed === null ? null : `Seed ${next.seed}`])];
  }

  function saved(record) {
    const image = h("img", {
      src: record.image_url,
      alt: shorten(record.prompt, 200),
      width: record.width,
      height: record.height,
      decoding: "async",
    });
    const facts = [
      job.model_label,
      record.seed === null ? "No seed" : `Seed ${record.seed}`,
      record.seconds === null ? null : seconds(record.seconds),
      when(record.created),
    ];
    const what = record.seed === null ? "" : ` of the image with seed ${record.seed}`;
    return [
      h(
        "button",
        {
          type: "button",
          class: "frame",
          "aria-label": `View larger: ${shorten(record.prompt, 80)}`,
          onclick: () => view(record),
        },
        image,
      ),
      caption(facts, record.cached ? "From the cache, free" : null, record.provider === OFFLINE),
      h(
        "div",
        { class: "actions" },
        button("Reuse all", "reuse", { id: record.id, what: "all" }, { "aria-label": `Reuse all settings${what}` }),
        record.seed === null
          ? null
          : button(
              "Reuse seed",
              "reuse",
              { id: record.id, what: "seed" },
              { "aria-label": `Reuse seed ${record.seed}` },
            ),
        copyButton("Copy prompt", () => record.prompt),
        h("a", {
          href: `${record.image_url}?download=1`,
          download: "",
          text: "Download",
          "aria-label": `Download${what}`,
        }),
        record.cached ? button("Generate anew", "anew", { id: record.id }) : null,
      ),
    ];
  }

  function failed(next) {
    return [
      frame(h("div", { class: "trouble" }, h("h4", { text: "No image" }), ...why(next.error))),
      h("div", { class: "actions" }, button("Try again", "retry", { run: next.id })),
    ];
  }

  function unknown(next) {
    const asked = [
      job.model_label,
      next.seed === null ? null : `Seed ${next.seed}`,
      next.width ? `${next.width} x ${next.height}` : null,
      ...job.asked.map((text) => shorten(text, 80)),
      `sent ${when(job.created)}`,
      next.list_price ? `listed price ${next.list_price}` : "no price listed",
    ];
    return [
      frame(
        h(
          "div",
          { class: "trouble" },
          h("h4", { text: "May have been charged" }),
          h("p", { class: "quote", text: shorten(job.prompt) }),
          ...why(next.error),
        ),
      ),
      caption(asked),
      h(
        "div",
        { class: "actions" },
        button("Try again (may charge again)", "retry", { run: next.id }),
        button("Dismiss", "dismiss", { run: next.id }),
      ),
    ];
  }

  card.update(run);
  return card;
}

function why(error) {
  if (!error) return [];
  return [h("p", { text: error.message }), error.hint ? h("p", { class: "hint", text: error.hint }) : null].filter(
    Boolean,
  );
}

function caption(facts, badge = null, sample = false) {
  return h(
    "p",
    { class: "facts" },
    sample
      ? h("span", {
          class: "badge sample",
          text: "Sample",
          title: "Made by the built-in sample engine, not by the real model",
        })
      : null,
    ...facts.filter(Boolean).map((fact) => h("span", { text: fact })),
    badge ? h("span", { class: "badge", text: badge }) : null,
  );
}
