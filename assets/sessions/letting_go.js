// A session that is deleted or forgotten, after a question.
import { ask } from "../shared/ask.js";
import { msg } from "../shared/language.js";
import { askFirst } from "../shared/question.js";

const QUESTIONS = {
  delete: {
    title: msg("Delete this session?"),
    text: msg("It leaves this list, with its words and votes. Its images stay in the gallery."),
    yes: msg("Delete the session"),
  },
  forget: {
    title: msg("Forget this session?"),
    text: msg(
      "Its images, words, votes and recordings are deleted for good. What it cost stays counted. This cannot be undone.",
    ),
    yes: msg("Forget the session"),
  },
};

/**
 * @param {KeptSession} session
 * @param {"delete" | "forget"} how
 * @param {(left: { sessions: KeptSession[] }) => void} done is given those that are left
 */
export function askToLetGo({ id }, how, done) {
  askFirst({ ...QUESTIONS[how], go: () => ask(`/api/sessions/${id}`, { body: { do: how } }), done });
}
