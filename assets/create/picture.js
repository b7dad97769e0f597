// An image on its card: small where it is one of several, whole where it stands alone, and whole ones
// only while they are in sight: each takes 4 bytes a pixel, and an evening has hundreds.
import { h } from "../shared/dom.js";
import { THUMBNAIL_PX } from "../shared/facts.js";
import { shorten } from "../shared/words.js";

const SOFT = 1.25; // so many times larger a thumbnail looks soft
const PATIENCE_MS = 200; // before the thumbnail stands in for a whole image that is on its way

/** @type {WeakMap<Element, (inSight?: boolean) => void>} */
const heard = new WeakMap();
const sight = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) heard.get(target)?.(isIntersecting);
  },
  { rootMargin: "100% 0%" },
);
const size = new ResizeObserver((entries) => {
  for (const { target } of entries) heard.get(target)?.();
});

/**
 * @param {ImageRecord} record
 * @param {boolean} alone whether it is a batch of its own
 */
export function makePicture(record, alone) {
  const image = h("img", {
    src: alone ? record.image_url : record.thumb_url,
    alt: shorten(record.prompt, 200),
    width: record.width,
    height: record.height,
    decoding: "async",
  });
  let wanted = alone ? record.image_url : record.thumb_url;
  if (alone) standIn(image, record);

  /** Show another file of it, once it can be drawn without a gap. @param {string} url */
  async function show(url) {
    if (wanted === url) return;
    wanted = url;
    const next = new Image();
    next.src = url;
    try {
      await next.decode();
    } catch {
      return; // what is there stays
    }
    if (wanted === url) image.src = url;
  }

  let seen = alone;
  heard.set(image, (inSight = seen) => {
    seen = inSight;
    const whole = inSight && (alone || isSoft(image, record, devicePixelRatio));
    show(whole ? record.image_url : record.thumb_url);
  });
  sight.observe(image);
  size.observe(image);
  return image;
}

/**
 * Let the thumbnail be seen behind a whole image that takes its time, on a slow line.
 *
 * @param {HTMLImageElement} image
 * @param {ImageRecord} record
 */
function standIn(image, record) {
  const timer = setTimeout(() => {
    image.style.background = `url("${record.thumb_url}") center / contain no-repeat`;
  }, PATIENCE_MS);
  image.addEventListener(
    "load",
    () => {
      clearTimeout(timer);
      image.style.removeProperty("background");
    },
    { once: true },
  );
}

/**
 * Whether a thumbnail would look soft where the image stands.
 *
 * @param {{ clientWidth: number, clientHeight: number }} place in CSS pixels
 * @param {{ width_px: number, height_px: number }} record
 * @param {number} ratio device pixels for each
 */
export function isSoft(place, record, ratio) {
  const scale = Math.min(1, THUMBNAIL_PX / Math.max(record.width_px, record.height_px));
  const shown = Math.min(place.clientWidth / record.width_px, place.clientHeight / record.height_px);
  return scale < 1 && shown * ratio > scale * SOFT;
}
