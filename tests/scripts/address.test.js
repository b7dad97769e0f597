// The gallery's query in the page's address.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import {
  dayToMoment,
  dependsOn,
  momentToDay,
  readQuery,
  withChanges,
  writeQuery,
} from "../../assets/gallery/address.js";

const read = (search) => readQuery(search).toString();

afterEach(() => {
  delete globalThis.location;
  delete globalThis.history;
});

test("a query is read in one order, without empty, unknown and repeated values", () => {
  for (const [search, query] of [
    ["", ""],
    ["?tag=b&q=cat&model=m", "q=cat&model=m&tag=b"],
    ["?q=&starred=&rated=3", "rated=3"],
    ["?tag=a&tag=b&tag=a", "tag=a&tag=b"],
    ["?q=old&q=new", "q=new"],
    ["?image=1&compare=1,2&page=7&q=x", "q=x"],
    ["?sort=newest", ""],
    ["?sort=oldest", "sort=oldest"],
    ["?q=%22red+barn%22", "q=%22red+barn%22"],
  ]) {
    assert.equal(read(search), query, search);
  }
});

test("changes set, replace and take out names, and leave the former query alone", () => {
  const query = readQuery("?q=cat&tag=a&tag=b");
  for (const [changes, next] of [
    [{}, "q=cat&tag=a&tag=b"],
    [{ q: "dog" }, "q=dog&tag=a&tag=b"],
    [{ q: "" }, "tag=a&tag=b"],
    [{ q: null }, "tag=a&tag=b"],
    [{ tag: ["c"], starred: "1" }, "q=cat&starred=1&tag=c"],
    [{ tag: [] }, "q=cat"],
    [{ sort: "newest" }, "q=cat&tag=a&tag=b"],
  ]) {
    assert.equal(withChanges(query, changes).toString(), next);
  }
  assert.equal(query.toString(), "q=cat&tag=a&tag=b");
});

test("the address gets the query and keeps what is others'", () => {
  const steps = [];
  globalThis.location = { pathname: "/gallery", search: "?q=old&image=1&compare=1,2&__theme=dark" };
  globalThis.history = {
    pushState: (...args) => steps.push(["push", ...args]),
    replaceState: (...args) => steps.push(["replace", ...args]),
  };
  writeQuery(readQuery("?q=new&tag=a"), { push: true, state: { at: 7 } });
  writeQuery(readQuery(""));
  globalThis.location.search = "?q=old";
  writeQuery(readQuery(""));
  assert.deepEqual(steps, [
    ["push", { at: 7 }, "", "/gallery?q=new&tag=a&image=1&compare=1,2&__theme=dark"],
    ["replace", null, "", "/gallery?image=1&compare=1,2&__theme=dark"],
    ["replace", null, "", "/gallery"],
  ]);
});

test("a query depends on what it filters or sorts by", () => {
  for (const [search, changed, depends] of [
    ["?starred=1", "starred", true],
    ["?rated=3", "starred", false],
    ["?rated=3", "rating", true],
    ["?sort=rating", "rating", true],
    ["?sort=oldest", "rating", false],
    ["?tag=a", "add_tags", true],
    ["?tag=a", "remove_tags", true],
    ["?q=cat", "tags", true],
    ["?model=m", "tags", false],
    ["?starred=1&tag=a", "deleted", false],
  ]) {
    assert.equal(dependsOn(readQuery(search), [changed]), depends, `${search} and ${changed}`);
  }
});

test("a day is the moments of its start and end here, and back", () => {
  assert.equal(dayToMoment("2026-11-28"), new Date(2026, 10, 28).toISOString());
  assert.equal(dayToMoment("2026-11-28", { end: true }), new Date(2026, 10, 28, 23, 59, 59, 999).toISOString());
  for (const day of ["", "28.11.2026", "2026-13-01", "2026-11-28T00:00"]) assert.equal(dayToMoment(day), "", day);
  for (const day of ["2026-11-28", "2024-02-29", "2026-01-01"]) {
    assert.equal(momentToDay(dayToMoment(day)), day);
    assert.equal(momentToDay(dayToMoment(day, { end: true })), day);
  }
  for (const [text, day] of [
    ["2026-11-28", "2026-11-28"],
    ["", ""],
    [null, ""],
    ["yesterday", ""],
  ]) {
    assert.equal(momentToDay(text), day);
  }
});
