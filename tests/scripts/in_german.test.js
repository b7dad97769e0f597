// What the results panel says on a page in German, by its table: whole sentences, plurals and numbers.
import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.document = { documentElement: { lang: "de" } };
globalThis.playgroundTexts = {
  plurals: { one: 0, other: 1 },
  texts: {
    "1 image is being made.": ["1 Bild wird erzeugt.", "{n} Bilder werden erzeugt."],
    "1 was not sent.": ["1 wurde nicht gesendet.", "{n} wurden nicht gesendet."],
    "Make it": ["Dieses erzeugen", "Diese erzeugen"],
    "Generating, about {time}": "Wird erzeugt, etwa {time}",
    "{why} Goes on in {seconds} s.": "In {seconds} s geht es weiter: {why}",
    "Image {at} of {all} may have been charged: {why}": "Von {all} Bildern kann Nr. {at} berechnet worden sein: {why}",
  },
};
await import("../../assets/shared/language.js");
delete globalThis.document; // the others ask nothing of a page without one
const { restOf } = await import("../../assets/create/rest.js");
const { saidChange, saidStart } = await import("../../assets/create/told.js");
const { waitingText } = await import("../../assets/create/waiting.js");

test("the start and the rest have their plurals", () => {
  assert.equal(saidStart(1), "1 Bild wird erzeugt.");
  assert.equal(saidStart(1200), "1.200 Bilder werden erzeugt.");
  const unsent = (id) => ({ id, state: "cancelled", dismissed: false, tried_again: null, unsent: "stopped" });
  const [one, two] = [restOf([unsent("a")]), restOf([unsent("a"), unsent("b")])];
  assert.deepEqual([one.text, one.make], ["1 wurde nicht gesendet.", "Dieses erzeugen"]);
  assert.deepEqual([two.text, two.make], ["2 wurden nicht gesendet.", "Diese erzeugen"]);
});

test("a card's wait is told in that language's order, with its numbers", () => {
  const sent = { state: "sent", waits_until: null, waits_for: "" };
  assert.equal(waitingText(sent, 0.38, 0, 0), "Wird erzeugt, etwa 0,4 s");
  const waits = { ...sent, state: "queued", waits_for: "Pause.", waits_until: "2026-01-31T12:00:09Z" };
  assert.equal(waitingText(waits, 2, 0, Date.parse("2026-01-31T12:00:00Z")), "In 9 s geht es weiter: Pause.");
});

test("a doubt is told as one sentence, not put together from an English one's parts", () => {
  const sent = { index: 1, state: "sent", waits_for: "" };
  const now = { ...sent, state: "unknown", error: { message: "Abgebrochen." } };
  const { text } = saidChange(sent, now, [{ ...sent, index: 0, state: "saved" }, now]);
  assert.equal(text, "Von 2 Bildern kann Nr. 2 berechnet worden sein: Abgebrochen.");
});
