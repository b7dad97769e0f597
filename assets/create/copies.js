// Runs within Gradio's page before its scripts (ui/door/gradio_door.py), hence no module.
//
// At each event Gradio copies all properties of some hundred widgets, value by value, by what takes a
// browser long even where there is nothing to copy: a plain value is its own copy, and of a function
// there is none, which is told by an error that need not be made anew. Another model's form is
// there in half the time.
{
  const copy = window.structuredClone.bind(window);
  let none = null;
  try {
    copy(() => {});
  } catch (error) {
    none = error;
  }
  window.structuredClone = (value, options) => {
    if (typeof value === "function") throw none;
    return typeof value === "object" || typeof value === "symbol" ? copy(value, options) : value;
  };
}
