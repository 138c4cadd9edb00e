// main.mjs FOLDER [SCENARIO…] [--pairs N] [--report] [--write]: measures, keeps raw results in FOLDER, reports. Started by ../run.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { seconds } from './generator.mjs';
import { about } from './machine.mjs';
import { available, quiet, served } from './measures.mjs';
import { picture } from './picture.mjs';
import { faults, fill, judge, report, section, tables, targetsWithThoseOf } from './report.mjs';
import { add, begin, read } from './results.mjs';
import { scenarios } from './scenarios.mjs';

const { values: options, positionals: [folder, ...names] } = parseArgs({
  allowPositionals: true,
  options: { pairs: { type: 'string', default: '9' }, report: { type: 'boolean', default: false }, write: { type: 'boolean', default: false } },
});
const cores = { server: process.env.SERVER_CORE ?? '0', generator: process.env.GENERATOR_CORE ?? '1' };
const bench = { folder, cores: { ...cores, all: `${cores.server},${cores.generator}` } };
const chosen = scenarios.filter(({ name }) => names.length === 0 || names.includes(name));
const pairs = Number(options.pairs);

if (!options.report) {
  plan();
  for (const scenario of chosen) { await measure(scenario); }
}

const measured = scenarios.map(scenario => ({ scenario, ...read(folder, scenario.name) })).filter(({ about }) => about);
const shown = options.report ? measured.filter(({ scenario }) => chosen.includes(scenario)) : [];
if (shown.length > 0) { console.log(`${report(shown)}\n`); }
writeFileSync(join(folder, 'report.md'), `${report(measured)}\n`);
writeFileSync(join(folder, 'performance.svg'), picture(measured));
if (options.write) {
  const page = readFileSync('docs/performance.md', 'utf8');
  const targets = targetsWithThoseOf(page, measured, scenarios.map(({ name }) => name));
  writeFileSync('docs/performance.md', fill(page, { ...tables(measured), targets }));

  // A picture of a part would hide the rest.
  const drawn = scenarios.filter(({ drawn }) => drawn).every(one => measured.some(({ scenario }) => scenario === one));
  if (drawn) { writeFileSync('docs/performance.svg', picture(measured)); }
}

const ran = measured.filter(({ scenario }) => chosen.includes(scenario));
const verdicts = ran.flatMap(({ scenario, pairs }) => judge(scenario, pairs)).map(({ verdict }) => verdict);
const wrong = faults(ran);
wrong.forEach(sentence => console.log(`FAILED: ${sentence}`));
console.log(`${verdicts.filter(v => v).length} of ${verdicts.length} targets met${verdicts.includes(undefined) ? `, ${verdicts.filter(v => v === undefined).length} not judged` : ''}; `
  + `${wrong.length === 0 ? 'nothing missing, duplicate or reordered' : `${wrong.length} runs failed`}. All of it: ${join(folder, 'report.md')}`);
process.exit(wrong.length === 0 ? 0 : 1);

/** Says what is coming and how long it takes. */
function plan() {
  const unknown = names.filter(name => !scenarios.some(scenario => scenario.name === name));
  if (unknown.length > 0 || !(pairs >= 1)) {
    console.error(`There is no scenario ${unknown.join(', ') || `with ${options.pairs} pairs`}: ${scenarios.map(({ name }) => name).join(' ')}`);
    process.exit(2);
  }
  const minutes = scenario => scenario.rows.filter(row => available(row, bench)).reduce((sum, row) => sum + Math.min(pairs, row.pairs ?? pairs) * duration(row), 0) / 60;
  for (const scenario of chosen) {
    const absent = scenario.rows.filter(row => !available(row, bench)).map(row => row.name);
    console.log(`${scenario.name.padEnd(6)}${minutes(scenario).toFixed(1).padStart(5)} min  ${scenario.title}${absent.length > 0 ? ` (not built: ${absent.join(', ')})` : ''}`);
  }
  console.log(`${pairs} pairs of each, about ${chosen.map(minutes).reduce((a, b) => a + b, 0).toFixed(0)} minutes in all\n`);
}

/** A row once, with the server's start and stop and the wait before it. */
function duration({ generators, seconds: own }) {
  return own ?? 2.5 + Math.max(...Object.values(generators).map(({ load }) => seconds(load)));
}

async function measure(scenario) {
  begin(folder, scenario.name, about(folder, cores));
  await (scenario.measure ? measureAtOnce(scenario) : measureInPairs(scenario));
  console.log(`${section({ scenario, ...read(folder, scenario.name) })}\n`);
}

/** Pair after pair; the order turns round each time, so that no server always follows the same one. */
async function measureInPairs({ name, rows }) {
  for (let pair = 1; pair <= pairs; pair++) {
    const begun = performance.now();
    const ready = rows.filter(row => available(row, bench) && pair <= (row.pairs ?? pairs));
    for (const row of pair % 2 === 1 ? ready : ready.toReversed()) {
      await quiet();
      await keep(name, pair, row, async () => add(folder, name, { pair, row: row.name, result: await (row.measure ?? served)(row, bench) }));
    }
    console.error(`${name}: pair ${pair} of ${pairs}, ${((performance.now() - begun) / 1_000).toFixed(0)} s`);
  }
}

async function measureAtOnce({ name, rows, measure }) {
  for (const row of rows.filter(row => available(row, bench))) {
    await quiet();
    await keep(name, 1, row, async () => (await measure(row, bench, pairs)).forEach((result, i) => add(folder, name, { pair: i + 1, row: row.name, result })));
  }
}

/** A run that fails is kept as such, and the others go on. */
async function keep(name, pair, row, run) {
  try {
    await run();
  } catch (e) {
    add(folder, name, { pair, row: row.name, failed: e.message.trim() });
    console.error(`${name}, pair ${pair}, ${row.name}: ${e.message.trim()}`);
  }
}
