// A stand-in for the server and for what little of a page `ask` looks at; and a clock set by hand.
import { mock } from "node:test";

/** Answer each question by `answer(url)`: [status, content], or null as if the program were stopped. */
export function serve(answer) {
  const asked = [];
  globalThis.document = { querySelector: () => null };
  globalThis.fetch = async (path, { signal } = {}) => {
    const url = new URL(path, "http://localhost");
    asked.push(url);
    await settled(); // not a microtask: a page that asks without end has to leave the test its turn
    signal?.throwIfAborted();
    const found = answer(url);
    if (found === null) throw new TypeError("Failed to fetch");
    return { ok: found[0] < 400, status: found[0], json: async () => found[1] };
  };
  return asked;
}

/** `count` images of which a question's `offset` and `limit` take a part, as the server answers them. */
export function library(count) {
  const ids = Array.from({ length: count }, (_, index) => `id-${index}`);
  const answer = (url) => {
    const [from, limit] = ["offset", "limit"].map((name) => Number(url.searchParams.get(name)));
    const images = ids.slice(from, from + limit).map((id) => ({ id, deleted: null }));
    return [200, { images, total: ids.length, total_is_least: false, as_of: 7 }];
  };
  return { ids, answer };
}

/** The same of a library that a page does not count: it has told of 1,000 at most, until it is asked for the number. */
export function uncounted(count) {
  const { ids, answer } = library(count);
  let counted = false;
  return {
    ids,
    answer: (url) => {
      const [status, page] = answer(url);
      counted ||= url.searchParams.get("total") !== "fast";
      const seen = Math.max(1001, Number(url.searchParams.get("offset")) + page.images.length);
      return [status, counted ? page : { ...page, total: seen, total_is_least: true }];
    },
  };
}

/** Let all that waits for an answer go on. */
export const settled = () => new Promise((done) => setImmediate(done));

/** Hold the clock; the function returned sets it ahead, in steps short enough for what follows on timers. */
export function clock() {
  let now = 1_000_000;
  mock.timers.enable({ apis: ["setTimeout"] });
  mock.method(performance, "now", () => now);
  return async (ms) => {
    for (const end = now + ms; now < end; ) {
      now += 50;
      mock.timers.tick(50);
      await settled();
    }
  };
}
