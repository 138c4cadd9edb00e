// From raw results to tables.

import { losses, parts } from './figures.mjs';
import { sentence, version } from './machine.mjs';
import { interval, median, met, spread } from './statistics.mjs';

const table = (head, rows) => [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n');

/** One row per server: smallest / median / largest of each figure, and what was lost in all runs together. */
export function figuresTable({ rows, columns }, pairs) {
  return table(
    ['server', ...columns.map(column => column.title), 'missing, duplicate, reordered'],
    rows.map(({ name, title }) => {
      const results = pairs.map(pair => pair[name]).filter(result => result);
      if (results.length === 0) { return [title, ...columns.map(() => 'not measured'), '']; }
      const lost = results.map(losses).reduce((a, b) => a.map((value, i) => value + b[i]));
      return [
        results.length < pairs.length ? `${title} (${results.length} runs)` : title,
        ...columns.map(({ of, show }) => { const s = spread(results.map(of)); return (results.length === 1 ? s.slice(1, 2) : s).map(show).join(' / '); }),
        results.some(result => parts(result).length > 0) ? lostWords(lost) : ''];
    }));
}

const lostWords = ([missing, duplicate, reordered, corrupt, closed]) =>
  `${missing}, ${duplicate}, ${reordered}${corrupt ? `; ${corrupt} corrupt` : ''}${closed ? `; ${closed} connections closed` : ''}`;

/** @returns { text, target, median, interval, met } of each thing wanted of a scenario, in words */
export const judge = ({ wanted }, pairs) => wanted.map(({ text, target, rows, value, show, unit }) => {
  const values = pairs.filter(pair => rows.every(row => pair[row])).map(value);
  const bounds = interval(values), verdict = met(target, values);
  return {
    text,
    target: `${target.least === undefined ? '≤' : '≥'} ${show(target.least ?? target.most)} ${unit}`.trim(),
    median: values.length > 0 ? show(median(values)) : '–',
    interval: bounds ? `${show(bounds[0])} to ${show(bounds[1])}` : '–',
    met: values.length === 0 ? 'not measured' : verdict === undefined ? 'too few pairs' : verdict ? 'yes' : '**no**',
    verdict,
  };
});

export function targetsTable(measured) {
  return table(
    ['', 'wanted', 'target', 'median', '90 % interval', 'met'],
    measured.flatMap(({ scenario, pairs }) => judge(scenario, pairs).map((j, i) => [i === 0 ? scenario.name : '', j.text, j.target, j.median, j.interval, j.met])));
}

export const caption = ({ about, pairs }) => `${pairs.length} ${pairs.length === 1 ? 'pair' : 'pairs'}, ${version(about)}.`;

/** Everything there is about one scenario. */
export const section = one =>
  [`## ${one.scenario.name}: ${one.scenario.title}`, caption(one), figuresTable(one.scenario, one.pairs), targetsTable([one])].join('\n\n');

export const report = measured => [...new Set(measured.map(({ about }) => sentence(about))), ...measured.map(section)].join('\n\n');

/** @returns what must not be: sentences about failed runs and lost messages */
export const faults = measured => measured.flatMap(({ scenario, pairs, failures }) => [
  ...failures,
  ...pairs.flatMap((pair, i) => Object.entries(pair).filter(([, result]) => losses(result).some(count => count > 0))
    .map(([row, result]) => {
      const [missing, duplicate, reordered, corrupt, closed] = losses(result);
      return `${scenario.name}, pair ${i + 1}, ${row}: ${missing} missing, ${duplicate} duplicate, ${reordered} reordered, ${corrupt} corrupt, ${closed} connections closed`;
    })),
]);

/**
 * Puts tables into a page, each between its own marks (<!-- A: begin --> and <!-- A: end -->); what stands around them is written by hand.
 * @throws if a mark is not there
 */
export function fill(page, tables) {
  for (const [name, text] of Object.entries(tables)) {
    const begin = `<!-- ${name}: begin -->`, end = `<!-- ${name}: end -->`;
    const from = page.indexOf(begin), to = page.indexOf(end);
    if (from < 0 || to < from) { throw new Error(`The page has no ${begin} … ${end}.`); }
    page = `${page.slice(0, from + begin.length)}\n${text}\n${page.slice(to)}`;
  }
  return page;
}

/** Rows of a page's table of targets for scenarios that were not measured now stay as they are; the order is that of all scenarios. */
export function targetsWithThoseOf(page, measured, names) {
  const table = page.slice(page.indexOf('<!-- targets: begin -->'), page.indexOf('<!-- targets: end -->'));
  const head = table.split('\n').filter(line => line.startsWith('|')).slice(0, 2);
  const groups = text => {
    const of = {};
    let name;
    for (const line of text.split('\n').filter(line => line.startsWith('|')).slice(2)) {
      name = line.split('|')[1].trim() || name;
      (of[name] ??= []).push(line);
    }
    return of;
  };
  const rows = { ...groups(table), ...groups(targetsTable(measured)) };
  return [...head, ...names.flatMap(name => rows[name] ?? [])].join('\n');
}

/** What a page holds of what was measured. */
export const tables = measured => ({
  machine: [...new Set(measured.map(({ about }) => sentence(about)))].join('\n\n'),
  targets: targetsTable(measured),
  ...Object.fromEntries(measured.map(one => [one.scenario.name, `${caption(one)}\n\n${figuresTable(one.scenario, one.pairs)}`])),
});
