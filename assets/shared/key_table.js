// All keys of all pages, as people are told of them. What listens to one stands where it acts.
import { CONTROL } from "./keys.js";

/**
 * A part of the list: where its keys act, and each key with what it does.
 *
 * @typedef {{ where: string, title: string, note?: string, keys: [key: string, text: string][] }} KeyGroup
 */

/** @type {KeyGroup[]} */
export const KEYS = [
  {
    where: "all",
    title: "On every page",
    keys: [
      [`${CONTROL} + K`, "Find a page, model, prompt, tag or action by name"],
      ["/", "Go to the prompt or the search"],
      ["g", "Go to the images"],
      [`${CONTROL} + Z`, "Undo the last change"],
      ["Escape", "Close what is open"],
      ["?", "This list"],
    ],
  },
  {
    where: "create",
    title: "Create",
    keys: [
      ["Enter", "In the prompt: generate"],
      ["Shift + Enter", "In the prompt: a new line"],
      [`${CONTROL} + Enter`, "In any field: generate"],
      ["Up, Down", "In an empty prompt: earlier prompts, and back"],
      ["f", "Full screen"],
    ],
  },
  {
    where: "gallery",
    title: "Gallery",
    note: "They act on what is selected, or else on the image in focus.",
    keys: [
      ["Arrows, Home, End, Page Up, Page Down", "Go from image to image"],
      ["Enter", "Open the image"],
      ["s", "Star, or take the star away"],
      ["1 to 5, 0", "Rate, or take the rating away"],
      ["x", "Select"],
      ["Shift + arrows, Shift + click", "Select a range"],
      [`${CONTROL} + A`, "Select all that match"],
      ["Delete", "Move to the trash"],
      ["+, \u2212", "Larger or smaller thumbnails"],
      ["Escape", "Clear the selection"],
    ],
  },
  {
    where: "viewer",
    title: "One image large",
    keys: [
      ["Left, Right", "The image before or after"],
      ["s", "Star, or take the star away"],
      ["1 to 5, 0", "Rate, or take the rating away"],
      ["i", "Only the image, or with its details"],
      ["f", "Full screen"],
      ["+, \u2212", "Larger, smaller"],
      ["z", "Full size, or fitted"],
      ["Shift + arrows", "Move an enlarged image"],
      ["Delete", "Move to the trash"],
    ],
  },
  {
    where: "stage",
    title: "Full screen",
    keys: [
      ["Left, Right, Home, End", "Go from image to image"],
      ["p", "Show the prompt, or hide it"],
      ["f", "Back to the page, as with Escape"],
    ],
  },
];
