// Several machines share the gallery, but a session stays with the one that began it: where to go.
import { announce } from "../shared/announce.js";
import { h } from "../shared/dom.js";
import { msg } from "../shared/language.js";

/** What stands above the form of a new session; empty where there is nothing to say. */
export function makeElsewhere() {
  const root = h("p", { class: "note elsewhere", hidden: true });
  return {
    root,
    /**
     * @param {DeskElsewhere | null} found
     * @param {boolean} begun whether a session is on the machine that this page is told of
     */
    tell(found, begun) {
      const said = found && !begun ? words(found) : null;
      const before = root.textContent;
      root.hidden = said === null;
      root.replaceChildren(...(said ?? []));
      if (root.textContent !== before) announce(root.textContent ?? "", { about: "elsewhere" });
    },
  };
}

/**
 * @param {DeskElsewhere} found
 * @returns {(string | HTMLElement)[] | null}
 */
function words({ here, session }) {
  if (session) {
    const told = session.title
      ? msg("The session {title} is on the machine {name}.", { title: session.title, name: session.machine })
      : msg("A session is on the machine {name}.", { name: session.machine });
    return [told, " ", ...link(session.url, msg("Open its desk"))];
  }
  if (!here || new URL(here).host === location.host) return null;
  return [
    msg("Several machines share this gallery, and a session stays with the one that begins it."),
    " ",
    ...link(here, msg("Begin it at this machine\u2019s own address")),
  ];
}

/**
 * @param {string} href
 * @param {string} text
 */
function link(href, text) {
  return href ? [h("a", { href, text })] : [];
}
