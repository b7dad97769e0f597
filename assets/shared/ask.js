// Questions to our own server, and why one got no answer.
import { loggedOut } from "./connection.js";
import { TOKEN_BYTES } from "./facts.js";
import { joined, msg, tag } from "./language.js";
import { at } from "./place.js";
import { hearClock } from "./press.js";

/** Why a question to our own routes got no usable answer. */
export const noAnswer = () =>
  loggedOut() ? msg("You are logged out.") : msg("The program does not answer. Is it still running?");

/** What every question says of itself: its answer is JSON, in the page's language. */
export const asking = () => ({ Accept: "application/json", "Accept-Language": tag });

/**
 * Ask our own routes; `body` makes it a POST, `keepalive` one that goes on when the page is left
 * (browsers take 64 KB). Throws an AskError, whose message is for the person.
 *
 * @param {string} path
 * @param {{ body?: object | null, signal?: AbortSignal | null, keepalive?: boolean }} options
 * @returns {Promise<any>} what the route is documented to answer: callers name its shape
 */
export async function ask(path, { body = null, signal = null, keepalive = false } = {}) {
  /** @type {RequestInit} */
  const options = { headers: asking(), signal, keepalive };
  if (body) {
    const headers = { ...asking(), "Content-Type": "application/json" };
    Object.assign(options, { method: "POST", body: JSON.stringify(body), headers });
  }
  let answer;
  let content = null;
  try {
    answer = await fetch(at(path), options);
    hearClock(answer);
    content = await answer.json();
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
  }
  if (answer?.ok && content) return content;
  const { message, hint } = content?.error ?? {};
  if (message) throw Object.assign(new Error(joined(message, hint)), { refused: content.error });
  throw new Error(answer && answer.status !== 401 ? (content?.detail ?? noAnswer()) : noAnswer());
}

/**
 * Get JSON from our own routes; null when it fails, which the caller puts into words.
 *
 * @param {string} path
 */
export const getJson = (path) => ask(path).catch(() => null);

/** A name for one click: sent twice, it is still one job. */
export const newToken = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(TOKEN_BYTES)), (byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );
