// How many images there are, in words.
import { msgN } from "../shared/language.js";

const MANY = 1000; // beyond so many the number may come later

/**
 * `total` images `of` so many without any filter; null where that is not known. With `least` there may
 * be more.
 *
 * @param {{ total: number | null, least: boolean, of: number | null }} found
 */
export function sayTotal({ total, least, of }) {
  if (total === null) return "";
  const some = least ? Math.min(MANY, total - 1) : total;
  if (of === null || of <= some)
    return least ? msgN("more than 1 image", "more than {n} images", some) : msgN("1 image", "{n} images", some);
  return least
    ? msgN("more than {some} of 1 image", "more than {some} of {n} images", of, { some })
    : msgN("{some} of 1 image", "{some} of {n} images", of, { some });
}
