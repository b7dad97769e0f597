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
      ["[p]", msg("Play as slides")],
      ["[+], [\u2212]", msg("Larger or smaller thumbnails")],
      [msg("[Escape]"), msg("Clear the selection")],
    ],
  },
  {
    where: "experiments",
    title: msg("Experiments"),
    keys: [
      [msg("[Arrows], [Home], [End]"), msg("Go from cell to cell")],
      [msg("[Enter]"), msg("Open the image")],
      ["[c]", msg("Compare the cell with another one")],
      ["[+], [\u2212]", msg("Larger or smaller images")],
      [msg("[Escape]"), msg("Put away what is told of a cell, or choose none")],
    ],
  },
  {
    where: "blind",
    title: msg("Blind test"),
    keys: [
      [msg("[Left], [Right]"), msg("The left one is better, the right one is")],
      [msg("[Down], [=]"), msg("Both are equal")],
      [msg("[Up], [b]"), msg("Both are bad")],
      [msg("[Backspace]"), msg("Take the last vote back")],
    ],
  },
  {
    where: "desk",
    title: msg("Demo session"),
    keys: [
      ["[a]", msg("Approve the marked idea")],
      ["[x]", msg("Not this time, for the marked idea or picture")],
      [msg("[Enter]"), msg("Show the marked picture to the room")],
      ["[n]", msg("Go to the next picture")],
      [msg("[Up], [Down]"), msg("Go from idea to idea, from picture to picture")],
      [msg("[Left], [Right]"), msg("Go to the ideas, to the pictures")],
      ["[e]", msg("Add an idea by hand")],
      ["[v]", msg("Start a vote among the last pictures, or close it")],
      ["[w]", msg("Show all pictures on the stage")],
      ["[q]", msg("Show the code large")],
      ["[b]", msg("Make the stage black")],
      ["[f]", msg("Freeze the stage")],
      ["[p]", msg("Make no more images for now, or go on")],
      ["[+]", msg("Let the session make more images")],
      ["[t]", msg("Trust the next ideas, or read each again")],
      ["[d]", msg("Let people in, or close the door")],
      ["[c]", msg("Make a new code")],
      ["[o]", msg("Open the stage")],
      ["[l]", msg("Go on with the next group")],
      ["[r]", msg("Continue from the rehearsal")],
      ["[z]", msg("Undo the last step")],
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
      ["[z]", msg("Enlarge, or fit")],
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
  {
    where: "projector",
    title: msg("The projector's window"),
    keys: [
      ["[f]", msg("Full screen, and back")],
      ["[b]", msg("Black, and back")],
      ["[q]", msg("The code large, and back")],
      [msg("[p], [Space]"), msg("Pause the slides, or go on")],
      [msg("[Left], [Right]"), msg("The slide before or after")],
    ],
  },
];
