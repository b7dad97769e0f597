// How a session ends, each after a question.
import { msg } from "../shared/language.js";
import { askFirst } from "../shared/question.js";

const ENDINGS = {
  next: {
    deed: { do: "next" },
    title: msg("Start with the next group?"),
    text: msg("The stage is empty again and there is a new code. This group\u2019s session is kept."),
    yes: msg("Next group"),
    danger: false,
  },
  anew: {
    deed: { do: "next", keep: false },
    title: msg("Forget this group, and start with the next?"),
    text: msg(
      "This group\u2019s images, words, visitors and rehearsals are deleted for good. What it cost stays counted.",
    ),
    yes: msg("Forget, and next group"),
    danger: true,
  },
  end: {
    deed: { do: "end" },
    title: msg("End the session?"),
    text: msg("Nothing more is made. Its images stay in the gallery, without names of visitors."),
    yes: msg("Keep and end"),
    danger: false,
  },
  forget: {
    deed: { do: "forget" },
    title: msg("Forget the session?"),
    text: msg(
      "Its images, words, visitors and rehearsals are deleted for good. What it cost stays counted. This cannot be undone.",
    ),
    yes: msg("End and forget"),
    danger: true,
  },
};

/** @typedef {keyof typeof ENDINGS} Ending */

/**
 * @param {DeskDeeds} deeds
 * @param {Ending} how
 */
export function askToEnd(deeds, how) {
  const { deed, ...question } = ENDINGS[how];
  askFirst({ ...question, go: () => deeds.session(deed) });
}
