// Which Enter is meant.

/**
 * Whether Enter was pressed by itself: not to end a composition, as for Chinese or Japanese, and not
 * held down. Safari tells of that Enter after the composition's end, when `isComposing` is false
 * again, as a key without a place, 229 (WebKit bug 165004; UI Events, 4.3.3).
 *
 * @param {KeyboardEvent} event
 */
export const meansEnter = (event) =>
  event.key === "Enter" && !event.isComposing && event.keyCode !== 229 && !event.repeat;
