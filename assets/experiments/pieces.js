// A prompt in pieces as somebody has cut it, and what becomes of each; kept while the prompt is typed.
import { cut, trimmed } from "./phrases.js";

/**
 * @typedef {object} Piece
 * @property {number} start
 * @property {number} end
 * @property {"drop" | "instead" | "keep"} how
 * @property {string} own what stands instead
 */

class Pieces {
  prompt = "";
  /** Whether somebody moved a cut: else it is cut by itself. */
  moved = false;
  /** @type {Piece[]} */
  list = [];

  /** @param {Piece} piece */
  text = ({ start, end }) => this.prompt.slice(start, end);

  /**
   * Follow the prompt; returns whether it is another. What was said of a phrase is kept with its words,
   * and moved cuts are kept where the prompt did not change.
   *
   * @param {string} prompt
   */
  follow(prompt) {
    if (prompt === this.prompt) return false;
    const [before, former] = [this.prompt, this.list];
    const said = new Map(former.map((piece) => [this.text(piece), piece]));
    const { head, tail } = alike(before, prompt);
    const held = this.moved ? former : [];
    const shift = prompt.length - before.length;
    const first = held.filter((piece) => piece.end < head);
    const last = held.filter((piece) => piece.start > before.length - tail && piece.end > head);
    const from = first.at(-1)?.end ?? 0;
    const to = last.length ? last[0].start + shift : prompt.length;
    this.prompt = prompt;
    const anew = cut(prompt.slice(from, to)).map(({ start, end }) => {
      const { how = "drop", own = "" } = said.get(prompt.slice(from + start, from + end)) ?? {};
      return /** @type {Piece} */ ({ start: from + start, end: from + end, how, own });
    });
    const moved = last.map((piece) => ({ ...piece, start: piece.start + shift, end: piece.end + shift }));
    this.list = [...first, ...anew, ...moved];
    if (!this.list.length) this.moved = false;
    return true;
  }

  /**
   * Cut piece `index` at this place of its text.
   *
   * @param {number} index
   * @param {number} at
   */
  split(index, at) {
    const piece = this.list[index];
    const halves = [
      trimmed(this.prompt, { start: piece.start, end: piece.start + at }),
      trimmed(this.prompt, { start: piece.start + at, end: piece.end }),
    ].filter((span) => span !== null);
    if (halves.length < 2) return;
    this.moved = true;
    this.list.splice(index, 1, { ...piece, ...halves[0] }, { ...piece, ...halves[1], how: "drop", own: "" });
  }

  /**
   * Make one of piece `index` and the next.
   *
   * @param {number} index
   */
  join(index) {
    const [one, next] = [this.list[index], this.list[index + 1]];
    this.moved = true;
    this.list.splice(index, 2, { ...one, end: next.end });
  }

  /** Cut it by itself again. */
  reset() {
    const prompt = this.prompt;
    this.moved = false;
    this.prompt = "";
    this.follow(prompt);
  }

  /**
   * Take a plan's phrases.
   *
   * @param {string} prompt
   * @param {WordsOf} given
   */
  take(prompt, { phrases, keep = [], instead = {} }) {
    this.moved = false;
    this.follow(prompt);
    if (phrases) {
      const spans = placed(prompt, phrases);
      if (!spans) return;
      this.list = spans.map((span) => ({ ...span, how: "drop", own: "" }));
      this.moved = JSON.stringify(spans) !== JSON.stringify(cut(prompt));
    }
    for (const [index, piece] of this.list.entries()) {
      piece.own = instead[index + 1] ?? "";
      piece.how = keep.includes(index + 1) ? "keep" : piece.own ? "instead" : "drop";
    }
  }

  /** @returns {WordsOf} */
  given() {
    const numbered = [...this.list.entries()];
    return {
      phrases: this.list.map(this.text),
      keep: numbered.filter(([, piece]) => piece.how === "keep").map(([index]) => index + 1),
      instead: Object.fromEntries(
        numbered.filter(([, { how }]) => how === "instead").map(([index, { own }]) => [index + 1, own]),
      ),
    };
  }
}

export const makePieces = () => new Pieces();

/**
 * How many letters two texts have in common at their beginning, and at their end.
 *
 * @param {string} one
 * @param {string} other
 */
function alike(one, other) {
  const most = Math.min(one.length, other.length);
  let head = 0;
  while (head < most && one[head] === other[head]) head += 1;
  let tail = 0;
  while (tail < most - head && one.at(-1 - tail) === other.at(-1 - tail)) tail += 1;
  return { head, tail };
}

/**
 * Where these texts stand, one after the other; null where one does not.
 *
 * @param {string} prompt
 * @param {string[]} phrases
 */
function placed(prompt, phrases) {
  const spans = [];
  let from = 0;
  for (const phrase of phrases) {
    const start = phrase ? prompt.indexOf(phrase, from) : -1;
    if (start < 0) return null;
    from = start + phrase.length;
    spans.push({ start, end: from });
  }
  return spans;
}
