// What the gallery shows, as the page's address has it: the names are those of GET /api/images.
import { FILTERS, REPEATED_FILTERS } from "../shared/facts.js";

const MANY = new Set(REPEATED_FILTERS);

/** The part of the address `search` that is a query, in one order, without empty values. */
export function readQuery(search = location.search) {
  const given = new URLSearchParams(search);
  const query = new URLSearchParams();
  for (const name of FILTERS) {
    const values = given.getAll(name).filter((value) => value !== "");
    for (const value of MANY.has(name) ? new Set(values) : values.slice(-1)) query.append(name, value);
  }
  if (query.get("sort") === "newest") query.delete("sort");
  return query;
}

/**
 * `query` with changes: a string or list sets a name, "" and null take it out.
 *
 * @param {URLSearchParams | string} query
 * @param {{ [name: string]: string | string[] | null }} changes
 */
export function withChanges(query, changes) {
  const next = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes)) {
    next.delete(name);
    for (const one of [value ?? ""].flat()) next.append(name, one);
  }
  return readQuery(next.toString());
}

/**
 * Put `query` into the address, as a new step of the history or in place of this one.
 *
 * @param {URLSearchParams} query
 * @param {{ push?: boolean, state?: object | null }} step
 */
export function writeQuery(query, { push = false, state = null } = {}) {
  const others = new URLSearchParams(location.search);
  for (const name of FILTERS) others.delete(name);
  const all = [query.toString(), others.toString()].filter(Boolean).join("&");
  const address = `${location.pathname}${all ? `?${all.replaceAll("%2C", ",")}` : ""}`;
  history[push ? "pushState" : "replaceState"](state, "", address);
}

/**
 * Whether a change of `names` may change what `query` finds, or its order.
 *
 * @param {URLSearchParams} query
 * @param {string[]} names
 */
export function dependsOn(query, names) {
  /** @param {string} name */
  const has = (name) => query.has(name);
  return names.some((name) =>
    name === "starred"
      ? has("starred")
      : name === "rating"
        ? has("rated") || query.get("sort") === "rating"
        : name.includes("tags")
          ? has("tag") || has("q")
          : false,
  );
}

const PLAIN_DAY = /^\d{4}-\d\d-\d\d$/;

/**
 * The first or last moment of a local day YYYY-MM-DD, as the server takes it.
 *
 * @param {string} day
 */
export function dayToMoment(day, { end = false } = {}) {
  if (!PLAIN_DAY.test(day)) return "";
  const moment = new Date(`${day}T${end ? "23:59:59.999" : "00:00:00"}`);
  return Number.isNaN(moment.getTime()) ? "" : moment.toISOString();
}

/**
 * The local day of a moment of the address, "" where it is none.
 *
 * @param {string | null} text
 */
export function momentToDay(text) {
  if (!text || PLAIN_DAY.test(text)) return text ?? "";
  const moment = new Date(text);
  if (Number.isNaN(moment.getTime())) return "";
  /** @param {number} number */
  const two = (number) => String(number).padStart(2, "0");
  return `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
}
