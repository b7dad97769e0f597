// Keyboards of glass. Their Return key is pressed by accident, and has no Shift that one knows of: in
// a text it is a new line, and images are made by the button.

// Not `hover: none` too, nor that nothing finer is there: phones with a pen deny both.
const FINGERS = globalThis.matchMedia?.("(pointer: coarse)");

export const byTouch = () => FINGERS?.matches ?? false;

/**
 * Enter in a field that has nothing to send puts a keyboard of glass away, as its key says.
 *
 * @param {KeyboardEvent & { target: HTMLElement }} event
 */
export function putKeyboardAway(event) {
  if (event.key === "Enter" && byTouch() && !event.isComposing) event.target.blur();
}
