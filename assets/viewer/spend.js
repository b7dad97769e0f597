// What may cost something: asked first, with the price in the server's words, and sent once.
import { announce } from "../shared/announce.js";
import { ask, newToken } from "../shared/ask.js";
import { h } from "../shared/dom.js";
import { joined, msg, msgN } from "../shared/language.js";
import { pressedNow } from "../shared/press.js";
import { pressed } from "../shared/taken_back.js";
import { minutes } from "../shared/words.js";
import { followJob } from "./job.js";

/**
 * What the asking part of the page gives to a question.
 *
 * @typedef {object} Asked
 * @property {Offer} offer
 * @property {() => void} hold
 * @property {(how?: { unsure?: boolean }) => void} dismiss
 */

/**
 * A question before something is sent. `offer` is the server's {possible, text}; `send(token)` sends
 * it and returns what to show in place of the question. The token is the opened question's own, so
 * sending twice is sending once. `hold()` is called once it may have been sent: who comes back to
 * it has to find this very question.
 *
 * @param {Asked & { title: string, label: string, send: (token: string) => Promise<HTMLElement[]> }} question
 */
function confirmation({ title, offer, label, send, hold, dismiss }) {
  const token = newToken();
  const trouble = h("p", { class: "field-error", role: "alert", hidden: true });
  const yes = h("button", { type: "button", class: "main", text: label, onclick: confirmed });
  const no = h("button", {
    type: "button",
    text: offer.possible ? msg("Not now") : msg("Close"),
    onclick: () => dismiss({ unsure }),
  });
  const root = panel(
    title,
    h("p", { text: offer.text }),
    trouble,
    h("div", { class: "actions" }, offer.possible ? yes : null, no),
  );
  let sending = false;
  let unsure = false; // whether it arrived: then it must not be asked under another token

  async function confirmed() {
    if (sending) return;
    sending = true;
    hold();
    yes.setAttribute("aria-disabled", "true");
    yes.textContent = msg("Sending\u2026");
    no.hidden = true;
    trouble.hidden = true;
    try {
      pressed(token);
      const shown = await send(token);
      const focused = root.contains(document.activeElement);
      root.replaceChildren(h("h3", { text: title }), ...shown);
      if (focused) root.focus();
    } catch (error) {
      const { refused, message } = /** @type {AskError} */ (error);
      unsure = !refused;
      trouble.textContent = message;
      trouble.hidden = false;
      yes.removeAttribute("aria-disabled");
      yes.textContent = label;
      no.hidden = false;
      sending = false;
    }
  }

  return root;
}

/**
 * A part of the side that opens below the buttons.
 *
 * @param {string} title
 * @param {HTMLElement[]} content
 */
export const panel = (title, ...content) =>
  h("section", { class: "panel", tabindex: "-1", "aria-label": title }, h("h3", { text: title }), ...content);

/**
 * Ask for the neighbouring seeds of image `id`. `where(job)` is a link or button to the results.
 *
 * @param {Asked & { id: string, sent: () => void, where: (job: Job) => HTMLElement }} question
 */
export function neighbours({ id, offer, hold, sent, dismiss, where }) {
  return confirmation({
    title: msg("Neighbouring seeds"),
    offer,
    label: msg("Make them"),
    hold,
    dismiss,
    async send(token) {
      /** @type {{ job: Job }} */
      const { job } = await ask(`/api/images/${id}/neighbours`, { body: { token, made: pressedNow() } });
      sent();
      const text = msgN("1 image is on its way.", "{n} images are on their way.", job.runs.length);
      announce(text);
      return [
        h("p", { text: joined(text, msg("You find them on Create.")) }),
        h("div", { class: "actions" }, where(job)),
      ];
    },
  });
}

/**
 * Ask to make image `id` again, follow that, then tell `made(run)` or say why there is none.
 *
 * @param {Asked & { id: string, started: (job: Job) => void, made: (run: Run) => Promise<void> }} question
 */
export function reproduction({ id, offer, hold, dismiss, started, made }) {
  const root = confirmation({
    title: msg("Make it again and compare"),
    offer,
    label: msg("Make it again"),
    hold,
    dismiss,
    async send(token) {
      /** @type {{ job: Job }} */
      const { job } = await ask(`/api/images/${id}/reproduce`, { body: { token, made: pressedNow() } });
      started(job);
      const state = h("p");
      const clock = h("span", { class: "clock" });
      const bar = h("progress", { "aria-label": msg("Making it again") });
      watch(job, state, clock, bar);
      return [h("div", { class: "under-way" }, state, clock), bar];
    },
  });

  /**
   * @param {Job} job
   * @param {HTMLElement} state
   * @param {HTMLElement} clock
   * @param {HTMLElement} bar
   */
  async function watch(job, state, clock, bar) {
    const start = performance.now();
    const timer = setInterval(() => {
      clock.textContent = minutes((performance.now() - start) / 1000);
    }, 250);
    const [run] = await followJob(job, (now) => {
      const text = now.waits_for || (now.state === "queued" ? msg("In line") : msg("Generating"));
      if (state.textContent !== text) announce(text, { about: "again" });
      state.textContent = text;
    });
    clearInterval(timer);
    if (run?.state === "saved") {
      state.textContent = msg("Comparing");
      await made(run);
      return;
    }
    bar.remove();
    clock.remove();
    state.remove();
    const { message = msg("It was stopped. Nothing was sent."), hint = "" } = run?.error ?? {};
    root.append(
      h("p", { class: "field-error", role: "alert" }, h("strong", { text: message }), ` ${hint}`),
      h("div", { class: "actions" }, h("button", { type: "button", text: msg("Close"), onclick: () => dismiss() })),
    );
  }

  return root;
}
