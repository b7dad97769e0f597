// An experiment taken out: three downloads, each with its size before it is chosen.
import { announce } from "../shared/announce.js";
import { ask } from "../shared/ask.js";
import { h } from "../shared/dom.js";
import { msg, msgN, number } from "../shared/language.js";
import { at } from "../shared/place.js";
import { toast } from "../shared/toast.js";

/**
 * What opens to the downloads of the experiment `id`. They are of what is there at that moment.
 *
 * @param {string} id
 */
export function makeExport(id) {
  const list = h("ul", { class: "exports" });
  const said = h("p", { class: "note" });
  const root = h(
    "details",
    { class: "export", ontoggle: toggled },
    h("summary", { text: msg("Download") }),
    said,
    list,
  );

  function toggled() {
    if (root.open) look();
  }

  async function look() {
    if (!list.childElementCount) said.textContent = msg("One moment\u2026");
    try {
      /** @type {ExportsOf} */
      const found = await ask(`/api/experiments/${id}/exports`);
      said.textContent = "";
      list.replaceChildren(...exportsOf(found).map(row));
    } catch (error) {
      list.replaceChildren();
      said.textContent = /** @type {Error} */ (error).message;
      announce(said.textContent);
    }
  }

  /** @param {ReturnType<typeof exportsOf>[number]} one */
  function row({ form, name, size, refused }) {
    const link = refused
      ? h("b", { text: name })
      : h("a", {
          href: at(`/api/experiments/${id}/export?form=${form}`),
          text: name,
          onclick: () => toast(msg("It is being made; the download begins in a moment.")),
        });
    return h("li", {}, link, h("span", { text: refused ?? size }));
  }

  return root;
}

/**
 * The downloads in words.
 *
 * @param {ExportsOf} found
 */
export function exportsOf({ html, png, csv }) {
  const pixels = { width: number(png.width_px ?? 0), height: number(png.height_px ?? 0) };
  return [
    { form: "html", name: msg("Web page"), size: pageText(html.about_bytes), refused: null },
    {
      form: "png",
      name: msg("Picture (PNG)"),
      size: png.smaller
        ? msg("{width} x {height} pixels; so that it fits, its images are {side} pixels wide", {
            ...pixels,
            side: png.image_px,
          })
        : msg("{width} x {height} pixels", pixels),
      refused: png.refused,
    },
    { form: "csv", name: msg("Table (CSV)"), size: msgN("1 row", "{n} rows", csv.rows), refused: null },
  ];
}

/** @param {number} bytes */
function pageText(bytes) {
  if (bytes < 1e6) return msg("about {size} kB, all in one file", { size: number(Math.ceil(bytes / 1000)) });
  const size = number(bytes / 1e6, { maximumFractionDigits: bytes < 1e7 ? 1 : 0 });
  return msg("about {size} MB, all in one file", { size });
}
