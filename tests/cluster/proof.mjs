// proof.mjs FOLDER [SCENARIO…] [--report] [--write]: proves, keeps results in FOLDER, reports. Started by ../load/proof.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { killedWithData } from './data.mjs';
import { page, section } from './report.mjs';
import { about, keep, read } from './results.mjs';
import { scenarios } from './scenarios.mjs';

const all = [...scenarios, killedWithData];
const { values: options, positionals: [folder, ...names] } = parseArgs({
  allowPositionals: true, options: { report: { type: 'boolean', default: false }, write: { type: 'boolean', default: false } },
});
const unknown = names.filter(name => !all.some(scenario => scenario.name === name));
if (unknown.length > 0) {
  console.error(`There is no scenario ${unknown.join(', ')}: ${all.map(({ name }) => name).join(' ')}`);
  process.exit(2);
}

const chosen = all.filter(({ name }) => names.length === 0 || names.includes(name));
if (!options.report) {
  for (const scenario of chosen) {
    console.error(`${scenario.name}: ${scenario.title}`);
    keep(folder, scenario.name, { about: about(), ...await outcome(scenario) });
    console.log(`${section(scenario, read(folder, scenario.name))}\n`);
  }
}

const proved = all.map(scenario => ({ scenario, result: read(folder, scenario.name) })).filter(({ result }) => result);
const report = page(proved);
writeFileSync(join(folder, 'report.md'), report);
if (options.write) { writeFileSync('docs/proof.md', report); }
const ran = proved.filter(({ scenario }) => chosen.includes(scenario)).map(({ result }) => result);
const [failed, skipped] = [ran.filter(({ faults }) => faults?.length > 0).length, ran.filter(result => result.skipped).length];
console.log(`${ran.length - failed - skipped} of ${ran.length} hold, ${failed} do not, ${skipped} were left out. All of it: ${join(folder, 'report.md')}`);
process.exit(failed === 0 ? 0 : 1);

/** One that breaks off is a failure like any other, and the rest goes on. */
async function outcome({ run, missing, long }) {
  const skipped = missing?.();
  if (skipped) { return { skipped }; }
  const begun = performance.now();
  try {
    const { counts, faults, words } = await run(long);
    if (words) { console.error(words); }
    return { numbers: long, counts, faults, seconds: Math.round((performance.now() - begun) / 1_000) };
  } catch (e) {
    return { numbers: long, counts: {}, faults: [e.message.trim()], seconds: Math.round((performance.now() - begun) / 1_000) };
  }
}
