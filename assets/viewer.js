// One image large, with all its details, in a native dialog: Esc closes, arrows go on and back.
import { copyButton, getJson, h, when } from "./dom.js";

/**
 * Open the viewer. `records()` lists what it walks through, `more()` (optional) loads further ones
 * and tells whether there are any, `reuse(id)` (optional) fills the form; else a link leads there.
 */
export function openViewer({ records, index, more = async () => false, reuse = null }) {
  let at = index;
  const picture = h("div", { class: "picture" });
  const side = h("div", { class: "side" });
  const position = h("p", { class: "position", role: "status" });
  const back = h("button", { type: "button", text: "Previous", onclick: () => go(-1) });
  const next = h("button", { type: "button", text: "Next", onclick: () => go(1) });
  const dialog = h("dialog", { class: "viewer", "aria-label": "Image details", onclose: () => dialog.remove() },
    h("div", { class: "viewer-bar" }, back, next, position, h("button", { type: "button", class: "close", text: "Close", onclick: () => dialog.close() })),
    h("div", { class: "viewer-body" }, picture, side),
  );
  dialog.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    go(step);
  });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());

  async function go(step) {
    if (at + step >= records().length && !(await more())) return;
    if (at + step < 0) return;
    at += step;
    show();
  }

  async function show() {
    const record = records()[at];
    picture.replaceChildren(h("img", { src: record.image_url, alt: record.prompt.slice(0, 200), width: record.width, height: record.height }));
    back.disabled = at === 0;
    position.textContent = `Image ${at + 1}`;
    const list = h("dl");
    side.replaceChildren(
      h("h2", { class: "off-screen", text: "Details" }),
      section("Prompt", record.prompt),
      record.negative_prompt ? section("Negative prompt", record.negative_prompt) : h("span", { hidden: true }),
      h("div", { class: "actions" },
        reuse
          ? h("button", { type: "button", class: "main", text: "Reuse in the form", onclick: () => (dialog.close(), reuse(record.id)) })
          : h("a", { class: "main", href: `/?image=${record.id}`, text: "Reuse in the form" }),
        copyButton("Copy prompt", () => record.prompt),
        h("a", { href: `${record.image_url}?download=1`, download: "", text: "Download" }),
      ),
      list,
    );
    const answer = await getJson(`/api/images/${record.id}`);
    if (!answer || records()[at] !== record) return;
    const pairs = answer.details.filter(([name]) => name !== "Negative prompt");
    for (const [name, value] of [...pairs, ["Created", when(record.created, true)], ["Id", record.id]]) {
      list.append(h("div", {}, h("dt", { text: name }), h("dd", { text: value })));
    }
  }

  function section(title, text) {
    return h("section", {}, h("h3", { text: title }), h("p", { class: "prompt", text }));
  }

  document.body.append(dialog);
  show();
  dialog.showModal();
}
