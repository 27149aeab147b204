/** @param {readonly number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Milliseconds that `work` took. @param {() => unknown} work */
export async function timed(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

export const ms = (value) => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
export const mib = (bytes) => `${Math.round(bytes / 1024 ** 2)} MiB`;
export const perSecond = (value) => `${Math.round(value)}/s`;

/**
 * One line of the table of budgets.
 *
 * @typedef {object} Line
 * @property {string} what
 * @property {string} measured in words, with its unit
 * @property {string} against what it is measured against, in the same run
 * @property {number | undefined} ratio `measured` over `against`
 * @property {string} budget in words
 * @property {boolean | undefined} within undefined where there is no budget
 */

/** Prints lines as a Markdown table. @param {readonly Line[]} lines */
export function printTable(lines) {
  const rows = [
    ['what', 'measured', 'against', 'ratio', 'budget', 'verdict'],
    ...lines.map((line) => [
      line.what,
      line.measured,
      line.against,
      line.ratio === undefined ? '' : line.ratio.toFixed(2),
      line.budget,
      line.within === undefined ? '' : line.within ? 'within' : 'OVER',
    ]),
  ];
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const print = (row) =>
    console.log(`| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`);
  print(rows[0]);
  print(widths.map((width) => '-'.repeat(width)));
  for (const row of rows.slice(1)) print(row);
}
