// What is being made just now: its words large, and how long it has taken so far.
import { h } from "../shared/dom.js";
import { minutes } from "../shared/words.js";

const SECOND_MS = 1000;
const ODD_MS = 600_000; // a clock that was set, here or at the program: then it counts from here

/** The wish that is being made, and those beside it; `tick()` counts on. */
export function makeMaking() {
  const prompt = h("p", { class: "prompt", dir: "auto" });
  const elapsed = h("span", { class: "elapsed" });
  const name = h("span", { dir: "auto" });
  const others = h("div", { class: "others" });
  const root = h("div", { class: "making" }, prompt, h("p", { class: "facts" }, name, elapsed), others);
  /** @type {Map<string, number>} */
  const begun = new Map(); // by this window's own clock

  /** @type {StageWish[]} */
  let wishes = [];

  function tick() {
    const [first] = wishes;
    if (first) elapsed.textContent = minutes((performance.now() - (begun.get(first.id) ?? 0)) / SECOND_MS);
  }

  setInterval(() => root.isConnected && tick(), SECOND_MS);

  return {
    root,
    /** @param {StageWish[]} now */
    show(now) {
      wishes = now;
      for (const id of begun.keys()) if (!now.some((wish) => wish.id === id)) begun.delete(id);
      for (const { id, since } of now) {
        const passed = Date.now() - since;
        if (!begun.has(id)) begun.set(id, performance.now() - (passed >= 0 && passed < ODD_MS ? passed : 0));
      }
      const [first, ...more] = now;
      if (!first) return;
      prompt.textContent = first.prompt;
      name.textContent = first.name;
      others.replaceChildren(...more.map((wish) => h("p", { text: wish.prompt, dir: "auto" })));
      tick();
    },
  };
}
