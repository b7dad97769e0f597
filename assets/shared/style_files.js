// Styles and presets as more than one page has them: files brought in, an order, and a preset in words.
import { asking, noAnswer } from "./ask.js";
import { inRow, joined, msg, tag } from "./language.js";
import { at } from "./place.js";
import { shorten } from "./words.js";

const FILE_MAX_BYTES = 2_000_000; // the server says so itself; this is not to send much more in vain
const order = new Intl.Collator(tag, { numeric: true, sensitivity: "base" });
const PROMPT_CHARS = 80;
/** @type {Record<string, string>} */
const LABELS = { num_steps: msg("Steps"), guidance_scale: msg("Guidance scale"), seed: msg("Seed") };

/**
 * By name, as a reader of the page's language looks for it.
 *
 * @param {{ name: string }} one
 * @param {{ name: string }} other
 */
export const byName = (one, other) => order.compare(one.name, other.name);

/**
 * Whether a file can be one of styles, by its name: what is in it decides.
 *
 * @param {File} file
 */
export const isStyleFile = (file) => /\.(?:csv|json)$/i.test(file.name);

/**
 * Have the styles and presets of a file taken. Throws an error in words.
 *
 * @param {File} file
 * @returns {Promise<TakenFile>}
 */
export async function importStyles(file) {
  if (file.size > FILE_MAX_BYTES) throw new Error(msg("The file is too large: 2 MB fit. Take a part of it."));
  const body = new FormData();
  body.append("file", file);
  let found = null;
  try {
    const answer = await fetch(at("/api/styles/import"), { method: "POST", body, headers: asking() });
    found = await answer.json();
    if (answer.ok) {
      document.dispatchEvent(new CustomEvent("playground:styles"));
      return found;
    }
  } catch {
    // no answer, or the file is gone
  }
  throw new Error(found?.error ? joined(found.error.message, found.error.hint) : (found?.detail ?? noAnswer()));
}

/**
 * What a preset holds, on one line.
 *
 * @param {PresetOf} preset
 */
export function presetWords({ model, values, styles }) {
  const { prompt, negative_prompt: _, width, height, ...rest } = values;
  return inRow(
    [
      prompt ? shorten(String(prompt), PROMPT_CHARS) : "",
      model,
      width && height ? `${width} \u00d7 ${height}` : "",
      ...Object.entries(rest).map(([name, value]) =>
        msg("{name} {value}", { name: LABELS[name] ?? name, value: String(value) }),
      ),
      ...styles,
    ].filter(Boolean),
  );
}
