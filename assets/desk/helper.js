// The link of a helper on a second device, folded away: whoever sees it can use it.
import { copyButton, h } from "../shared/dom.js";
import { msg } from "../shared/language.js";
import { at } from "../shared/place.js";
import { bare } from "./address.js";
import { write } from "./parts.js";
import { makeScan } from "./scan.js";

/**
 * @param {DeskDeeds} deeds
 * @returns {import("./side.js").Part}
 */
export function makeHelper(deeds) {
  const code = makeScan(msg("The helper\u2019s link, to scan"), at("/api/session/helper.svg"));
  const link = h("p", { class: "helper-url", dir: "ltr" });
  const anew = h("button", { type: "button", text: msg("New link"), onclick: () => deeds.session({ do: "helper" }) });
  let url = "";
  const root = h(
    "details",
    { class: "desk-helper", ontoggle: draw },
    h("summary", { text: msg("Helper\u2019s link") }),
    h("p", {
      class: "note",
      text: msg(
        "Who opens it on a second device can approve ideas and show pictures, nothing else. Keep it off the projector.",
      ),
    }),
    code.root,
    link,
    h(
      "div",
      { class: "actions" },
      copyButton(msg("Copy"), () => url),
      anew,
    ),
    h("p", { class: "note", text: msg("A new link ends the one before at once.") }),
  );
  return {
    root,
    tell(now) {
      url = now.helper_url;
      root.hidden = !url;
      draw();
    },
  };

  /** Nothing of it is in the page before somebody unfolds it. */
  function draw() {
    const shown = root.open ? url : "";
    write(link, bare(shown));
    code.draw(shown);
  }
}
