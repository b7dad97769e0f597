// What the statistics say, in another language than the code's.
import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.document = { documentElement: { lang: "de" } };
globalThis.playgroundTexts = {
  plurals: { one: 0, other: 1 },
  texts: {
    "1 image in the last 1 year.": ["1 Bild im letzten Jahr.", "{n} Bilder im letzten Jahr."],
    "1 image in the last {days} days.": ["1 Bild in {days} Tagen.", "{n} Bilder in {days} Tagen."],
    "of computing, {minutes} min": "Rechenzeit, {minutes} min",
    "of computing, {hours} h": "Rechenzeit, {hours} h",
    "Images by week": "Bilder pro Woche",
  },
};
const { METRICS, ofComputing, saidTotal } = await import("../../assets/statistics/metrics.js");

test("a total says its number and its time, one image as one", () => {
  assert.equal(saidTotal(1, 7), "1 Bild in 7 Tagen.");
  assert.equal(saidTotal(1234, 30), "1.234 Bilder in 30 Tagen.");
  assert.equal(saidTotal(1, 365), "1 Bild im letzten Jahr.");
});

test("what is counted has its own title, and numbers as the language writes them", () => {
  assert.equal(METRICS.images.byWeek, "Bilder pro Woche");
  assert.equal(METRICS.images.format(12345), "12.345");
  assert.equal(METRICS.seconds.format(1.25), "1,3 s");
  assert.equal(METRICS.seconds.format(1234.5), "1.235 s");
});

test("seconds of computing are told in minutes or hours, too", () => {
  assert.equal(ofComputing(59), "of computing");
  assert.equal(ofComputing(150), "Rechenzeit, 3 min");
  assert.equal(ofComputing(5400), "Rechenzeit, 1,5 h");
});
