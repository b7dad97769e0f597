// How one takes part: the code to scan on its own white field, the address beside it, who is here. It
// fills the lobby, and stands in a corner of every other scene.
import { h } from "../shared/dom.js";
import { freshSvg } from "../shared/fresh_svg.js";
import { msg, msgN } from "../shared/language.js";
import { at } from "../shared/place.js";
import { makeExample } from "./example.js";
import { addressOf } from "./scenes.js";

/** The invitation; `show(state, scene)` says what it says now. */
export function makeInvite() {
  const title = h("p", { class: "title", dir: "auto", "aria-hidden": "true" });
  const line = h("p", { class: "line" });
  const field = h("div", { class: "code-field" });
  const address = h("p", { class: "address", dir: "ltr" });
  const here = h("p", { class: "here" });
  const status = h("p", { class: "status" });
  const example = makeExample();
  const root = h("div", { class: "invite" }, title, field, line, address, here, status, example.root);
  let wanted = "";

  /** Another code stands in the former's place once it is here: a half one cannot be scanned. */
  async function draw(/** @type {string} */ url) {
    if (url === wanted) return;
    wanted = url;
    const { host, rest, code } = addressOf(url);
    const image = url ? await codeOf(msg("A code that leads to {address}", { address: host + rest + code })) : null;
    if (wanted !== url) return;
    if (url && !image) {
      wanted = ""; // the next change tries again
      return;
    }
    field.replaceChildren(...(image ? [image] : []));
    address.replaceChildren(...(url ? [host, h("wbr"), rest, h("b", { text: code })] : []));
  }

  return {
    root,
    /**
     * @param {StageState} state
     * @param {import("./scenes.js").SceneName} scene
     * @param {{ kiosk: boolean }} how
     */
    show(state, scene, { kiosk }) {
      // A shut door lets nobody in: the code goes with it, but for before the first picture, or asked for.
      const invites = state.state !== "closed" || scene === "soon" || scene === "code";
      const url = scene !== "ended" && invites ? state.url : "";
      draw(url);
      title.textContent = state.title;
      line.textContent = lineOf(state, scene, kiosk);
      here.textContent = state.here ? msgN("1 here", "{n} here", state.here) : "";
      status.replaceChildren(...statusOf(state, scene).map((text) => h("span", { text })));
      root.hidden = scene === "ended";
      root.classList.toggle("without", !url);
      example.play(scene === "lobby" && state.left > 0);
    },
  };
}

/**
 * @param {StageState} state
 * @param {import("./scenes.js").SceneName} scene
 * @param {boolean} kiosk
 */
function lineOf(state, scene, kiosk) {
  if (!state.url || state.played) return ""; // nobody takes part in a recording
  if (scene === "round") return msg("Vote on your phone");
  if (state.state !== "open" || !state.left) return "";
  return kiosk ? msg("Send the next one") : msg("Scan to send your idea");
}

/**
 * @param {StageState} state
 * @param {import("./scenes.js").SceneName} scene
 */
function statusOf({ making, waiting }, scene) {
  const made = scene === "making" ? 0 : making.length;
  return [
    made ? msgN("1 image is being made", "{n} images are being made", made) : "",
    waiting ? msgN("1 idea in line", "{n} ideas in line", waiting) : "",
  ].filter(Boolean);
}

/**
 * The code of now as a picture that is ready to show, null where it cannot be had.
 *
 * @param {string} alt
 */
async function codeOf(alt) {
  const src = await freshSvg(at("/api/session/code.svg"));
  if (!src) return null;
  const image = h("img", { alt, src });
  return image.decode().then(
    () => image,
    () => null,
  );
}
