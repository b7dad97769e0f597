// Runs within Gradio's page before its scripts (ui/door/gradio_door.py), hence no module.
//
// Gradio speaks the browser's language, and tells that to screen readers as the page's. Another one
// may have been chosen: it is told the page's own, and what the page says of itself stays.
{
  const page = document.documentElement;
  const { lang } = page;
  Object.defineProperty(window.navigator, "language", { get: () => lang });
  page.setAttribute = (name, value) => {
    if (name !== "lang") Element.prototype.setAttribute.call(page, name, value);
  };
}
