// The choice of the page's language: kept for a year, and the page is shown anew in it. Other tabs
// follow with their next page, also with one that the browser had kept for its back button.
import { LANGUAGE_COOKIE } from "../shared/facts.js";
import { msg } from "../shared/language.js";
import { ROOT } from "../shared/place.js";
import { toast } from "../shared/toast.js";

const KEPT_SECONDS = 365 * 24 * 3600;
const TAKES = ["Enter", " ", "Tab"]; // other keys only walk through the choices

/** @param {HTMLElement} header */
export function watchLanguage(header) {
  const choice = /** @type {HTMLSelectElement | null} */ (header.querySelector(".language select"));
  if (!choice) return;
  let walking = false; // by keys, of which each is a change: who wants the third passes the second
  choice.addEventListener("pointerdown", () => {
    walking = false;
  });
  choice.addEventListener("keydown", (event) => {
    walking = !TAKES.includes(event.key);
    if (event.key === "Enter" && take(choice)) event.preventDefault();
  });
  choice.addEventListener("change", () => walking || take(choice));
  choice.addEventListener("blur", () => {
    walking = false;
    take(choice);
  });
  if (take(choice)) return; // somebody quick has chosen already
  if (wentBack()) follow(choice);
  addEventListener("pageshow", ({ persisted }) => persisted && follow(choice));
}

/**
 * The language that the page came in: it is the one that stands selected in its HTML.
 *
 * @param {HTMLSelectElement} choice
 */
const own = (choice) => [...choice.options].find((option) => option.defaultSelected)?.value ?? choice.value;

/**
 * Show the page in what is chosen now; false where it is that already.
 *
 * @param {HTMLSelectElement} choice
 */
function take(choice) {
  if (choice.value === own(choice)) return false;
  const kept = `${LANGUAGE_COOKIE}=${choice.value}; path=${ROOT || "/"}; max-age=${KEPT_SECONDS}; samesite=lax`;
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is there over https alone
  document.cookie = kept;
  if (chosen() === choice.value) location.reload();
  else {
    choice.value = own(choice);
    toast(msg("This browser keeps no cookies, so the language cannot be changed here."), { urgent: true });
  }
  return true;
}

/**
 * Show the page anew where another language was chosen since.
 *
 * @param {HTMLSelectElement} choice
 */
function follow(choice) {
  if (!["", own(choice)].includes(chosen())) location.reload();
}

/** The tag of the language that was chosen in this browser, "" for none. */
function chosen() {
  const kept = document.cookie.split("; ").find((one) => one.startsWith(`${LANGUAGE_COOKIE}=`));
  return kept?.slice(LANGUAGE_COOKIE.length + 1) ?? "";
}

/** Whether this page may be an older answer; once it has been loaded anew, it is none. */
const wentBack = () =>
  performance.getEntriesByType("navigation").some((one) => "type" in one && one.type === "back_forward");
