// What the projector shows, of all that it is told.
import assert from "node:assert/strict";
import { test } from "node:test";
import { addressOf, columnsOf, placeOf, recordedOf, sceneOf, urlOf } from "../../assets/projector/scenes.js";

const picture = (id, more = {}) => ({ id, image: id, prompt: "", name: "", seconds: 1, price_usd: 0, ...more });
const told = ({ scene = {}, ...more } = {}) => ({
  title: "Open day",
  state: "open",
  making: [],
  image: null,
  wall: [],
  round: null,
  recorded: false,
  scene: { wish: null, wall: false, black: false, frozen: false, code: false, ...scene },
  ...more,
});

test("without a session, and before its door opens, it starts soon", () => {
  assert.equal(sceneOf(null), "soon");
  assert.equal(sceneOf(told({ state: "closed" })), "soon");
  assert.equal(sceneOf(told({ state: "checking" })), "soon");
  assert.equal(sceneOf(told()), "lobby");
});

test("what the presenter shows comes before what happens by itself", () => {
  const making = [{ id: "a", prompt: "a fox", name: "Otter", since: 0 }];
  const image = picture("a");
  const round = { open: true, options: [image] };
  assert.equal(sceneOf(told({ making })), "making");
  assert.equal(sceneOf(told({ making, image })), "image");
  assert.equal(sceneOf(told({ making, image, wall: [image], scene: { wall: true } })), "wall");
  assert.equal(sceneOf(told({ making, image, scene: { wall: true } })), "image", "an empty wall shows nothing");
  assert.equal(sceneOf(told({ making, image, round })), "round");
  assert.equal(sceneOf(told({ making, round: { ...round, open: false } })), "result");
  assert.equal(sceneOf(told({ image, round: { ...round, open: false } })), "image", "the evening goes on");
  assert.equal(sceneOf(told({ image, round, scene: { code: true } })), "code");
  assert.equal(sceneOf(told({ image, round, state: "ended", scene: { code: true } })), "ended");
});

test("what was recorded is said of what is shown, and of nothing else", () => {
  const old = picture("a", { recorded: true, recorded_on: "Recorded 26 Nov" });
  const now = told({ image: picture("b"), wall: [picture("b"), old] });
  assert.equal(recordedOf("image", now), null);
  assert.equal(recordedOf("wall", now), old);
  assert.equal(recordedOf("lobby", now), null);
  assert.equal(recordedOf("result", told({ round: { options: [picture("b"), old] } })), old);
  const session = told({ recorded: true, recorded_on: "Recorded" });
  for (const scene of ["lobby", "image", "ended"]) assert.equal(recordedOf(scene, session), session);
});

test("the words stand where the picture stays larger", () => {
  assert.equal(placeOf(1, 16 / 9), "beside");
  assert.equal(placeOf(16 / 9, 16 / 9), "below");
  assert.equal(placeOf(9 / 16, 4 / 3), "beside");
  assert.equal(placeOf(3 / 2, 4 / 3), "below");
});

test("so many columns show the pictures largest", () => {
  const columns = [1, 2, 3, 4, 6, 9, 24].map((count) => columnsOf(count, 1.4));
  assert.deepEqual(columns, [1, 2, 2, 2, 3, 3, 6]);
  assert.equal(columnsOf(24, 1.4, 7 / 4), 4, "wide ones stand in fewer columns");
  assert.equal(columnsOf(2, 1.4, 7 / 4), 1);
});

test("an address is read without its scheme, and broken before its port alone", () => {
  assert.deepEqual(addressOf("http://192.168.178.120:7861/K7QM"), {
    host: "192.168.178.120",
    rest: ":7861/",
    code: "K7QM",
  });
  assert.deepEqual(addressOf("https://show.example/K7QM"), { host: "show.example/", rest: "", code: "K7QM" });
});

test("a picture of the gallery is had there, a rehearsal's where it says", () => {
  assert.equal(urlOf(picture("a")), "/images/a");
  assert.equal(urlOf(picture("a"), true), "/thumbs/a");
  const of = picture("demo:x:y", { image_url: "/api/demos/x/images/y", thumb_url: "/api/demos/x/images/y?small=1" });
  assert.equal(urlOf(of, true), "/api/demos/x/images/y?small=1");
});
