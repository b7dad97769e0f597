// The grid's arithmetic.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  DAY_PX,
  fitInto,
  imagesAt,
  placeAfterKey,
  placeAfterScroll,
  ratioOf,
  rowsAt,
  tall,
} from "../../assets/gallery/places.js";

const WINDOW = { windowPx: 700, rowPx: 250, columns: 7 };

test("columns fill the width, at least two, with narrower cells on a phone", () => {
  for (const [width, columns, cellPx] of [
    [200, 2, 94],
    [360, 2, 174],
    [619, 4, 145],
    [620, 3, 198],
    [1440, 7, 195],
    [1760, 9, 184],
  ]) {
    const fit = fitInto(width);
    assert.deepEqual([fit.columns, fit.cellPx, fit.rowPx], [columns, cellPx, cellPx + 74], `${width} px`);
    assert.ok(columns * cellPx + (columns - 1) * 12 <= width);
  }
});

test("thumbnails have three sizes, each with its rows; a phone shows three, two and one in a row", () => {
  for (const [size, wide, phone] of [
    ["small", 11, 3],
    ["medium", 7, 2],
    ["large", 4, 1],
  ]) {
    const [large, narrow] = [fitInto(1392, { size }), fitInto(358, { size })];
    assert.deepEqual([large.columns, narrow.columns], [wide, phone], size);
    for (const fit of [large, narrow]) assert.equal(fit.rowPx, fit.cellPx + fit.captionPx + 12, size);
  }
});

test("where days have names, every row has the place for one: so no row's place depends on the days", () => {
  for (const size of ["small", "medium", "large"]) {
    const [plain, days] = [fitInto(1392, { size }), fitInto(1392, { size, days: true })];
    assert.deepEqual({ ...days, rowPx: 0 }, { ...plain, rowPx: 0 });
    assert.equal(days.rowPx - plain.rowPx, DAY_PX - 12, size);
  }
});

test("drawn are the rows in sight and up to three around them, within the list", () => {
  for (const [top, rowCount, sight, drawn] of [
    [0, 100, [0, 3], [0, 6]],
    [249, 100, [0, 4], [0, 7]],
    [5000, 100, [20, 23], [17, 26]],
    [24_000, 100, [96, 99], [93, 100]],
    [24_300, 100, [97, 100], [94, 100]],
    [0, 1, [0, 1], [0, 1]],
    [0, 0, [0, 0], [0, 0]],
  ]) {
    assert.deepEqual(rowsAt({ ...WINDOW, top, rowCount }), { sight, drawn }, `from ${top} px`);
  }
});

test("however large the window is, around what is in sight at most 160 cells are drawn", () => {
  for (const [windowPx, columns] of [
    [700, 7],
    [1400, 20],
    [4320, 9],
    [4320, 40],
  ]) {
    const { sight, drawn } = rowsAt({ top: 10_000, windowPx, rowPx: 250, rowCount: 5000, columns });
    const inSight = (sight[1] - sight[0]) * columns;
    assert.ok((drawn[1] - drawn[0]) * columns <= Math.max(160, inSight), `${windowPx} px, ${columns} columns`);
  }
});

test("images are wanted from a row before the first in sight to a row behind the last", () => {
  for (const [top, count, wanted] of [
    [0, 1000, [0, 28]],
    [5000, 1000, [133, 168]],
    [24_000, 680, [665, 680]],
    [0, 0, [0, 0]],
  ]) {
    assert.deepEqual(imagesAt({ ...WINDOW, top, count }), wanted, `from ${top} px`);
  }
});

test("a list of 15 million px is as tall as it is, a taller one is scrolled in proportion", () => {
  assert.deepEqual([tall(15_000_000), ratioOf(15_000_000, 700)], [15_000_000, 1]);
  assert.equal(tall(60_000_000), 15_000_000);
  const ratio = ratioOf(60_000_000, 700);
  assert.ok(Math.abs((60_000_000 - 700) * ratio - (15_000_000 - 700)) < 0.01, "the end is reached");
});

test("a place follows the scrolling: to the px, in a list too tall by steps and jumps", () => {
  const [fullPx, windowPx] = [60_000_000, 700];
  const end = 15_000_000 - windowPx;
  for (const [what, given, place] of [
    ["short list", { top: 0, before: 0, now: 900, fullPx: 9000 }, 900],
    ["a step", { top: 1_000_000, before: 250_000, now: 250_300, fullPx }, 1_000_300],
    ["a step back", { top: 1_000_000, before: 250_000, now: 249_900, fullPx }, 999_900],
    ["nothing", { top: 1_000_000, before: 250_000, now: 250_000, fullPx }, 1_000_000],
    ["a step beyond the start", { top: 50, before: 300, now: 100, fullPx }, 0],
    ["to the start", { top: 900, before: 400, now: 0, fullPx }, 0],
    ["to the end", { top: 59_000_000, before: end - 300, now: end, fullPx }, fullPx - windowPx],
    ["a jump", { top: 0, before: 0, now: end / 2, fullPx }, (fullPx - windowPx) / 2],
  ]) {
    assert.ok(Math.abs(placeAfterScroll({ windowPx, ...given }) - place) < 0.01, what);
  }
});

test("keys lead to neighbours, by pages and to the ends", () => {
  const at = (key, current) => placeAfterKey(key, { current, last: 99, columns: 7, rowsInSight: 2 });
  for (const [key, current, to] of [
    ["ArrowRight", 8, 9],
    ["ArrowLeft", 8, 7],
    ["ArrowDown", 8, 15],
    ["ArrowUp", 8, 1],
    ["ArrowUp", 3, -4],
    ["ArrowDown", 98, 105],
    ["Home", 50, 0],
    ["End", 50, 99],
    ["PageDown", 8, 22],
    ["PageDown", 95, 99],
    ["PageUp", 22, 8],
    ["PageUp", 5, 0],
    ["a", 8, undefined],
  ]) {
    assert.equal(at(key, current), to, `${key} from ${current}`);
  }
  assert.equal(placeAfterKey("PageDown", { current: 0, last: 99, columns: 7, rowsInSight: 0 }), 7);
});

test("where rows begin at the right, the left arrow leads on", () => {
  const at = (key) => placeAfterKey(key, { current: 8, last: 99, columns: 7, rowsInSight: 2, leftwards: true });
  assert.deepEqual(["ArrowLeft", "ArrowRight", "ArrowDown"].map(at), [9, 7, 15]);
});
