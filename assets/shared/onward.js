// Which way a row goes on: to the right, or to the left where lines begin at the right.

/** The step in a row for one `to` the right (1) or the left (-1). @param {number} to */
export const stepFor = (to) => (document.dir === "rtl" ? -to : to);
