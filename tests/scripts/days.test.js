// The gallery's days: as clocks of this place show them, wherever the images come in the list.
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { makeDays } from "../../assets/gallery/days.js";

process.env.TZ = "America/New_York";
const NOW = new Date("2026-03-09T02:00:00Z"); // Sunday evening there, the day when clocks go forward

beforeEach(() => mock.timers.enable({ apis: ["Date"], now: NOW }));
afterEach(() => mock.timers.reset());

const listed =
  (...moments) =>
  (index) =>
    moments[index] ? { created: moments[index] } : null;

function begun(...moments) {
  const days = makeDays(listed(...moments));
  return moments.map((_, index) => days.begun(index));
}

test("a day begins at its first image, by the clocks of this place", () => {
  assert.deepEqual(
    begun(
      "2026-03-09T01:00:00Z", // 21:00 on Sunday
      "2026-03-08T05:30:00Z", // 00:30 on Sunday
      "2026-03-08T04:30:00Z", // 23:30 on Saturday
      "2026-03-07T05:00:00Z", // 00:00 on Saturday
      "2025-12-31T12:00:00Z",
    ).map((name) => name.replace(/[,.]/g, "")),
    ["Today", "", "Yesterday", "", "Wed Dec 31 2025"],
  );
});

test("days that return begin again, as imported images have any", () => {
  assert.deepEqual(begun("2026-03-09T01:00:00Z", "2026-03-08T04:00:00Z", "2026-03-09T00:00:00Z"), [
    "Today",
    "Yesterday",
    "Today",
  ]);
});

test("where the image before is not known, no day is said to begin", () => {
  const days = makeDays((index) => (index === 5 ? { created: "2026-03-09T01:00:00Z" } : null));
  assert.deepEqual([days.begun(5), days.begun(0), days.begun(6)], ["", "", ""]);
});

test("at midnight all days have other names", () => {
  const days = makeDays(listed("2026-03-09T01:00:00Z"));
  assert.deepEqual([days.turned(), days.turned(), days.begun(0)], [true, false, "Today"]);
  mock.timers.setTime(new Date("2026-03-09T04:00:00Z").getTime());
  assert.deepEqual([days.turned(), days.begun(0)], [true, "Yesterday"]);
  mock.timers.setTime(new Date("2026-03-10T04:00:00Z").getTime());
  assert.match(days.begun(0), /Sun.*8/);
});
