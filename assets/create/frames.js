// Runs within Gradio's page before its scripts (ui/door/gradio_door.py), hence no module.
//
// Gradio's status tracker takes hold of requestAnimationFrame once, and the one that stands for the
// whole page while it loads asks for frame after frame for ever, though it is gone: 5 to 7 % of a
// core. What it takes hold of here asks once a second from then on, when the page is there
// (create/page.js); everybody else asks the browser itself again. Nothing of a tracker is shown here.
{
  const frame = window.requestAnimationFrame.bind(window);
  let calm = false;
  window.requestAnimationFrame = (callback) =>
    calm ? window.setTimeout(() => callback(performance.now()), 1000) : frame(callback);
  window.calmFrames = () => {
    calm = true;
    window.requestAnimationFrame = frame;
  };
}
