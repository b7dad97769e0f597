// The choice of the page's language: kept for a year, and the page is shown anew in it.
import { LANGUAGE_COOKIE } from "../shared/facts.js";
import { at } from "../shared/place.js";

const KEPT_SECONDS = 365 * 24 * 3600;

/** @param {HTMLElement} header */
export function watchLanguage(header) {
  const choice = /** @type {HTMLSelectElement | null} */ (header.querySelector("select.language"));
  choice?.addEventListener("change", () => {
    const kept = `${LANGUAGE_COOKIE}=${choice.value}; path=${at("/")}; max-age=${KEPT_SECONDS}; samesite=lax`;
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is there over https alone
    document.cookie = kept;
    location.reload();
  });
}
