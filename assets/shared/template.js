// Whether a text holds what a template would read: then a switch is offered. As looks_like_one in
// backend/experiments/templates.py has it.

const HINTED = /\{[^{}]*\|[^{}]*\}|__[\p{L}\p{N}_./* -]+?__/u;

/** @param {string} text */
export const looksLikeTemplate = (text) => HINTED.test(text);

/**
 * What makes a choice of these words in a template.
 *
 * @param {string[]} words
 */
export const choices = (...words) => `{${words.join("|")}}`;
