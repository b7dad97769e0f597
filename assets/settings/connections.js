// Further connections: listed, tested, added, changed and removed. A key comes back never.

import { ask, getJson, noAnswer } from "../shared/ask.js";
import { h } from "../shared/dom.js";
import { PAGES } from "../shared/facts.js";
import { joined, msg } from "../shared/language.js";
import { at } from "../shared/place.js";
import { askFirst } from "../shared/question.js";
import { makeSaying } from "./saying.js";
import { field } from "./setup.js";
import { NO_LOGIN } from "./typed.js";

const CODE = { ...NO_LOGIN, dir: "ltr" };

const SAVED = msg("Saved.");

/** Of the fields, as the server calls them: how they are named here. */
const FIELDS = {
  kind: "connection_kind",
  name: "connection_name",
  api_url: "connection_url",
  key: "connection_key",
  requests_per_minute: "connection_minute",
  requests_per_day: "connection_day",
  dollars_per_day: "connection_dollars",
  price_usd: "connection_price",
};

/** @param {Drawn} component */
export async function mount({ element }) {
  const list = h("ul", { class: "keys" });
  const said = h("p", { class: "answer" });
  const title = h("p", { class: "part", id: "connections-what" });
  const form = h(
    "form",
    { novalidate: true, autocomplete: "off", id: "connections", "aria-labelledby": "connections-title" },
    h("h3", { id: "connections-title", text: msg("More connections") }),
    h("p", {
      class: "hint",
      text: msg(
        "A Stable Diffusion server of your own, or another cloud, beside the one above. Its models stand in the form under its name.",
      ),
    }),
    h(
      "p",
      { class: "hint guide" },
      h("a", { href: at(`${PAGES.help}#own-gpu`), text: msg("Your own graphics card, step by step") }),
    ),
    list,
    title,
  );
  const limits = h("div", { class: "limits" });
  const kind = field(form, "select", FIELDS.kind, msg("Kind"), "");
  const name = field(form, "input", FIELDS.name, msg("Name of the connection"), msg("Short, like home-gpu."), {
    ...CODE,
    type: "text",
  });
  const url = field(form, "input", FIELDS.api_url, msg("Address"), msg("Empty takes the usual one."), {
    ...CODE,
    type: "text",
    inputmode: "url",
  });
  const lan = h("input", { type: "checkbox", id: "setup-connection_lan" });
  const overLan = h(
    "label",
    { class: "check" },
    lan,
    h("span", { text: msg("Plain http in my own network; no key is sent there") }),
  );
  form.append(overLan);
  const key = field(form, "input", FIELDS.key, msg("API key"), msg("It stays on this computer."), {
    ...CODE,
    type: "password",
    autocomplete: "new-password",
  });
  const number = (/** @type {string} */ id, /** @type {string} */ label, /** @type {string} */ inputmode) =>
    field(limits, "input", id, label, "", { ...NO_LOGIN, inputmode });
  const inputs = {
    kind,
    name,
    api_url: url,
    key,
    requests_per_minute: number(FIELDS.requests_per_minute, msg("Requests a minute"), "numeric"),
    requests_per_day: number(FIELDS.requests_per_day, msg("Requests a day"), "numeric"),
    dollars_per_day: number(FIELDS.dollars_per_day, msg("US dollars a day"), "decimal"),
    price_usd: number(FIELDS.price_usd, msg("US dollars an image"), "decimal"),
  };
  const test = h("button", { type: "button", text: msg("Test"), onclick: () => send("test") });
  const save = h("button", { type: "submit", class: "main" });
  const cancel = h("button", { type: "button", text: msg("Cancel"), onclick: () => edit(null) });
  form.append(
    h(
      "fieldset",
      {},
      h("legend", { text: msg("Its limits and its price") }),
      h("p", { class: "hint", text: msg("Empty is no limit, and the listed price.") }),
      limits,
    ),
    h("div", { class: "actions" }, test, save, cancel),
    said,
  );
  element.append(form);
  const { say, refuse, clear } = makeSaying({ form, said, inputs, about: "connections" });

  /** @type {ConnectionKind[]} */
  let kinds = [];
  /** @type {FurtherConnection | null} */
  let edited = null; // null: a new one is being entered
  let busy = false;

  kind.addEventListener("change", suit);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(edited ? "change" : "add");
  });
  document.addEventListener("playground:back", () => kinds.length || show());
  edit(null);
  await show();

  async function show() {
    /** @type {FurtherConnections | null} */
    const now = await getJson("/api/connections");
    if (now) fill(now);
    else say(noAnswer(), true);
  }

  /** @param {FurtherConnections} now */
  function fill(now) {
    list.replaceChildren(...now.connections.map(row));
    list.hidden = !now.connections.length;
    if (kinds.length) return;
    kinds = now.kinds;
    kind.replaceChildren(...kinds.map((one) => h("option", { value: one.name, text: one.label })));
    kind.value = kinds.find((one) => one.local)?.name ?? kinds[0].name;
    suit();
  }

  /** @param {FurtherConnection} one */
  function row(one) {
    const button = (/** @type {string} */ text, /** @type {string} */ label, /** @type {() => void} */ onclick) =>
      h("button", { type: "button", text, "aria-label": label, onclick });
    return h(
      "li",
      {},
      h(
        "div",
        {},
        h("strong", { dir: "ltr", text: one.name }),
        h("span", { class: "hint", text: `${one.label} \u00b7 ${one.api_url}` }),
        h("span", { class: "hint", dataset: { ok: String(one.ok) }, text: one.text }),
      ),
      h(
        "div",
        { class: "both" },
        button(msg("Change"), msg("Change {name}", { name: one.name }), () => edit(one)),
        button(msg("Remove"), msg("Remove {name}", { name: one.name }), () => remove(one)),
      ),
    );
  }

  /** Show what a connection of the chosen kind asks for. */
  function suit() {
    const chosen = kinds.find((one) => one.name === kind.value);
    url.placeholder = chosen?.api_url ?? "";
    key.placeholder = edited?.has_key ? msg("A key is saved; empty keeps it") : (chosen?.key_example ?? "");
    const block = key.closest(".field");
    if (block instanceof HTMLElement) block.hidden = chosen?.takes_key === false;
    overLan.hidden = !chosen?.local;
  }

  /** @param {FurtherConnection | null} one */
  function edit(one) {
    clear();
    say("");
    edited = one;
    for (const input of Object.values(inputs)) if (input !== kind) input.value = "";
    title.textContent = one ? msg("Change {name}", { name: one.name }) : msg("Add a connection");
    save.textContent = one ? msg("Save the connection") : msg("Add");
    cancel.hidden = !one;
    name.disabled = kind.disabled = Boolean(one);
    lan.checked = one?.lan ?? false;
    if (one) {
      kind.value = one.kind;
      name.value = one.name;
      url.value = one.api_url;
      for (const limit of LIMITS) inputs[limit].value = one[limit];
    }
    suit();
    if (one) {
      title.scrollIntoView({ block: "nearest" });
      url.focus();
    }
  }

  /** @param {"add" | "change" | "test"} what */
  async function send(what) {
    if (busy) return;
    busy = true;
    clear();
    say(what === "test" ? msg("Testing\u2026") : msg("Saving\u2026"));
    const values = Object.entries(inputs).map(([one, input]) => [one, input.value]);
    const body = { ...Object.fromEntries(values), lan: lan.checked, do: what };
    const which = edited ? `/${edited.name}` : "";
    try {
      const answer = await ask(`/api/connections${which}`, { body });
      if (what === "test") return say(answer.text);
      const told = answer.connections.find((/** @type {FurtherConnection} */ one) => one.name === body.name);
      fill(answer);
      edit(null);
      document.dispatchEvent(new CustomEvent("playground:settings"));
      const inForm = told?.ok && told.models > 0;
      say(inForm ? msg("Saved. Its models are in the form.") : joined(SAVED, told?.text), !told?.ok);
      name.focus();
    } catch (error) {
      const { refused, message } = /** @type {AskError} */ (error);
      refused ? refuse(refused) : say(message, true);
    } finally {
      busy = false;
    }
  }

  /** @param {FurtherConnection} one */
  function remove(one) {
    askFirst({
      title: msg("Remove {name}?", { name: one.name }),
      text: msg("Its key is forgotten, and its models leave the form. Its images stay in the gallery."),
      yes: msg("Remove the connection"),
      go: () => ask(`/api/connections/${one.name}`, { body: { do: "remove" } }),
      done: (/** @type {FurtherConnections} */ answer) => {
        fill(answer);
        edit(null);
        document.dispatchEvent(new CustomEvent("playground:settings"));
        say(msg("{name} is removed.", { name: one.name }));
        name.focus();
      },
    });
  }
}

/** @type {("requests_per_minute" | "requests_per_day" | "dollars_per_day" | "price_usd")[]} */
const LIMITS = ["requests_per_minute", "requests_per_day", "dollars_per_day", "price_usd"];
