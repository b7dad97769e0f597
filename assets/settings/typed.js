// What a person has entered, told apart from what a browser or a password manager filled in.

/** Attributes of a field that is no login, for browsers and the managers that read them. */
export const NO_LOGIN = {
  autocomplete: "off",
  autocapitalize: "none",
  autocorrect: "off",
  spellcheck: "false",
  "data-1p-ignore": "",
  "data-bwignore": "true",
  "data-lpignore": "true",
  "data-protonpass-ignore": "true",
  "data-form-type": "other",
};

/**
 * Whether an event of the field comes from a person's own typing, pasting or dropping.
 *
 * Whatever fills a field in sends an event without a kind, or one that no hand made; Firefox calls
 * its own filling a replacement. Source: Input Events Level 2, 5.1.2; InputEvent.inputType.
 *
 * @param {Event} event
 */
const byHand = (event) =>
  event.isTrusted &&
  event instanceof InputEvent &&
  Boolean(event.inputType) &&
  event.inputType !== "insertReplacementText";

/**
 * Keep `fields` to what a person enters: anything else is put back to what it was at once, and
 * `filled()` is called. Returns a function that does the same for what came without an event.
 *
 * @param {(HTMLInputElement | HTMLTextAreaElement)[]} fields
 * @param {() => void} filled
 */
export function keepTyped(fields, filled) {
  const meant = new Map(fields.map((field) => [field, field.value]));
  for (const field of fields) {
    for (const name of ["input", "change"]) {
      field.addEventListener(name, (event) => {
        if (name === "input" && byHand(event)) meant.set(field, field.value);
        else putBack(field);
      });
    }
  }

  /** @param {HTMLInputElement | HTMLTextAreaElement} field */
  function putBack(field) {
    const value = meant.get(field) ?? "";
    if (field.value === value) return;
    field.value = value;
    filled();
  }

  return {
    /** Put back what came without an event. */
    check: () => fields.forEach(putBack),
    /**
     * Our own script sets a field.
     *
     * @param {HTMLInputElement | HTMLTextAreaElement} field
     * @param {string} value
     */
    set(field, value) {
      field.value = value;
      meant.set(field, value);
    },
  };
}
