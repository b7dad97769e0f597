// The choice of the page's language: kept for a year, and the page is shown anew in it. Other tabs
// follow with their next page, also with one that the browser had kept for its back button.
import { LANGUAGE_COOKIE } from "../shared/facts.js";
import { msg, tag } from "../shared/language.js";
import { ROOT } from "../shared/place.js";
import { toast } from "../shared/toast.js";

const KEPT_SECONDS = 365 * 24 * 3600;

/** @param {HTMLElement} header */
export function watchLanguage(header) {
  const choice = /** @type {HTMLSelectElement | null} */ (header.querySelector(".language select"));
  choice?.addEventListener("change", () => {
    const kept = `${LANGUAGE_COOKIE}=${choice.value}; path=${ROOT || "/"}; max-age=${KEPT_SECONDS}; samesite=lax`;
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is there over https alone
    document.cookie = kept;
    if (chosen() === choice.value) return location.reload();
    choice.value = tag;
    toast(msg("This browser keeps no cookies, so the language cannot be changed here."), { urgent: true });
  });
  if (wentBack()) follow();
  addEventListener("pageshow", ({ persisted }) => persisted && follow());
}

/** Show the page anew where another language was chosen since. */
function follow() {
  if (![tag, ""].includes(chosen())) location.reload();
}

/** The tag of the language that was chosen in this browser, "" for none. */
function chosen() {
  const kept = document.cookie.split("; ").find((one) => one.startsWith(`${LANGUAGE_COOKIE}=`));
  return kept?.slice(LANGUAGE_COOKIE.length + 1) ?? "";
}

/** Whether this page may be an older answer; once it has been loaded anew, it is none. */
const wentBack = () =>
  performance.getEntriesByType("navigation").some((one) => "type" in one && one.type === "back_forward");
