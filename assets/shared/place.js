// Where the playground stands below its host: "" or, behind a proxy, something like "/pg".

// Our own pages say it; Gradio's stands at the root itself. Without a page, as in a test, it is "".
const page = globalThis.document?.documentElement;
export const ROOT = page ? (page.dataset.root ?? location.pathname.replace(/\/$/, "")) : "";

/**
 * A path of ours, which begins with a slash, as it has to be asked for. What the server tells of
 * images is so already.
 *
 * @param {string} path
 */
export const at = (path) => ROOT + path;

/** The path of the page that is open, as the server knows it. */
export const here = () => location.pathname.slice(ROOT.length);
