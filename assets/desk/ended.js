// What is left of a session that has ended; below it the next one is planned.
import { h } from "../shared/dom.js";
import { PAGES, SESSIONS_PAGE } from "../shared/facts.js";
import { msg, msgN } from "../shared/language.js";
import { at } from "../shared/place.js";
import { dollars, images } from "../shared/words.js";
import { askToEnd } from "./ending.js";
import { write } from "./parts.js";

/**
 * @param {DeskDeeds} deeds
 * @param {import("./rehearsals.js").Rehearsals} rehearsals
 * @returns {import("./desk.js").View}
 */
export function makeEnded(deeds, rehearsals) {
  const told = h("p", { class: "note" });
  const link = h("a", { text: msg("Its images in the gallery") });
  const way = h("a", { text: msg("The way of its picture") });
  const keep = h("button", { type: "button", text: msg("Keep as a rehearsal") });
  const forget = h("button", {
    type: "button",
    text: msg("Forget it\u2026"),
    onclick: () => askToEnd(deeds, "forget"),
  });
  const stop = h("button", { type: "button", class: "main", text: msg("Close it"), onclick: rehearsals.stop });
  const title = h("h3", { id: "desk-ended", tabindex: -1 });
  let session = "";
  let keeping = false;
  keep.addEventListener("click", async () => {
    keeping = true;
    tellKept();
    await rehearsals.keep(session);
    keeping = false;
    tellKept();
  });
  rehearsals.root.addEventListener("listed", tellKept);
  const root = h(
    "section",
    { class: "sheet ended", "aria-labelledby": "desk-ended" },
    title,
    told,
    h("div", { class: "actions" }, link, way, keep, forget, stop),
  );
  return {
    root,
    /** @param {DeskState} now */
    tell({ id, used, visitors, spent_usd, played }) {
      session = id;
      write(title, played ? msg("The recording is over") : msg("The session has ended"));
      for (const part of [link, keep, forget]) part.hidden = played;
      stop.hidden = !played;
      told.hidden = played;
      way.href = at(`${SESSIONS_PAGE}?session=${id}`);
      way.hidden = played || !used;
      if (!used) keep.hidden = true;
      tellKept();
      link.href = at(`${PAGES.gallery}?session=${id}`);
      write(
        told,
        [
          images(used),
          visitors ? msgN("1 person took part", "{n} people took part", visitors) : "",
          spent_usd ? msg("{price} spent", { price: dollars(spent_usd) }) : "",
        ]
          .filter(Boolean)
          .join(" \u00b7 "),
      );
    },
    close() {
      rehearsals.root.removeEventListener("listed", tellKept);
    },
  };

  function tellKept() {
    const kept = rehearsals.isKept(session);
    keep.disabled = kept || keeping;
    write(keep, kept ? msg("Kept as a rehearsal") : msg("Keep as a rehearsal"));
  }
}
