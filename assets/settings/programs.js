// Other programs: keys that let them in, made here, shown once, listed and removed.

import { announce } from "../shared/announce.js";
import { ask, getJson, noAnswer } from "../shared/ask.js";
import { copyButton, h } from "../shared/dom.js";
import { msg } from "../shared/language.js";
import { askFirst } from "../shared/question.js";
import { makeSaying } from "./saying.js";
import { field } from "./setup.js";
import { NO_LOGIN } from "./typed.js";

/** Of the fields, as the server calls them: how they are named here. */
const FIELDS = { name: "key_name", requests_per_day: "key_requests", dollars_per_day: "key_dollars" };

/** @param {Drawn} component */
export async function mount({ element }) {
  const list = h("ul", { class: "keys" });
  const said = h("p", { class: "answer" });
  const made = h("div", { class: "made", role: "group", hidden: true });
  const form = h(
    "form",
    { novalidate: true, autocomplete: "off", id: "programs", "aria-labelledby": "programs-title" },
    h("h3", { id: "programs-title", text: msg("Other programs") }),
    h("p", {
      class: "hint",
      text: msg(
        "Programs that know OpenAI's images or a Stable Diffusion web UI, such as open-webui, LibreChat and SillyTavern, and assistants make images here with a key of their own. They share your gallery, your cache and your limits.",
      ),
    }),
    list,
  );
  const limits = h("div", { class: "limits" });
  const inputs = {
    name: field(form, "input", FIELDS.name, msg("Name of the program"), "", { ...NO_LOGIN, type: "text" }),
    requests_per_day: field(limits, "input", FIELDS.requests_per_day, msg("Requests a day"), "", {
      ...NO_LOGIN,
      inputmode: "numeric",
    }),
    dollars_per_day: field(limits, "input", FIELDS.dollars_per_day, msg("US dollars a day"), "", {
      ...NO_LOGIN,
      inputmode: "decimal",
    }),
  };
  form.append(
    h(
      "fieldset",
      {},
      h("legend", { text: msg("What it may use") }),
      h("p", {
        class: "hint",
        text: msg("Empty is no limit of its own. Your own limits hold for all programs together."),
      }),
      limits,
    ),
    made,
    h("div", { class: "actions" }, h("button", { type: "submit", class: "main", text: msg("Make a key") })),
    said,
  );
  element.append(form);
  const { say, refuse, clear } = makeSaying({ form, said, inputs, about: "programs" });

  let busy = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    make();
  });
  document.addEventListener("playground:back", () => list.childElementCount || show());
  await show();

  async function show() {
    /** @type {ProgramKeys | null} */
    const now = await getJson("/api/keys");
    if (now) fill(now);
    else say(noAnswer(), true);
  }

  /** @param {ProgramKeys} now */
  function fill({ keys }) {
    list.replaceChildren(...keys.map(row));
    list.hidden = !keys.length;
  }

  /** @param {ProgramKey} key */
  function row(key) {
    return h(
      "li",
      {},
      h("div", {}, h("strong", { text: key.name }), h("span", { class: "hint", text: key.text })),
      h("button", {
        type: "button",
        text: msg("Remove"),
        "aria-label": msg("Remove the key of {name}", { name: key.name }),
        onclick: () => remove(key),
      }),
    );
  }

  async function make() {
    if (busy) return;
    busy = true;
    clear();
    made.hidden = true;
    say(msg("Making a key\u2026"));
    const body = Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, input.value]));
    try {
      /** @type {MadeKey} */
      const answer = await ask("/api/keys", { body });
      for (const input of Object.values(inputs)) input.value = "";
      fill(answer);
      tell(answer);
    } catch (error) {
      const { refused, message } = /** @type {AskError} */ (error);
      refused ? refuse(refused) : say(message, true);
    } finally {
      busy = false;
    }
  }

  /** @param {MadeKey} answer */
  function tell({ key, id, keys, base_url, mcp_url, a1111_url }) {
    const name = keys.find((one) => one.id === id)?.name ?? "";
    const title = msg("The key for {name}. It is shown this once: copy it now.", { name });
    const copies = [line(msg("Base URL"), base_url), line(msg("API key"), key)];
    const others = [
      line(msg("For assistants (MCP), with the same key"), mcp_url),
      line(msg("For SillyTavern, as a Stable Diffusion web UI"), a1111_url),
      line(msg("Authentication for SillyTavern"), `playground:${key}`),
    ];
    made.setAttribute("aria-labelledby", "made-title");
    made.replaceChildren(h("p", { id: "made-title", text: title }), ...copies, ...others);
    made.hidden = false;
    say("");
    announce(title, { about: "programs" });
    made.querySelectorAll("button")[copies.length - 1]?.focus();
  }

  /**
   * @param {string} label
   * @param {string} value
   */
  function line(label, value) {
    return h(
      "div",
      { class: "line" },
      h("span", { class: "label", text: label }),
      h("code", { dir: "ltr", text: value }),
      copyButton(msg("Copy"), () => value, { "aria-label": msg("Copy: {what}", { what: label }) }),
    );
  }

  /** @param {ProgramKey} key */
  function remove({ id, name }) {
    askFirst({
      title: msg("Remove the key of {name}?", { name }),
      text: msg("The program gets no more images from here. What it has made stays in the gallery."),
      yes: msg("Remove the key"),
      go: () => ask(`/api/keys/${id}`, { body: { do: "remove" } }),
      done: (/** @type {ProgramKeys} */ answer) => {
        made.hidden = true;
        fill(answer);
        say(msg("The key of {name} is removed.", { name }));
        inputs.name.focus();
      },
    });
  }
}
