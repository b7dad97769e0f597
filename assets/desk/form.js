// A new session: all is filled in, and what it costs at most stands there before anything begins.
import { announce } from "../shared/announce.js";
import { ask, getJson } from "../shared/ask.js";
import { h } from "../shared/dom.js";
import { PAGES, SESSION_EACH, SESSION_IMAGES, SESSION_IMAGES_MAX } from "../shared/facts.js";
import { msg } from "../shared/language.js";
import { modelOptions } from "../shared/model_options.js";
import { parameterField } from "../shared/parameter_field.js";
import { at } from "../shared/place.js";
import { choices } from "../shared/template.js";
import { write } from "./parts.js";

const PAUSE_MS = 350;
const DRAFT = "playground:draft"; // of create/draft.js
const SUBJECTS = choices(msg("a cat"), msg("a robot"));
const LOOKS = choices(msg("a comic"), msg("an oil painting"));
const EXAMPLE = msg("{subjects} as {looks}", { subjects: SUBJECTS, looks: LOOKS });

/** @param {{ started: (state: DeskState) => void }} page */
export function makeForm({ started }) {
  const root = h("form", { class: "session-form", novalidate: true, autocomplete: "off" });
  build();
  return root;

  async function build() {
    /** @type {ModelInfo[] | null} */
    const models = await getJson("/api/models");
    if (models) draw(models);
    else
      root.replaceChildren(
        h("p", { class: "note", role: "alert", text: msg("The models could not be read.") }),
        h("button", { type: "button", text: msg("Try again"), onclick: build }),
      );
  }

  /** @param {ModelInfo[]} models */
  function draw(models) {
    const model = h("select", { id: "session-model", onchange: switched }, ...modelOptions(models));
    const drafted = draftedModel();
    if (models.some((one) => one.id === drafted)) model.value = drafted;
    const title = h("input", {
      id: "session-title",
      type: "text",
      enterkeyhint: "go",
      maxlength: 120,
      placeholder: msg("Open day"),
      oninput: changed,
    });
    const images = count("session-images", SESSION_IMAGES);
    const each = count("session-per_visitor", SESSION_EACH);
    const approve = tick("session-approve", msg("I approve each text first"));
    const gate = tick("session-gate", msg("I show each picture myself"));
    const menu = h("input", {
      id: "session-menu",
      type: "text",
      enterkeyhint: "go",
      maxlength: 1000,
      placeholder: EXAMPLE,
      oninput: changed,
    });
    const port = h("input", {
      id: "session-port",
      type: "text",
      enterkeyhint: "go",
      inputmode: "numeric",
      size: 6,
      oninput: changed,
    });
    const fields = h("div", { class: "parameters" });
    const more = h(
      "details",
      {},
      h("summary", { text: msg("More settings") }),
      fields,
      field(msg("Port for the phones"), port, msg("Where phones find this computer; empty for the usual one, 7861.")),
    );
    const choices = h(
      "details",
      {},
      h("summary", { text: msg("Choices in place of free texts") }),
      field(
        msg("Choices"),
        menu,
        msg(
          "Put choices in braces, with a line between them: {example}. Phones then show the choices and no text field, so nothing has to be approved.",
          { example: EXAMPLE },
        ),
      ),
    );
    const deal = h("p", { class: "sum" });
    const said = h("p", { class: "field-error", role: "alert", hidden: true });
    const start = h("button", { type: "submit", class: "main", text: msg("Start"), disabled: true });
    root.replaceChildren(
      h(
        "fieldset",
        { class: "sheet" },
        h("legend", { text: msg("A new session") }),
        h("p", {
          class: "note",
          text: msg("People in the room send ideas with their phones, and the projector shows what is made of them."),
        }),
        h(
          "p",
          { class: "note guide" },
          h("a", { href: at(`${PAGES.help}#demo`), text: msg("A demo evening, step by step") }),
        ),
        field(msg("Title"), title, msg("Stands on the projector before the first picture.")),
        h(
          "div",
          { class: "pair" },
          field(msg("Model"), model),
          field(msg("Images in all"), images),
          field(msg("For each person"), each),
        ),
        h("div", { class: "ticks" }, approve.root, gate.root),
        choices,
        more,
        said,
      ),
      h("div", { class: "foot" }, deal, start),
    );
    /** @type {Record<string, string>} */
    const typed = {};
    let timer = 0;
    let question = 0;
    let busy = false;
    switched();

    function switched() {
      const chosen = models.find((one) => one.id === model.value) ?? models[0];
      fields.replaceChildren(
        ...chosen.parameters
          .filter((one) => one.name !== "prompt")
          .map((one) => parameterField(one, { prefix: "session", typed, changed, seed: msg("random") })),
      );
      changed();
    }

    function changed() {
      clearTimeout(timer);
      start.disabled = true;
      timer = setTimeout(look, PAUSE_MS);
    }

    const given = () => {
      const chosen = models.find((one) => one.id === model.value) ?? models[0];
      const values = chosen.parameters.filter(({ name }) => name !== "prompt" && typed[name]?.trim());
      return {
        title: title.value.trim() || title.placeholder,
        model: model.value,
        images: whole(images.value),
        per_visitor: whole(each.value),
        approve: approve.input.checked,
        gate: gate.input.checked,
        menu: menu.value.trim(),
        port: port.value.trim() ? whole(port.value) : null,
        values: Object.fromEntries(values.map(({ name }) => [name, typed[name]])),
      };
    };

    /** Ask what it would cost. */
    async function look() {
      const mine = ++question;
      try {
        /** @type {{ text: string }} */
        const { text } = await ask("/api/session/plan", { body: given() });
        if (mine !== question) return;
        refuse("", "");
        write(deal, text);
        announce(text, { about: "deal", rests: 800 });
        start.disabled = busy;
      } catch (error) {
        if (mine === question) wrong(/** @type {AskError} */ (error));
      }
    }

    root.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (busy || start.disabled) return;
      busy = start.disabled = true;
      try {
        started(await ask("/api/session", { body: given() }));
      } catch (error) {
        wrong(/** @type {AskError} */ (error));
      } finally {
        busy = start.disabled = false;
      }
    });

    /** @param {AskError} error */
    function wrong({ message, refused }) {
      write(deal, "");
      const name = refused?.field ?? "";
      const counted = name === "images" || name === "per_visitor";
      refuse(name, counted ? msg("Enter a whole number from 1 to {most}.", { most: SESSION_IMAGES_MAX }) : message);
    }

    /**
     * @param {string} name of the field that it is about
     * @param {string} message
     */
    function refuse(name, message) {
      for (const input of root.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
      said.hidden = !message;
      write(said, message);
      const input = name ? root.querySelector(`#session-${CSS.escape(name)}`) : null;
      input?.setAttribute("aria-invalid", "true");
      const folded = input?.closest("details");
      if (folded instanceof HTMLDetailsElement) folded.open = true;
    }

    /**
     * @param {string} id
     * @param {number} usual
     */
    function count(id, usual) {
      const input = h("input", {
        id,
        type: "text",
        enterkeyhint: "go",
        inputmode: "numeric",
        size: 5,
        oninput: changed,
      });
      input.value = String(usual);
      return input;
    }

    /**
     * @param {string} id
     * @param {string} text
     */
    function tick(id, text) {
      const input = h("input", { id, type: "checkbox", onchange: changed });
      input.checked = true;
      return { root: h("label", { class: "check" }, input, h("span", { text })), input };
    }
  }
}

/**
 * @param {string} label
 * @param {HTMLElement} input
 */
function field(label, input, hint = "") {
  const note = hint ? h("p", { class: "note", id: `${input.id}-note`, text: hint }) : null;
  if (note) input.setAttribute("aria-describedby", note.id);
  return h("div", { class: "field" }, h("label", { for: input.id, text: label }), input, note);
}

/**
 * A typed number; what is none is sent as it is, and refused.
 *
 * @param {string} text
 */
const whole = (text) => (/^\d{1,9}$/.test(text.trim()) ? Number(text) : text);

/** The model that the Create page has. */
function draftedModel() {
  try {
    return JSON.parse(sessionStorage.getItem(DRAFT) ?? "null")?.model ?? "";
  } catch {
    return "";
  }
}
