// How many images there are, in words.
import { images } from "../shared/words.js";

const MANY = 1000; // beyond so many the number may come later

/**
 * `total` images `of` so many without any filter; null where that is not known. With `least` there may
 * be more.
 *
 * @param {{ total: number | null, least: boolean, of: number | null }} found
 */
export function sayTotal({ total, least, of }) {
  if (total === null) return "";
  const number = least ? Math.min(MANY, total - 1) : total;
  const text = of === null || of <= number ? images(number) : `${number.toLocaleString()} of ${images(of)}`;
  return least ? `more than ${text}` : text;
}
