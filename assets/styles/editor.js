// One style or preset being written: its fields, what is wrong at them, save and cancel.
import { h } from "../shared/dom.js";
import { msg } from "../shared/language.js";

/**
 * @param {{ title: string, entry: StyleOf, texts: boolean, save: (given: StyleOf) => Promise<{ name: string }>,
 *   done: (kept: { name: string } | null) => void }} how `texts`: whether it has more than a name
 */
export function makeEditor({ title, entry, texts, save, done }) {
  const name = field("input", "name", msg("Name"), entry.name);
  const prompt = field("textarea", "prompt", msg("Around the prompt"), entry.prompt, {
    placeholder: msg("cinematic photo of {prompt}, 35mm film", { prompt: "{prompt}" }),
    hint: msg("{prompt} stands for the prompt; without it the text comes behind the prompt.", { prompt: "{prompt}" }),
  });
  const negative = field("textarea", "negative_prompt", msg("Around the negative prompt"), entry.negative_prompt, {
    hint: msg("Only for models that take a negative prompt."),
  });
  const fields = texts ? [name, prompt, negative] : [name];
  const said = h("p", { class: "field-error", role: "alert", hidden: true });
  let busy = false;
  const root = h(
    "form",
    { class: "sheet editor", novalidate: true, "aria-label": title, onsubmit: submit },
    h("h3", { text: title }),
    ...fields.map((one) => one.root),
    said,
    h(
      "div",
      { class: "actions" },
      h("button", { type: "submit", class: "main", text: msg("Save") }),
      h("button", { type: "button", text: msg("Cancel"), onclick: () => done(null) }),
    ),
  );
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    event.preventDefault();
    done(null);
  });

  /** @param {Event} event */
  async function submit(event) {
    event.preventDefault();
    if (busy) return;
    busy = true;
    for (const one of fields) one.refuse("");
    said.hidden = true;
    try {
      const given = { name: name.input.value, prompt: prompt.input.value, negative_prompt: negative.input.value };
      done(await save(given));
    } catch (error) {
      const { refused, message } = /** @type {AskError} */ (error);
      const wrong = fields.find((one) => one.name === refused?.field);
      if (wrong) {
        wrong.refuse(message);
        wrong.input.focus();
      } else {
        said.textContent = message;
        said.hidden = false;
      }
    } finally {
      busy = false;
    }
  }

  return { root, focus: () => name.input.focus() };
}

/**
 * @param {"input" | "textarea"} tag
 * @param {string} name
 * @param {string} label
 * @param {string} value
 * @param {{ placeholder?: string, hint?: string }} more
 */
function field(tag, name, label, value, { placeholder = "", hint = "" } = {}) {
  const id = `style-${name}`;
  const wrong = h("p", { id: `${id}-error`, class: "field-error", role: "alert", hidden: true });
  const hintId = hint ? `${id}-hint` : null;
  const input = h(tag, {
    id,
    dir: "auto",
    autocomplete: "off",
    placeholder: placeholder || null,
    "aria-describedby": hintId,
    ...(tag === "input" ? { type: "text" } : { rows: 3 }),
  });
  input.value = value;
  const root = h(
    "div",
    { class: "field" },
    h("label", { for: id, text: label }),
    hint ? h("p", { class: "note", id: hintId, text: hint }) : null,
    input,
    wrong,
  );
  return {
    root,
    input,
    name,
    /** @param {string} text */
    refuse(text) {
      wrong.textContent = text;
      wrong.hidden = !text;
      if (text) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
      input.setAttribute("aria-describedby", [hintId, text ? wrong.id : ""].filter(Boolean).join(" "));
    },
  };
}
