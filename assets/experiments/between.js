// A finished axis of numbers offers the values between, for the price of the new cells alone.
import { announce } from "../shared/announce.js";
import { ask } from "../shared/ask.js";
import { h } from "../shared/dom.js";
import { joined, listed, msg } from "../shared/language.js";
import { pressedNow } from "../shared/press.js";
import { AXES, ofNumbers } from "./axis_names.js";
import { budgetLines, startText } from "./budget.js";

/** @typedef {import("./axis_names.js").AxisName} AxisName */

/**
 * `grown()` is called once the experiment has grown.
 *
 * @param {{ id: string, grown: () => void }} page
 */
export function makeBetween({ id, grown }) {
  const buttons = h("div", { class: "actions" });
  const offer = h("div", { class: "between-offer", tabindex: -1, hidden: true });
  const said = h("p", { class: "said", role: "alert" });
  const root = h(
    "section",
    { class: "sheet between", "aria-labelledby": "between-title", hidden: true },
    h("h3", { id: "between-title", text: msg("Look closer") }),
    buttons,
    offer,
    said,
  );
  let busy = false;
  let drawn = "";

  /**
   * Ask what it would cost; nothing is sent.
   *
   * @param {AxisName} axis
   * @param {AxisOf} former
   */
  async function look(axis, former) {
    if (busy) return;
    busy = true;
    said.textContent = "";
    try {
      /** @type {Planned} */
      const plan = await ask(`/api/experiments/${id}/plan`, { body: { axis } });
      show(axis, former, plan);
    } catch (error) {
      close();
      said.textContent = /** @type {Error} */ (error).message;
    } finally {
      busy = false;
    }
  }

  /**
   * @param {AxisName} axis
   * @param {AxisOf} former
   * @param {Planned} plan
   */
  function show(axis, former, plan) {
    const added = plan.axes[axis].labels.filter((label) => !former.labels.includes(label));
    const [deal, ...notes] = budgetLines(plan);
    const start = h("button", {
      type: "button",
      class: "main",
      text: startText(plan),
      onclick: () => make(axis, former, plan),
    });
    offer.replaceChildren(
      h("p", { class: "understood", text: msg("New: {values}.", { values: listed(added) }) }),
      h("p", { class: "deal", text: deal }),
      ...notes.map((text) => h("p", { class: "note", text })),
      h("div", { class: "actions" }, start, h("button", { type: "button", text: msg("Cancel"), onclick: cancel })),
    );
    offer.hidden = false;
    announce(joined(offer.querySelector(".understood")?.textContent, deal), { about: "budget" });
    offer.focus({ preventScroll: true });
    offer.scrollIntoView({ block: "nearest" });
  }

  /**
   * @param {AxisName} axis
   * @param {AxisOf} former
   * @param {Planned} plan
   */
  async function make(axis, former, plan) {
    if (busy) return;
    busy = true;
    for (const button of offer.querySelectorAll("button")) button.disabled = true;
    let again = false;
    try {
      const body = { do: "between", axis, digest: plan.digest, made: pressedNow() };
      await ask(`/api/experiments/${id}`, { body });
      close();
      grown();
    } catch (error) {
      const { message, refused } = /** @type {AskError} */ (error);
      said.textContent = message;
      again = Boolean(refused);
      for (const button of offer.querySelectorAll("button")) button.disabled = false;
    } finally {
      busy = false;
    }
    if (!again) return;
    const told = said.textContent;
    await look(axis, former); // with the price of now
    said.textContent = told;
  }

  function close() {
    offer.hidden = true;
    offer.replaceChildren();
  }

  function cancel() {
    close();
    buttons.querySelector("button")?.focus();
  }

  return {
    root,
    /**
     * @param {Experiment} one
     * @param {(kind: string) => string} nameOf
     */
    update({ kind, state, axes }, nameOf) {
      const those = kind === "grid" && state === "done" ? AXES.filter((name) => ofNumbers(axes[name])) : [];
      root.hidden = !those.length;
      const now = those.map((name) => axes[name].labels.join()).join(";");
      if (now === drawn) return;
      drawn = now;
      close();
      said.textContent = "";
      buttons.replaceChildren(
        ...those.map((name) =>
          h("button", {
            type: "button",
            text: msg("Also the values between: {axis}", { axis: nameOf(axes[name].kind) }),
            onclick: () => look(name, axes[name]),
          }),
        ),
      );
    },
  };
}
