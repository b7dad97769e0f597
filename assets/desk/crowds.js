// Many ideas from one address stand at the end of the line as one row, and go with one press.
import { h } from "../shared/dom.js";
import { keyedList } from "../shared/keyed.js";
import { msg, msgN } from "../shared/language.js";
import { write } from "./parts.js";
import { waitingRow } from "./rows.js";

/** @typedef {{ id: string, group: number, wishes: number, few: DeskWish[] }} Crowd */

/**
 * @param {DeskDeeds} deeds
 * @param {(row: HTMLElement | null) => void} next gets the focus where a row goes
 */
export function makeCrowds(deeds, next) {
  const list = h("ul", { class: "crowds", "aria-label": msg("Many ideas from one address") });
  const rows = keyedList(list, (/** @type {Crowd} */ crowd) => crowdRow(crowd, deeds), next);
  return {
    root: list,
    /** @param {DeskState} now */
    tell({ groups, wishes }) {
      rows(
        groups.map((one) => ({
          ...one,
          id: String(one.group),
          few: wishes.filter((wish) => wish.group === one.group && wish.state === "waiting"),
        })),
      );
      list.hidden = !groups.length;
    },
  };
}

/**
 * @param {Crowd} first
 * @param {DeskDeeds} deeds
 */
function crowdRow({ group }, deeds) {
  const many = h("p", { class: "words" });
  const more = h("p", { class: "note" });
  const list = h("ul", { class: "rows" });
  const refuse = h("button", { type: "button", onclick: () => deeds.session({ do: "refuse_all", group }) });
  const few = keyedList(list, (/** @type {DeskWish} */ wish) => waitingRow(wish, deeds));
  const look = h("details", {}, h("summary", { text: msg("Look through them") }), list, more);
  const root = h("li", { class: "crowd" }, many, h("div", { class: "actions" }, refuse), look);
  return {
    root,
    /** @param {Crowd} now */
    update(now) {
      write(many, msgN("1 idea came from one address", "{n} ideas came from one address", now.wishes));
      write(refuse, msgN("Refuse it", "Refuse all {n} from there", now.wishes));
      few(now.few);
      look.hidden = !now.few.length;
      const rest = now.wishes - now.few.length;
      more.hidden = rest < 1;
      write(more, msgN("1 more waits.", "{n} more wait.", rest));
    },
  };
}
