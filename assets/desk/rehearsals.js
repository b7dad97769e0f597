// Sessions that are kept as rehearsals: played again without any network, or continued from when the
// platform does not answer.
import { announce } from "../shared/announce.js";
import { ask, getJson } from "../shared/ask.js";
import { h } from "../shared/dom.js";
import { msg, msgN } from "../shared/language.js";
import { askFirst } from "../shared/question.js";
import { toast } from "../shared/toast.js";
import { images, minutes } from "../shared/words.js";

const LONGEST_S = 20; // until people were let in, an evening waits for minutes

/** @typedef {ReturnType<typeof makeRehearsals>} Rehearsals */
/** @typedef {{ demos: Rehearsal[], kept?: string | null }} Listed */

export function makeRehearsals() {
  const list = h("ul", { class: "rows" });
  const root = h(
    "section",
    { class: "sheet rehearsals", "aria-labelledby": "desk-rehearsals", hidden: true },
    h("h3", { id: "desk-rehearsals", tabindex: -1, text: msg("Rehearsals") }),
    h("p", {
      class: "note",
      text: msg("They play without any network, marked as recorded. No wait takes longer than {seconds} seconds.", {
        seconds: LONGEST_S,
      }),
    }),
    list,
  );

  let kept = new Set(); // the sessions that they were kept of

  return { root, refresh, keep, isKept, stop, askToContinue };

  /** @param {string} session */
  function isKept(session) {
    return kept.has(session);
  }

  /** @param {Listed} listed */
  function draw({ demos }) {
    kept = new Set(demos.map(({ session }) => session));
    root.dispatchEvent(new Event("listed"));
    root.hidden = !demos.length;
    list.replaceChildren(...demos.map(row));
  }

  async function refresh() {
    const listed = /** @type {Listed | null} */ (await getJson("/api/demos"));
    if (listed) draw(listed);
  }

  /**
   * Ask, and show the list that comes of it. Returns whether it was done; where not, that is told.
   *
   * @param {() => Promise<Listed>} question
   */
  async function told(question) {
    try {
      draw(await question());
      return true;
    } catch (error) {
      toast(/** @type {Error} */ (error).message, { urgent: true });
      return false;
    }
  }

  /**
   * @param {string} name
   * @param {"play" | "stop" | "delete"} what
   */
  function act(name, what) {
    const body = what === "play" ? { do: what, longest_s: LONGEST_S } : { do: what };
    return told(() => ask(`/api/demos/${name}`, { body }));
  }

  /** @param {string} session */
  async function keep(session) {
    const kept = await told(() => ask("/api/demos", { body: { session } }));
    if (kept) announce(msg("Kept as a rehearsal"));
    return kept;
  }

  /** End what is played: what was there before is there again. */
  async function stop() {
    const listed = /** @type {Listed | null} */ (await getJson("/api/demos"));
    const played = listed?.demos.find((one) => one.playing) ?? listed?.demos[0];
    if (played) await act(played.name, "stop");
  }

  /** @param {Rehearsal} one */
  function row(one) {
    const { name, title, recorded_on, seconds, missing } = one;
    const facts = [
      recorded_on,
      images(one.images),
      minutes(seconds),
      missing ? msgN("1 image is missing", "{n} images are missing", missing) : "",
    ];
    return h(
      "li",
      {},
      h("strong", { dir: "auto", text: title }),
      h("p", { class: "note", text: facts.filter(Boolean).join(" \u00b7 ") }),
      h(
        "div",
        { class: "actions" },
        h("button", {
          type: "button",
          text: msg("Play"),
          "aria-label": msg("Play {title}", { title }),
          onclick: () => act(name, "play"),
        }),
        h("button", {
          type: "button",
          class: "no",
          text: msg("Delete\u2026"),
          "aria-label": msg("Delete {title}", { title }),
          onclick: () => askToDelete(one),
        }),
      ),
    );
  }

  /** @param {Rehearsal} one */
  function askToDelete({ name, title }) {
    askFirst({
      title: msg("Delete this rehearsal?"),
      text: msg("\u201c{title}\u201d can no longer be played. The session that it was kept of stays.", { title }),
      yes: msg("Delete the rehearsal"),
      go: () => act(name, "delete"),
      done: () => announce(msg("The rehearsal is deleted.")),
    });
  }
}

/**
 * Have a rehearsal, the newest unless another is chosen, stand in for the platform.
 *
 * @param {DeskDeeds} deeds
 */
async function askToContinue(deeds) {
  const listed = /** @type {Listed | null} */ (await getJson("/api/demos"));
  const demos = listed?.demos ?? [];
  if (!demos.length)
    return void toast(msg("There is no rehearsal yet. When a session has ended, you can keep it as one."));
  const named = (/** @type {Rehearsal} */ { title, recorded_on }) => `${title} \u00b7 ${recorded_on}`;
  const which = h(
    "select",
    { id: "rehearsal" },
    ...demos.map((one) => h("option", { value: one.name, text: named(one) })),
  );
  askFirst({
    title: msg("Continue from the rehearsal?"),
    text: msg("What was rehearsed is answered from it, marked as recorded. Other ideas wait."),
    more:
      demos.length > 1
        ? h("div", { class: "field" }, h("label", { for: which.id, text: msg("Rehearsal") }), which)
        : h("p", { class: "what", dir: "auto", text: named(demos[0]) }),
    yes: msg("Continue"),
    danger: false,
    go: () => deeds.session({ do: "rehearse", on: true, demo: which.value }),
  });
}
