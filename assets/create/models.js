// The models to choose from, one at a time; those of each connection stand together under its name.
import { h } from "../shared/dom.js";

/** @typedef {{ id: string, label: string, description: string }} Choice */
/** @typedef {{ title: string, models: Choice[] }} Group one without a title is the only one */

/** @param {Component<{ value: string, title: string, groups: Group[] }>} component */
export function mount({ element, props, trigger, watch }) {
  const body = h("div", { class: "model-groups" });
  element.replaceChildren(h("fieldset", { class: "models" }, h("legend", { text: props.title }), body));
  let drawn = "";

  function draw() {
    const now = JSON.stringify(props.groups);
    if (now !== drawn) body.replaceChildren(...props.groups.map(group));
    drawn = now;
    show();
  }

  /**
   * @param {Group} group
   * @param {number} index
   */
  function group({ title, models }, index) {
    const list = h("div", { class: "model-list" }, ...models.map(choice));
    if (!title) return list;
    const name = h("div", { class: "group-name", id: `models-${index}`, dir: "auto", text: title });
    return h("div", { role: "group", "aria-labelledby": name.id }, name, list);
  }

  /** @param {Choice} choice */
  function choice({ id, label, description }) {
    const oninput = () => {
      props.value = id;
      trigger("input");
    };
    return h(
      "label",
      {},
      h("input", { type: "radio", name: "model", value: id, oninput }),
      h(
        "span",
        {},
        h("span", { class: "name", text: label }),
        description ? h("span", { class: "about", text: description }) : null,
      ),
    );
  }

  function show() {
    for (const input of /** @type {NodeListOf<HTMLInputElement>} */ (body.querySelectorAll("input"))) {
      const checked = input.value === props.value;
      if (checked && !input.checked) bringIntoSight(/** @type {HTMLElement} */ (input.closest("label")));
      if (checked !== input.checked) input.checked = checked;
    }
  }

  watch("value", show);
  watch("groups", draw);
  draw();
}

/**
 * Bring a choice into sight within its own list, and leave the page where it is.
 *
 * @param {HTMLElement} label
 */
function bringIntoSight(label) {
  const list = /** @type {HTMLElement} */ (label.parentElement);
  const top = label.offsetTop - list.scrollTop;
  if (top < 0 || top + label.offsetHeight > list.clientHeight) list.scrollTop = label.offsetTop - list.clientHeight / 3;
}
