// A picture in a stage: fitted or enlarged by wheel, pinch, double click and keys, and dragged about.
// Pixels are CSS pixels; x and y are the distance of the picture's centre from the stage's.
import { h } from "../shared/dom.js";
import { keyOf } from "../shared/keys.js";
import { msg, number } from "../shared/language.js";

const MOST = 16; // times the picture's own size
const FIT_MOST = 2; // a small picture is not blown up further than this by itself
const CRISP_FROM = 2;
const TAP_MS = 320;
const TAP_PX = 24;
const SWIPE_PX = 56;

/** @typedef {[x: number, y: number]} Point from the stage's centre */
/** @typedef {{ fitted: boolean, times: number, left: number, top: number }} Place where one looks */
/** @typedef {ReturnType<typeof makeZoom>} Zoom */

/**
 * `swipe(step)` is a sideways stroke over a fitted picture; `moved(place)` any zoom or pan by hand.
 *
 * @param {{ swipe?: ((step: number) => void) | null, moved?: (place: Place) => void }} told
 */
export function makeZoom({ swipe = null, moved = () => {} } = {}) {
  const image = h("img", { draggable: "false", decoding: "async" });
  const stage = h("div", { class: "stage", dataset: { missing: msg("The image file could not be fetched.") } }, image);
  /** @type {Map<number, Point>} */
  const fingers = new Map();
  let size = [1, 1];
  let [scale, x, y, stroke, travel] = [1, 0, 0, 0, 0];
  let fitted = true;
  let tap = { at: -Infinity, x: 0, y: 0 };
  /** @type {{ far: number, middle: Point } | null} */
  let pinch = null;

  const room = () => [stage.clientWidth || 1, stage.clientHeight || 1];
  const fitScale = () => Math.min(room()[0] / size[0], room()[1] / size[1], FIT_MOST);
  const spill = () => size[0] * scale > room()[0] + 1 || size[1] * scale > room()[1] + 1;

  function draw() {
    if (fitted) [scale, x, y] = [fitScale(), 0, 0];
    const most = size.map((length, side) => Math.max(0, (length * scale - room()[side]) / 2));
    x = Math.max(-most[0], Math.min(most[0], x));
    y = Math.max(-most[1], Math.min(most[1], y));
    image.style.transform = `translate(-50%, -50%) translate(${x + stroke}px, ${y}px) scale(${scale})`;
    image.classList.toggle("crisp", scale > CRISP_FROM);
    stage.classList.toggle("loose", spill());
    zoom.onscale(scale, fitted);
  }

  /** Change by hand: draw it and tell the others. */
  function change(glide = false) {
    stage.classList.toggle("glide", glide);
    draw();
    moved(zoom.place());
  }

  /**
   * @param {number} wanted
   * @param {Point} point
   */
  function to(wanted, [px, py] = [0, 0], glide = false) {
    const fit = fitScale();
    const next = Math.max(Math.min(fit, 1), Math.min(Math.max(MOST, fit), wanted));
    x = px - ((px - x) * next) / scale;
    y = py - ((py - y) * next) / scale;
    scale = next;
    fitted = Math.abs(next / fit - 1) < 0.01;
    change(glide);
  }

  const zoom = {
    stage,
    image,
    /** @type {(scale: number, fitted: boolean) => void} */
    onscale: () => {},
    /**
     * Show another picture, `width` x `height` of its own pixels; `stand` is its small version.
     *
     * @param {{ url: string, stand: string, alt: string, width: number | null, height: number | null }} picture
     */
    load({ url, stand, alt, width, height }) {
      size = [width || 1, height || 1];
      [fitted, stroke] = [true, 0];
      stage.classList.remove("glide");
      stage.classList.remove("missing");
      image.alt = alt;
      image.style.backgroundImage = stand ? `url("${stand}")` : "";
      image.removeAttribute("src"); // else the last picture stays until this one is here
      image.src = url;
      setSize();
    },
    /**
     * @param {number} factor
     * @param {Point} [point]
     */
    by: (factor, point) => to(scale * factor, point, true),
    fit() {
      fitted = true;
      change(true);
    },
    /** @param {Point} [point] */
    actual: (point) => to(1, point, true),
    /**
     * Fit, or the picture's own size where that is what fits: twice as large.
     *
     * @param {Point} [point]
     */
    toggle(point) {
      const fit = fitScale();
      if (!fitted) zoom.fit();
      else to(fit > 0.95 ? fit * 2 : 1, point, true);
    },
    /**
     * @param {number} dx
     * @param {number} dy
     */
    pan(dx, dy) {
      [x, y] = [x + dx, y + dy];
      change(true);
    },
    loose: spill,
    /**
     * Where one looks, in terms that hold for a picture of another size.
     *
     * @returns {Place}
     */
    place: () => ({ fitted, times: scale / fitScale(), left: x / (size[0] * scale), top: y / (size[1] * scale) }),
    /** @param {Place} place */
    follow(place) {
      fitted = place.fitted;
      scale = fitScale() * place.times;
      [x, y] = [place.left * size[0] * scale, place.top * size[1] * scale];
      stage.classList.remove("glide");
      draw();
    },
  };

  function setSize() {
    Object.assign(image.style, { width: `${size[0]}px`, height: `${size[1]}px` });
    draw();
  }

  /**
   * @param {MouseEvent} event
   * @returns {Point}
   */
  const pointOf = (event) => {
    const box = stage.getBoundingClientRect();
    return [event.clientX - box.left - box.width / 2, event.clientY - box.top - box.height / 2];
  };
  /** @returns {{ far: number, middle: Point }} */
  const span = () => {
    const [a, b] = [...fingers.values()];
    return { far: Math.hypot(a[0] - b[0], a[1] - b[1]) || 1, middle: [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2] };
  };

  stage.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const lines = event.deltaMode === 1 ? 24 : 1;
      to(scale * Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0018)), pointOf(event));
    },
    { passive: false },
  );

  stage.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    stage.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, pointOf(event));
    stage.classList.remove("glide");
    travel = fingers.size > 1 ? Infinity : 0;
    pinch = fingers.size === 2 ? span() : null;
  });

  stage.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const here = pointOf(event);
    fingers.set(event.pointerId, here);
    travel += Math.hypot(here[0] - before[0], here[1] - before[1]);
    if (fingers.size === 2 && pinch) {
      const now = span();
      [x, y] = [x + now.middle[0] - pinch.middle[0], y + now.middle[1] - pinch.middle[1]];
      to((scale * now.far) / pinch.far, now.middle);
      pinch = now;
    } else if (spill()) {
      [x, y] = [x + here[0] - before[0], y + here[1] - before[1]];
      change();
    } else if (swipe && event.pointerType !== "mouse") {
      stroke += here[0] - before[0];
      draw();
    }
  });

  /** @param {PointerEvent} event */
  function lift(event) {
    const here = fingers.get(event.pointerId);
    if (!here || !fingers.delete(event.pointerId)) return;
    pinch = null;
    const step = Math.abs(stroke) > SWIPE_PX && event.type === "pointerup" ? -Math.sign(stroke) : 0;
    const still = travel < TAP_PX / 2;
    if (stroke) {
      stroke = 0;
      stage.classList.add("glide");
      draw();
    }
    if (step) swipe?.(step);
    else if (event.type === "pointerup" && still) tapped(event, here);
  }

  /**
   * The second of two quick taps; `dblclick` does not come from fingers everywhere.
   *
   * @param {PointerEvent} event
   * @param {Point} point
   */
  function tapped(event, point) {
    const near = Math.hypot(event.clientX - tap.x, event.clientY - tap.y) < TAP_PX;
    const second = event.timeStamp - tap.at < TAP_MS && near;
    tap = { at: second ? -Infinity : event.timeStamp, x: event.clientX, y: event.clientY };
    if (second) zoom.toggle(point);
  }

  stage.addEventListener("pointerup", lift);
  stage.addEventListener("pointercancel", lift);
  // Two fingers zoom the picture; without this the page would take them for scrolling.
  stage.addEventListener("touchstart", (event) => event.touches.length > 1 && event.preventDefault(), {
    passive: false,
  });
  image.addEventListener("load", () => {
    image.style.backgroundImage = "";
    size = [image.naturalWidth || size[0], image.naturalHeight || size[1]];
    setSize();
  });
  image.addEventListener("error", () => stage.classList.add("missing"));
  new ResizeObserver(draw).observe(stage);
  return zoom;
}

/**
 * Buttons for `zoom`: out, in, and one that shows the scale and enlarges or fits.
 *
 * @param {Zoom} zoom
 */
export function zoomBar(zoom) {
  const scale = h("button", {
    type: "button",
    class: "scale",
    title: msg("Enlarge, or fit (z)"),
    "aria-keyshortcuts": "z",
    onclick: () => zoom.toggle(),
  });
  zoom.onscale = (value, fitted) => {
    const percent = number(Math.round(value * 100), { useGrouping: false });
    scale.textContent = fitted ? msg("Fit") : msg("{percent} %", { percent });
    const label = fitted ? msg("Fitted, {percent} %. Enlarge", { percent }) : msg("{percent} %. Fit", { percent });
    scale.setAttribute("aria-label", label);
  };
  return h(
    "div",
    { class: "zoom-bar", role: "group", "aria-label": msg("Zoom") },
    h("button", {
      type: "button",
      text: "\u2212",
      title: msg("Zoom out (-)"),
      "aria-label": msg("Zoom out"),
      onclick: () => zoom.by(1 / 1.5),
    }),
    scale,
    h("button", {
      type: "button",
      text: "+",
      title: msg("Zoom in (+)"),
      "aria-label": msg("Zoom in"),
      onclick: () => zoom.by(1.5),
    }),
  );
}

/** @type {{ [key: string]: [dx: number, dy: number] }} */
const PANS = { ArrowLeft: [80, 0], ArrowRight: [-80, 0], ArrowUp: [0, 80], ArrowDown: [0, -80] };

/**
 * Carry out a zoom key; true when it was one. Shift and an arrow move an enlarged picture.
 *
 * @param {Zoom} zoom
 * @param {KeyboardEvent} event
 */
export function zoomKey(zoom, event) {
  const key = keyOf(event);
  if (key === "+" || key === "=") zoom.by(1.5);
  else if (key === "-") zoom.by(1 / 1.5);
  else if (key === "z") zoom.toggle();
  else if (event.shiftKey && PANS[event.key] && zoom.loose()) zoom.pan(...PANS[event.key]);
  else return false;
  return true;
}
