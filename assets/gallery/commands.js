// What the gallery offers to keys and to the palette.
import { offerCommands } from "../shared/commands.js";
import { PAGES } from "../shared/facts.js";
import { CONTROL } from "../shared/keys.js";
import { msg } from "../shared/language.js";
import { at } from "../shared/place.js";

/**
 * Offer going to the search, the filters and the images, and selecting.
 *
 * @param {{
 *   search: () => void,
 *   filters: () => void,
 *   images: () => void,
 *   all: () => boolean,
 *   selectAll: () => void,
 *   slides: () => void,
 *   selection: import("./selection.js").Selection,
 * }} gallery `all()` says whether there is anything to select
 */
export function offerGallery({ search, filters, images, all, selectAll, slides, selection }) {
  offerCommands({
    where: "gallery",
    search,
    results: images,
    actions: () => [
      { name: msg("Search prompts"), key: "/", run: search },
      { name: msg("Go to the images"), key: "g", run: images },
      // Translators: words that people may type to find the filters
      { name: msg("Filters"), also: msg("model rating tag date seed size sort"), run: filters },
      ...(all() ? [{ name: msg("Select all"), key: `${CONTROL} A`, run: selectAll }] : []),
      // Translators: words that people may type to find the slides
      ...(all() ? [{ name: msg("Play as slides"), key: "p", also: msg("slideshow projector"), run: slides }] : []),
      ...(selection.size === 1 && !selection.all
        ? [{ name: msg("Vary this"), run: () => location.assign(varied(selection.records[0])) }]
        : []),
      ...(selection.size ? [{ name: msg("Clear the selection"), run: selection.clear }] : []),
    ],
  });
}

/** @param {ImageRecord} image */
const varied = ({ id }) => at(`${PAGES.experiments}?image=${id}`);
