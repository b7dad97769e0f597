// The settings panel: a key goes to our own server and never comes back.

import { announce } from "../shared/announce.js";
import { ask, getJson, noAnswer } from "../shared/ask.js";
import { offerCommands } from "../shared/commands.js";
import { h } from "../shared/dom.js";
import { meansEnter } from "../shared/enter.js";
import { OWN_LIMITS, PAGES, USED_OF_TIER_PERCENT } from "../shared/facts.js";
import { joined, msg, translated } from "../shared/language.js";
import { at } from "../shared/place.js";
import { askFirst } from "../shared/question.js";
import { makeSaying } from "./saying.js";
import { keepTyped, NO_LOGIN } from "./typed.js";

const LEFT_OUT = msg(
  "Your browser filled in something that nobody typed here, such as a saved login: it was left out. To change the key, paste it.",
);
const SAVED = msg("Saved. It applies from now on.");
const SAVED_FAILING = msg("Saved, although the test failed: until that is put right no image comes.");
const NOTHING_NEW = msg("Nothing was entered, so nothing has changed.");
const SHARED = msg(
  "Several machines share these settings. The API URL and the key are set in the environment of each of them; limits that you change here hold on all.",
);
const STEPS = msg("How that goes, step by step");
const HAS_KEY = msg("A key is saved; empty keeps it");

/** @type {Record<string, string>} */
const LIMIT_HINTS = { experiment_sends: msg("From 1 to 32; empty means 8.") };

/** What is pasted from the platform is written from left to right, in whatever language the page is. */
const CODE = { ...NO_LOGIN, dir: "ltr" };

/** @param {Drawn} component */
export async function mount({ element }) {
  const said = h("p", { class: "said" });
  const next = h("a", { class: "next", href: at(PAGES.create), hidden: true });
  const form = h("form", { novalidate: true, autocomplete: "off" });
  element.replaceChildren(h("div", { class: "page-head" }, h("h2", { text: msg("Settings") })), form);

  const elsewhere = h("p", { class: "hint", id: "setup-elsewhere", hidden: true, text: SHARED });
  form.append(elsewhere);
  const pasted = field(
    form,
    "textarea",
    "pasted",
    msg("Paste the cURL example"),
    msg("From the platform's page, as it is. The URL and your key are read out of it."),
    { ...CODE, rows: 4, placeholder: "curl \u2026 --header 'Authorization: Bearer ak_\u2026'" },
  );
  const seen = h("p", { class: "found" }); // what is about to be used
  const guide = h(
    "p",
    { class: "hint guide", hidden: true },
    h("a", { href: at(`${PAGES.help}#real-models`), text: STEPS }),
  );
  pasted.after(seen, guide);
  const url = field(form, "input", "api_url", msg("API URL"), msg("The base address that the platform gives you."), {
    ...CODE,
    type: "text",
    inputmode: "url",
  });
  const key = field(form, "input", "api_key", msg("API key"), msg("It begins with ak_ and stays on this computer."), {
    ...CODE,
    type: "password",
    autocomplete: "new-password", // "off" is for the other fields: for this kind browsers pass it over
  });
  const removing = h("button", {
    type: "button",
    class: "remove-key",
    hidden: true,
    text: msg("Remove the key"),
    onclick: remove,
  });
  key.after(removing);
  const tier = field(
    form,
    "select",
    "tier",
    msg("Account tier"),
    msg("Sets how many requests may be sent; {percent} % of that is used.", { percent: USED_OF_TIER_PERCENT }),
  );
  const group = h(
    "fieldset",
    {},
    h("legend", { text: msg("Your own limits") }),
    h("p", { class: "hint", text: msg("Empty takes the tier's limit, 0 means no limit. The day ends at 00:00 UTC.") }),
  );
  const limits = h("div", { class: "limits" });
  group.append(limits);
  /** @type {{ [name: string]: HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement }} */
  const inputs = { pasted, api_url: url, api_key: key, tier };
  for (const [name, label, mode] of OWN_LIMITS)
    inputs[name] = field(limits, "input", name, translated(label), LIMIT_HINTS[name] ?? "", {
      ...NO_LOGIN,
      inputmode: mode,
    });
  const used = h("p", { class: "hint used" });
  group.append(used);
  const test = h("button", {
    type: "button",
    id: "setup-test",
    text: msg("Test"),
    onclick: () => send("/api/setup/test", msg("Testing\u2026")),
  });
  const save = h("button", { type: "submit", class: "main", text: msg("Save") });
  form.append(
    group,
    h("p", { class: "hint", text: msg("Test asks for your models and balance. It is free of charge.") }),
    h("div", { class: "foot" }, h("div", { class: "actions" }, test, save), said, next),
  );

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send("/api/setup", msg("Saving\u2026"), { saves: true });
  });
  form.addEventListener("keydown", (event) => {
    const ends = event.key === "Enter" && !meansEnter(event); // a composition: that saves nothing
    if (ends && event.target !== pasted) event.preventDefault();
  });
  pasted.addEventListener("input", () => {
    reading = read(pasted.value);
  });

  offerCommands({
    where: "settings",
    actions: () => [
      { name: msg("Paste the cURL example"), also: msg("key url command"), run: () => pasted.focus() },
      { name: msg("Go to the API key"), also: msg("token password"), run: () => key.focus() },
      {
        name: msg("Go to your own limits"),
        also: msg("requests dollars money budget"),
        run: () => limits.querySelector("input")?.focus(),
      },
      { name: msg("Go to Save"), run: () => save.focus() },
      {
        name: msg("Make a key for another program"),
        also: msg("openai mcp assistant open-webui librechat"),
        run: () => document.getElementById("setup-key_name")?.focus(),
      },
    ],
  });

  const { say, refuse, clear } = makeSaying({ form, said, inputs, about: "settings" });
  let busy = false;
  let left = false; // whether something that nobody typed was left out
  let offline = true; // until the platform is known to answer
  let savedKey = ""; // what the empty field says of the key
  let failed = ""; // what the last test was about, where it failed
  let stands = ""; // what is in force, as the fields show it
  let reading = Promise.resolve();
  const typed = keepTyped([pasted, url, key], () => {
    left = true;
    say(LEFT_OUT);
  });
  await show();
  document.addEventListener("playground:back", () => tier.options.length || show());
  addEventListener("hashchange", goToNamed);
  goToNamed();

  async function show() {
    /** @type {Setup | null} */
    const now = await getJson("/api/setup");
    if (!now) return say(noAnswer(), true);
    say("");
    if (!url.value) typed.set(url, now.api_url); // somebody quick may have pasted already
    fill(now);
  }

  /** The address may name a field, such as #setup-api_key: whoever follows that link wants to change it. */
  function goToNamed() {
    const field = document.getElementById(location.hash.slice(1));
    if (!field || !form.contains(field)) return;
    field.focus({ preventScroll: true });
    field.scrollIntoView({ block: "center" });
  }

  function fields() {
    return Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, input.value]));
  }

  /** @param {string} text */
  async function read(text) {
    /** @type {{ api_url: string | null, key: string | null, text: string } | null} */
    const found = text.trim() ? await ask("/api/setup/read", { body: { pasted: text } }).catch(() => null) : null;
    if (text !== pasted.value) return; // typed on meanwhile
    if (found?.api_url) {
      typed.set(url, found.api_url);
      clear(url);
    }
    if (found?.key) clear(key);
    seen.textContent = found?.text ?? "";
    seen.classList.toggle("bad", !found?.api_url && !found?.key);
    announce(seen.textContent, { about: "pasted", rests: 600 });
    key.placeholder = found?.key ? msg("Key found: {key}", { key: found.key }) : savedKey;
  }

  /** @param {Setup} now */
  function fill(now) {
    key.placeholder = savedKey = now.has_key ? HAS_KEY : "";
    offline = now.offline;
    elsewhere.hidden = !now.shared;
    guide.hidden = !now.offline || now.shared;
    removing.hidden = !now.has_key || now.shared;
    for (const input of [pasted, url, key]) input.disabled = now.shared;
    tier.replaceChildren(...now.tiers.map((t) => h("option", { value: t.name, text: t.label })));
    tier.value = now.tier;
    for (const [name] of OWN_LIMITS) inputs[name].value = now.own_limits[name];
    stands = JSON.stringify({ ...fields(), api_url: now.api_url });
    used.textContent = now.offline
      ? msg("The sample engine has no limits.")
      : msg("Used so far: {used}.", { used: now.used });
  }

  function remove() {
    askFirst({
      title: msg("Remove the key?"),
      text: msg("Until you enter one again, images come from the sample engine. What was sent still arrives."),
      yes: msg("Remove the key"),
      go: () => ask("/api/setup/remove-key", { body: {} }),
      done: (/** @type {Setup} */ answer) => {
        clear();
        next.hidden = true;
        fill(answer);
        document.dispatchEvent(new CustomEvent("playground:settings"));
        say(joined(msg("The key is removed."), answer.offline ? answer.in_force : ""));
        key.focus();
      },
    });
  }

  /**
   * @param {string} path
   * @param {string} doing
   * @param {{ saves?: boolean }} how
   */
  async function send(path, doing, { saves = false } = {}) {
    if (busy) return;
    busy = true;
    await reading; // what was found in the paste is shown before it is used
    clear();
    next.hidden = true;
    left = false;
    typed.check();
    say(doing);
    const values = fields();
    const asked = JSON.stringify(values);
    const [before, wasOffline] = [stands, offline];
    let answer;
    try {
      answer = await ask(path, { body: values });
    } catch (error) {
      const { refused, message } = /** @type {AskError} */ (error);
      if (!saves && refused) failed = asked;
      return refused ? refuse(refused) : say(message, true);
    } finally {
      busy = false;
    }
    const doubtful = failed === asked;
    failed = "";
    let same = false;
    if (saves) {
      for (const emptied of [pasted, key]) typed.set(emptied, "");
      seen.textContent = "";
      typed.set(url, answer.api_url);
      fill(answer);
      same = stands === before && !values.pasted && !values.api_key; // an emptied address stays, too
      document.dispatchEvent(new CustomEvent("playground:settings"));
      next.textContent = wasOffline && !offline ? msg("Create your first image") : msg("Create an image");
      next.hidden = same || doubtful;
    }
    const saved = doubtful ? SAVED_FAILING : SAVED;
    const told = !saves ? answer.text : same ? joined(NOTHING_NEW, answer.in_force) : saved;
    say(joined(told, left ? LEFT_OUT : ""));
  }
}

/**
 * @template {"input" | "textarea" | "select"} Tag
 * @param {HTMLElement} parent
 * @param {Tag} tag
 * @param {string} name
 * @param {string} label
 * @param {string} hint
 * @param {Props} props
 */
export function field(parent, tag, name, label, hint, props = {}) {
  const id = `setup-${name}`;
  const enter = tag === "textarea" ? "enter" : "go"; // in a line of its own it saves
  const input = h(tag, { id, enterkeyhint: enter, "aria-describedby": hint ? `${id}-hint` : null, ...props });
  parent.append(
    h(
      "div",
      { class: "field" },
      h("label", { for: id, text: label }),
      hint ? h("p", { class: "hint", id: `${id}-hint`, text: hint }) : null,
      input,
    ),
  );
  return input;
}
