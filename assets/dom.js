// Small things that all scripts share: building elements, copying text, words for numbers.
// Whatever comes from users or the platform goes through textContent, never through innerHTML.

/** Build an element. `props` sets attributes; `text`, `on*` handlers and `dataset` are special. */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "text") node.textContent = value;
    else if (name === "dataset") Object.assign(node.dataset, value);
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export const seconds = (value) =>
  value < 1 ? `${value.toFixed(2)} s` : value < 60 ? `${value.toFixed(1)} s` : minutes(value);

/** Elapsed time, for a number that ticks: 7 s, 1 min 5 s. */
export const minutes = (value) =>
  value < 60 ? `${Math.floor(value)} s` : `${Math.floor(value / 60)} min ${Math.floor(value % 60)} s`;

/** The time of day, with the date unless it is today's (or `full` asks for it). */
export function when(iso, full = false) {
  const moment = new Date(iso);
  const today = moment.toDateString() === new Date().toDateString();
  const time = moment.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  if (today && !full) return time;
  return `${moment.toLocaleDateString([], { year: "numeric", month: "short", day: "numeric" })}, ${time}`;
}

export const shorten = (text, length = 140) =>
  text.length <= length ? text : `${text.slice(0, length - 1).trimEnd()}\u2026`;

export const images = (count) => (count === 1 ? "1 image" : `${count.toLocaleString()} images`);

/** Copy text; over plain http on a LAN there is no clipboard API, hence the second way. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = h("textarea", { "aria-hidden": "true", class: "off-screen" });
    field.value = text;
    const focused = document.activeElement;
    (document.querySelector("dialog[open]") ?? document.body).append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    focused?.focus();
    return done;
  }
}

/** A button that copies and says so for a moment. `text` is called at the click. */
export function copyButton(label, text, props = {}) {
  let timer;
  return h("button", {
    type: "button",
    text: label,
    ...props,
    onclick: async (event) => {
      const button = event.currentTarget;
      button.textContent = (await copy(text())) ? "Copied" : "Could not copy";
      clearTimeout(timer);
      timer = setTimeout(() => (button.textContent = label), 1600);
    },
  });
}

/** Whether the last answer was that one has to log in again; the header says so (header.js). */
export const loggedOut = () => document.querySelector(".notice.logged-out") !== null;

/** Why a question to our own routes got no usable answer. */
export const noAnswer = () => (loggedOut() ? "You are logged out." : "The program does not answer. Is it still running?");

/**
 * Ask our own routes; `body` makes it a POST, `keepalive` one that goes on when the page is left
 * (browsers take 64 KB). Throws an Error whose message is for the person.
 */
export async function ask(path, { body = null, signal = null, keepalive = false } = {}) {
  const options = { headers: { Accept: "application/json" }, signal, keepalive };
  if (body) Object.assign(options, { method: "POST", body: JSON.stringify(body) });
  if (body) options.headers["Content-Type"] = "application/json";
  let answer;
  let content = null;
  try {
    answer = await fetch(path, options);
    content = await answer.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
  }
  if (answer?.ok && content) return content;
  const { message, hint } = content?.error ?? {};
  if (message) throw Object.assign(new Error(hint ? `${message} ${hint}` : message), { refused: content.error });
  throw new Error(answer && answer.status !== 401 ? content?.detail ?? noAnswer() : noAnswer());
}

/** Get JSON from our own routes; null when it fails, which the caller puts into words. */
export const getJson = (path) => ask(path).catch(() => null);

/** A name for one click: sent twice, it is still one job. */
export const newToken = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
