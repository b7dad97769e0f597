// All sessions of the data folder, the newest first: what came of each, and what can be done with it.
import { announce } from "../shared/announce.js";
import { ask, getJson } from "../shared/ask.js";
import { h } from "../shared/dom.js";
import { PAGES, SESSIONS_PAGE } from "../shared/facts.js";
import { msg, msgN, region } from "../shared/language.js";
import { at } from "../shared/place.js";
import { toast } from "../shared/toast.js";
import { dollars, images } from "../shared/words.js";
import { askToLetGo } from "./letting_go.js";

export function makeList() {
  const note = h("p", { class: "note" });
  const list = h("ul", { class: "rows" });
  /** @type {Set<string>} */
  const kept = new Set(); // the sessions that are rehearsals, too

  /** @param {KeptSession[]} sessions */
  function draw(sessions) {
    note.textContent = sessions.length ? "" : msg("No session was held yet.");
    list.replaceChildren(...sessions.map((one) => row(one, kept, taken)));
  }

  /** @param {{ sessions: KeptSession[] }} left */
  function taken({ sessions }) {
    draw(sessions);
    announce(msg("The session is gone from the list."));
  }

  start();
  return [note, list];

  async function start() {
    const rehearsals = getJson("/api/demos");
    try {
      const { sessions } = /** @type {{ sessions: KeptSession[] }} */ (await ask("/api/sessions"));
      const listed = /** @type {{ demos: Rehearsal[] } | null} */ (await rehearsals);
      for (const { session } of listed?.demos ?? []) kept.add(session);
      draw(sessions);
    } catch (error) {
      note.textContent = /** @type {Error} */ (error).message;
    }
  }
}

/**
 * @param {KeptSession} session
 * @param {Set<string>} kept
 * @param {(left: { sessions: KeptSession[] }) => void} done
 */
function row(session, kept, done) {
  const { id, title, started, ended, visitors, spent_usd } = session;
  const day = new Date(started).toLocaleString(region, { dateStyle: "medium", timeStyle: "short" });
  const facts = [
    title ? day : "",
    images(session.images),
    visitors ? msgN("1 person took part", "{n} people took part", visitors) : "",
    spent_usd ? msg("{price} spent", { price: dollars(spent_usd) }) : "",
    ended ? "" : msg("under way"),
  ];
  /** @param {"delete" | "forget"} how */
  const letGo = (how) => () => askToLetGo(session, how, done);
  return h(
    "li",
    {},
    h(
      "div",
      { class: "words" },
      h("strong", { dir: "auto", text: title || day }),
      h("p", { class: "what", text: facts.filter(Boolean).join(" \u00b7 ") }),
    ),
    h(
      "div",
      { class: "actions" },
      session.images ? h("a", { href: at(`${PAGES.gallery}?session=${id}`), text: msg("Its images") }) : null,
      session.images
        ? h("a", { href: at(`${SESSIONS_PAGE}?session=${id}`), text: msg("The way of its picture") })
        : null,
      ended && session.images ? keepButton(id, kept) : null,
      ended ? h("button", { type: "button", text: msg("Delete\u2026"), onclick: letGo("delete") }) : null,
      ended ? h("button", { type: "button", text: msg("Forget\u2026"), onclick: letGo("forget") }) : null,
    ),
  );
}

/**
 * @param {string} session
 * @param {Set<string>} kept
 */
function keepButton(session, kept) {
  const button = h("button", { type: "button", onclick: keep });
  tell();
  return button;

  function tell() {
    button.disabled = kept.has(session);
    button.textContent = button.disabled ? msg("Kept as a rehearsal") : msg("Keep as a rehearsal");
  }

  async function keep() {
    button.disabled = true;
    try {
      await ask("/api/demos", { body: { session } });
      kept.add(session);
      tell();
      announce(msg("It can be played on the Demo session page."));
    } catch (error) {
      button.disabled = false;
      toast(/** @type {Error} */ (error).message, { urgent: true });
    }
  }
}
