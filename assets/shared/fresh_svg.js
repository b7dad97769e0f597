// A drawing of the program that changes under one address: a browser would show the one it had before.

/**
 * The drawing of now as an address to show; null where it cannot be had.
 *
 * @param {string} path
 */
export async function freshSvg(path) {
  try {
    const answer = await fetch(path, { cache: "no-store" });
    return answer.ok ? `data:image/svg+xml,${encodeURIComponent(await answer.text())}` : null;
  } catch {
    return null;
  }
}
