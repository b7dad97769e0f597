// The gallery: thumbnails of all stored images, newest first, a page at a time from /api/images.
import { getJson, h, noAnswer, shorten, when } from "./dom.js";
import { openViewer } from "./viewer.js";

const PAGE = 60;

export function mount({ element }) {
  const records = [];
  let cursor = "";
  let loading = null;
  const total = h("p", { class: "total", role: "status" });
  const grid = h("ul", { class: "grid" });
  const more = h("button", { type: "button", class: "more", text: "Load more", hidden: true, onclick: () => load() });
  const empty = h("div", { class: "empty", hidden: true },
    h("h3", { text: "No images yet" }),
    h("p", {}, "Every image you make is stored and shown here. ", h("a", { href: "/", text: "Create your first one" }), "."),
  );
  element.replaceChildren(h("div", { class: "gallery-head" }, h("h2", { text: "Gallery" }), total), empty, grid, more);

  /** Load the next page; true when it brought images. Several calls at once are one. */
  function load() {
    loading ??= next().finally(() => (loading = null));
    return loading;
  }

  async function next() {
    if (cursor === null) return false;
    const page = await getJson(`/api/images?limit=${PAGE}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
    if (!page) {
      total.textContent = noAnswer();
      more.textContent = "Try again";
      more.hidden = false;
      return false;
    }
    cursor = page.next;
    more.textContent = "Load more";
    more.hidden = cursor === null;
    total.textContent = page.total === 1 ? "1 image" : `${page.total.toLocaleString()} images`;
    empty.hidden = page.total > 0;
    for (const record of page.images) {
      const index = records.push(record) - 1;
      grid.append(cell(record, index));
    }
    return page.images.length > 0;
  }

  function cell(record, index) {
    const open = () => openViewer({ records: () => records, index, more: load });
    return h("li", {},
      h("button", { type: "button", onclick: open },
        h("img", { src: record.thumb_url, alt: "", loading: "lazy", decoding: "async" }),
        h("span", { class: "what", text: shorten(record.prompt, 90) }),
        h("span", { class: "facts" },
          h("span", { text: record.seed === null ? "no seed" : `Seed ${record.seed}` }),
          h("span", { text: when(record.created) }),
        ),
      ),
    );
  }

  new IntersectionObserver((entries) => entries.some((e) => e.isIntersecting) && load(), { rootMargin: "600px" }).observe(more);
  load();
}
