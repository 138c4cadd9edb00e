import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { picture } from './picture.mjs';
import { faults, figuresTable, fill, judge, targetsWithThoseOf } from './report.mjs';
import { add, begin, read } from './results.mjs';
import { scenarios } from './scenarios.mjs';
import { servers } from './servers.mjs';

const run = (perCpuSecond, more) => ({
  deliveries_per_cpu_s: perCpuSecond, deliveries_per_s: perCpuSecond, lat_ms: { p50: 1, p99: 2 }, deliveries_per_recv: 64, server_util: 1, gen_util: 1,
  expected: 10, missing: 0, duplicates: 0, reordered: 0, corrupt: 0, closed: 0, ...more,
});
const a = scenarios.find(({ name }) => name === 'A');
const nine = Array.from({ length: 9 }, (_, i) => ({ ours: run(700 + 10 * i), limit: run(1_000) }));
const verdict = (scenario, text, pairs) => judge(scenario, pairs).find(j => j.text.startsWith(text));

test('what is wanted is judged pair by pair, by the bound that speaks against it', () => {
  const found = verdict(a, 'plain: per CPU-second, of the C loop', nine);
  assert.deepEqual([found.median, found.interval, found.met], ['0.74', '0.71 to 0.77', 'yes']);
  const weaker = nine.map(({ ours, limit }, i) => ({ ours: i < 2 ? run(640) : ours, limit }));
  assert.equal(verdict(a, 'plain: per CPU-second, of the C loop', weaker).met, '**no**');
});

test('a latency may be at most so much', () => {
  const slower = nine.map(({ ours, limit }) => ({ ours: { ...ours, lat_ms: { p50: 1.7, p99: 2 } }, limit }));
  assert.equal(verdict(a, 'plain: p50', nine).met, 'yes');
  assert.equal(verdict(a, 'plain: p50', slower).met, '**no**');
});

test('a peer that is not there leaves its rows empty, and nothing is said of it', () => {
  assert.equal(verdict(a, 'plain: per CPU-second, of Bun', nine).met, 'not measured');
  assert.match(figuresTable(a, nine), /Bun.*not measured/);
});

test('four pairs are too few to judge', () => assert.equal(verdict(a, 'plain: p50', nine.slice(0, 4)).met, 'too few pairs'));

test('whatever is lost fails the run, whoever lost it', () => {
  const pairs = [{ ours: run(1), limit: run(1, { missing: 3 }) }, { ours: run(1, { closed: 1 }), limit: run(1) }];
  const found = faults([{ scenario: a, pairs, failures: ['A, pair 3, bun: gone'] }]);
  assert.equal(found.length, 3);
  assert.match(found[1], /pair 1, limit: 3 missing/);
  assert.match(found[2], /pair 2, ours: .*1 connections closed/);
});

test('losses of both of two generators count', () => {
  const w = scenarios.find(({ name }) => name === 'W');
  assert.equal(faults([{ scenario: w, failures: [], pairs: [{ ours: { large: run(1), small: run(1, { duplicates: 1 }) } }] }]).length, 1);
});

test('a figure of nothing is not a number, and meets no target', () =>
  assert.notEqual(verdict(a, 'plain: per CPU-second, of the C loop', nine.map(({ ours }) => ({ ours, limit: run(NaN) }))).met, 'yes'));

test('a page keeps what stands around the marks, and must have them', () => {
  assert.equal(fill('before\n<!-- A: begin -->\nold\n<!-- A: end -->\nafter', { A: 'new' }), 'before\n<!-- A: begin -->\nnew\n<!-- A: end -->\nafter');
  assert.throws(() => fill('nothing', { A: 'new' }), /no <!-- A: begin -->/);
});

test('measuring a scenario again forgets its old results, and those of no other', () => {
  const folder = mkdtempSync(join(tmpdir(), 'load-'));
  try {
    for (const scenario of ['A', 'B', 'A']) {
      begin(folder, scenario, { commit: scenario });
      add(folder, scenario, { pair: 1, row: 'ours', result: { of: scenario } });
      add(folder, scenario, { pair: 2, row: 'ours', failed: 'gone' });
    }
    assert.deepEqual(read(folder, 'A'), { about: { commit: 'A' }, pairs: [{ ours: { of: 'A' } }], failures: ['A, pair 2, ours: gone'] });
    assert.equal(read(folder, 'B').pairs.length, 1);
    assert.equal(read(folder, 'C'), undefined);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('every row has a server or a measure of its own, and what is wanted is wanted of rows there are', () => {
  for (const { name, rows, wanted, measure } of scenarios) {
    const names = rows.map(row => row.name);
    assert.equal(new Set(names).size, names.length, name);
    for (const { server } of rows) { assert.ok(measure || servers[server], `${name}: ${server}`); }
    for (const { text, rows, target } of wanted) {
      assert.deepEqual(rows.filter(row => !names.includes(row)), [], text);
      assert.equal(Object.keys(target).length, 1, text);
    }
  }
});

test('the picture is drawn of what there is, and of nothing', () => {
  const about = { processor: 'P <1>', kernel: '6.1-x', date: '2026-01-01', commit: 'abc' };
  assert.match(picture([{ scenario: a, about, pairs: nine }]), /P &lt;1&gt;[\s\S]*<\/svg>\n$/);
  assert.match(picture([]), /<\/svg>\n$/);
});

test('targets of what was not measured stay on the page, in their place', () => {
  const page = '<!-- targets: begin -->\n| | wanted |\n| --- | --- |\n| Z | last |\n| B | old |\n|  | old too |\n| 0 | first |\n<!-- targets: end -->';
  const measured = [{ scenario: { name: 'B', wanted: [{ text: 'new', target: { least: 1 }, rows: [], value: () => 2, show: v => `${v}`, unit: '' }] }, pairs: [{}] }];
  const rows = targetsWithThoseOf(page, measured, ['0', 'B', 'Z']).split('\n');
  assert.deepEqual(rows.slice(0, 3), ['| | wanted |', '| --- | --- |', '| 0 | first |']);
  assert.match(rows[3], /^\| B \| new/);
  assert.deepEqual(rows.slice(4), ['| Z | last |']);
});
