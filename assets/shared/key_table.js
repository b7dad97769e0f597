// All keys of all pages, as people are told of them. What listens to one stands where it acts.
import { CONTROL } from "./keys.js";
import { msg } from "./language.js";

/**
 * A part of the list: where its keys act, and what is pressed, each key in brackets, with what it does.
 *
 * @typedef {{ where: string, title: string, note?: string, keys: [key: string, text: string][] }} KeyGroup
 */

/** @type {KeyGroup[]} */
export const KEYS = [
  {
    where: "all",
    title: msg("On every page"),
    keys: [
      [msg("[{control}] + [K]", { control: CONTROL }), msg("Find a page, model, prompt, tag or action by name")],
      ["[/]", msg("Go to the prompt or the search")],
      ["[g]", msg("Go to the images")],
      [msg("[{control}] + [Z]", { control: CONTROL }), msg("Undo the last change")],
      [msg("[Escape]"), msg("Close what is open")],
      ["[?]", msg("This list")],
    ],
  },
  {
    where: "create",
    title: msg("Create"),
    keys: [
      [msg("[Enter]"), msg("In the prompt: generate")],
      [msg("[Shift] + [Enter]"), msg("In the prompt: a new line")],
      [msg("[{control}] + [Enter]", { control: CONTROL }), msg("In any field: generate")],
      [msg("[Up], [Down]"), msg("In an empty prompt: earlier prompts, and back")],
      ["[f]", msg("Full screen")],
    ],
  },
  {
    where: "gallery",
    title: msg("Gallery"),
    note: msg("They act on what is selected, or else on the image in focus."),
    keys: [
      [msg("[Arrows], [Home], [End], [Page Up], [Page Down]"), msg("Go from image to image")],
      [msg("[Enter]"), msg("Open the image")],
      ["[s]", msg("Star, or take the star away")],
      [msg("[1] to [5], [0]"), msg("Rate, or take the rating away")],
      ["[x]", msg("Select")],
      [msg("[Shift] + [arrows], [Shift] + [click]"), msg("Select a range")],
      [msg("[{control}] + [A]", { control: CONTROL }), msg("Select all that match")],
      [msg("[Delete]"), msg("Move to the trash")],
      ["[+], [\u2212]", msg("Larger or smaller thumbnails")],
      [msg("[Escape]"), msg("Clear the selection")],
    ],
  },
  {
    where: "viewer",
    title: msg("One image large"),
    keys: [
      [msg("[Left], [Right]"), msg("The image before or after")],
      ["[s]", msg("Star, or take the star away")],
      [msg("[1] to [5], [0]"), msg("Rate, or take the rating away")],
      ["[i]", msg("Only the image, or with its details")],
      ["[f]", msg("Full screen")],
      ["[+], [\u2212]", msg("Larger, smaller")],
      ["[z]", msg("Full size, or fitted")],
      [msg("[Shift] + [arrows]"), msg("Move an enlarged image")],
      [msg("[Delete]"), msg("Move to the trash")],
    ],
  },
  {
    where: "stage",
    title: msg("Full screen"),
    keys: [
      [msg("[Left], [Right], [Home], [End]"), msg("Go from image to image")],
      ["[p]", msg("Show the prompt, or hide it")],
      ["[f]", msg("Back to the page, as with Escape")],
    ],
  },
];
