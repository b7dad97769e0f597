// What a closed vote came to.

/**
 * Which of the options won: of those with equally many votes each, though the first goes on.
 *
 * @param {{ id: string }[]} options
 * @param {number[] | null | undefined} totals
 * @param {string | null | undefined} winner
 * @returns {boolean[]}
 */
export function wonOf(options, totals, winner) {
  const first = options.findIndex(({ id }) => id === winner);
  return options.map((_, at) => first >= 0 && totals?.[at] === totals?.[first]);
}
