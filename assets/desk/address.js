// Where phones find the room's door: the code to scan, the address to type, and which of them works.
import { h } from "../shared/dom.js";
import { msg } from "../shared/language.js";
import { at } from "../shared/place.js";
import { makeScan } from "./scan.js";

/** @param {DeskDeeds} deeds */
export function makeAddress(deeds) {
  const code = makeScan(msg("The code that phones scan"), at("/api/session/code.svg"));
  const large = h("p", { class: "room-url", dir: "ltr" });
  const none = h("p", {
    class: "note",
    text: msg("There is no address for phones just now. You can go on without: add ideas by hand."),
  });
  const list = h("ul", { class: "candidates" });
  const choice = h(
    "fieldset",
    {},
    h("legend", { text: msg("Does the phone not get there? Try another address") }),
    list,
  );
  const root = h("div", { class: "address" }, h("div", { class: "scan-side" }, code.root, large), none, choice);
  /** @type {string[]} */
  const order = []; // a chosen address comes first: in the list it stays where it was
  let drawn = "";
  let url = "";

  return {
    root,
    /** @param {DeskState} now */
    tell(now) {
      none.hidden = now.url !== "";
      large.hidden = now.url === "";
      code.draw(now.url);
      choice.hidden = now.addresses.length < 2;
      if (now.url !== url) showUrl(now.url);
      const told = JSON.stringify(now.addresses);
      if (told !== drawn) showChoice(now.addresses);
      drawn = told;
    },
  };

  /** @param {string} now */
  function showUrl(now) {
    url = now;
    if (!now) return;
    const [host, sign = ""] = bare(now).split("/");
    large.replaceChildren(host, h("wbr"), `/${sign}`);
  }

  /** @param {DeskState["addresses"]} addresses */
  function showChoice(addresses) {
    for (const one of addresses) if (!order.includes(one.url)) order.push(one.url);
    const focused = list.contains(document.activeElement) ? document.activeElement?.getAttribute("value") : null;
    const placed = [...addresses].sort((one, other) => order.indexOf(one.url) - order.indexOf(other.url));
    list.replaceChildren(...placed.map((one) => candidate(one, one === addresses[0])));
    if (focused) list.querySelector(`[value="${CSS.escape(focused)}"]`)?.focus();
  }

  /**
   * @param {DeskState["addresses"][number]} address
   * @param {boolean} chosen
   */
  function candidate({ url: own, network, reached }, chosen) {
    const input = h("input", {
      type: "radio",
      name: "room-address",
      value: own,
      onchange: () => deeds.session({ do: "address", url: own }),
    });
    input.checked = chosen;
    return h(
      "li",
      {},
      h(
        "label",
        {},
        input,
        h("span", { class: "own-url", dir: "ltr", text: bare(own) }),
        h("span", { class: "network", text: network }),
      ),
      h("span", { class: "reached", dataset: { reached }, text: reached ? msg("Reached") : msg("Not yet") }),
    );
  }
}

/**
 * An address as people type it.
 *
 * @param {string} url
 */
export const bare = (url) => url.replace(/^https?:\/\//, "");
