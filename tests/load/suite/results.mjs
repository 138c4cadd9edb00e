// Raw results: one file per scenario in the artifacts folder, a line about the machine and then one for each run, so that the report can be made
// again without measuring.

import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const file = (folder, scenario) => join(folder, 'results', `${scenario}.jsonl`);

/** Forgets what was measured of this scenario before. */
export function begin(folder, scenario, about) {
  mkdirSync(join(folder, 'results'), { recursive: true });
  writeFileSync(file(folder, scenario), `${JSON.stringify({ about })}\n`);
}

/** @param line { pair, row, result } or { pair, row, failed } */
export const add = (folder, scenario, line) => appendFileSync(file(folder, scenario), `${JSON.stringify(line)}\n`);

/** @returns { about, pairs: [{ row: result }], failures: [sentence] }, or undefined if it was not measured */
export function read(folder, scenario) {
  if (!existsSync(file(folder, scenario))) { return undefined; }
  const [{ about }, ...lines] = readFileSync(file(folder, scenario), 'utf8').trim().split('\n').map(line => JSON.parse(line));
  const pairs = [];
  for (const { pair, row, result } of lines) {
    if (result) { (pairs[pair - 1] ??= {})[row] = result; }
  }
  const failures = lines.filter(line => line.failed).map(({ pair, row, failed }) => `${scenario}, pair ${pair}, ${row}: ${failed}`);
  return { about, pairs: pairs.filter(pair => pair), failures };
}
