// The vote of the room: what is chosen among, and how it stands, for the presenter alone while it is open.
import { h } from "../shared/dom.js";
import { joined, msg, msgN } from "../shared/language.js";
import { wonOf } from "../shared/votes.js";
import { sheet, thumbOf, write } from "./parts.js";

/** @param {DeskDeeds} deeds */
export function makeRound(deeds) {
  const list = h("ul", { class: "options" });
  const votes = h("p", { class: "note" });
  const coming = h("p", { class: "note", hidden: true });
  const onward = h("button", {
    type: "button",
    class: "main",
    text: msg("Go on from what won"),
    onclick: () => deeds.session({ do: "onward", vote: !gated }),
  });
  const ways = h("div", { class: "actions" }, onward);
  const { root } = sheet("round", msg("Vote"), list, votes, coming, ways);
  let drawn = "";
  let gated = true; // the presenter shows each picture first
  return {
    root,
    /** @param {DeskState} now */
    tell({ round, variants, wishes, gate }) {
      gated = gate;
      onward.title = gated
        ? msg("The neighbouring seeds are made. Show them, then press V for the next vote.")
        : msg("The neighbouring seeds are made, and the room votes again.");
      const made = wishes.filter(({ id, picture }) => picture && variants?.wishes.includes(id)).length;
      const waits = variants?.vote === true;
      root.hidden = !round && !waits;
      coming.hidden = !waits;
      if (variants)
        write(
          coming,
          joined(
            msgN("{made} of 1 variant is made.", "{made} of {n} variants are made.", variants.wishes.length, { made }),
            msg("Then the vote begins."),
            variants.note,
          ),
        );
      const hoped = wishes.some(
        ({ id, state }) => variants?.wishes.includes(id) && state !== "failed" && state !== "doubt",
      );
      ways.hidden = !round?.winner || (variants?.of === round.winner && hoped);
      const told = JSON.stringify(round);
      if (!round || told === drawn) return;
      drawn = told;
      write(
        votes,
        round.open
          ? msgN(
              "Open: 1 vote so far. Only you see how it stands.",
              "Open: {n} votes so far. Only you see how it stands.",
              round.votes,
            )
          : msgN("Closed: 1 vote.", "Closed: {n} votes.", round.votes),
      );
      const won = wonOf(round.options, round.totals, round.winner);
      const first = round.options.find(({ id }) => id === round.winner);
      const among = won.filter(Boolean).length > 1 ? ` (${first?.letter})` : ""; // of equal ones
      write(onward, `${msg("Go on from what won")}${among}`);
      list.replaceChildren(
        ...round.options.map((option, index) =>
          h(
            "li",
            { dataset: { won: won[index] } },
            h("b", { class: "letter", text: option.letter }),
            h("img", { class: "thumb", alt: "", src: thumbOf(option) }),
            h("bdi", { text: option.prompt }),
            h("span", { class: "total", text: msgN("1 vote", "{n} votes", round.totals?.[index] ?? 0) }),
            won[index] ? h("span", { class: "badge", text: msg("Won") }) : null,
          ),
        ),
      );
    },
  };
}
