// A question before what cannot be undone, or ends something.
import { h } from "./dom.js";
import { msg } from "./language.js";

/**
 * Ask; `yes` is the button that has `go()` called. The question stays until that is done and tells
 * what went wrong, or says nothing where `go` resolves to false: it told so itself. Then
 * `done(answer)` is called. `more` stands below its text.
 *
 * @template T
 * @param {{
 *   title: string,
 *   text: string,
 *   yes: string,
 *   go: () => Promise<T>,
 *   done?: (answer: T) => unknown,
 *   more?: HTMLElement | null,
 *   danger?: boolean,
 * }} question
 */
export function askFirst({ title, text, yes, go, done, more = null, danger = true }) {
  let going = false;
  const said = h("p", { class: "field-error", role: "alert", hidden: true });
  /** @type {HTMLDialogElement} */
  const dialog = h(
    "dialog",
    {
      class: "small-dialog",
      role: "alertdialog",
      "aria-labelledby": "question-title",
      "aria-describedby": "question-text",
      onclose: () => dialog.remove(),
    },
    h("h3", { id: "question-title", text: title }),
    h("p", { id: "question-text", text }),
    more,
    said,
    h(
      "div",
      { class: "answers" },
      h("button", { type: "button", text: msg("Cancel"), onclick: () => dialog.close() }),
      h("button", { type: "button", class: danger ? "main danger" : "main", text: yes, onclick: pressed }),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();

  async function pressed() {
    if (going) return; // a second press means the same
    going = true;
    said.hidden = true;
    try {
      const answer = await go();
      if (answer === false) return;
      dialog.close();
      done?.(answer);
    } catch (error) {
      said.textContent = /** @type {Error} */ (error).message;
      said.hidden = false;
    } finally {
      going = false;
    }
  }
}
