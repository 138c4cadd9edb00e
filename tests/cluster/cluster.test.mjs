// The short form of the proof that a cluster loses nothing; the long one is tests/load/proof.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scenarios } from './scenarios.mjs';
import { stoppedRedis } from './scenarios/stopped-redis.mjs';

const limit = { timeout: 600_000 };

for (const { title, run, short, missing } of scenarios.filter(each => each.short)) {
  test(title, { ...limit, skip: missing?.() ?? false }, async t => {
    const { counts, faults, words } = await run(short);
    t.diagnostic(JSON.stringify(counts));
    assert.deepEqual(faults, [], words);
    assert.ok(counts.publications > 0 && counts.deliveries > counts.publications, JSON.stringify(counts));
  });
}

test('The proof finds out a Redis that comes back with nothing, where its data was promised', limit, async () => {
  const { faults } = await stoppedRedis({ clients: 18, rooms: 3, rate: 50, away: 1, signal: 'SIGKILL', keepsData: false, promised: true });
  assert.ok(faults.some(fault => /was told that .* are missing: epoch/.test(fault)), faults.join('\n'));
  assert.ok(faults.some(fault => /acknowledged publications are of a history that is gone/.test(fault)) || faults.some(fault => /^and \d+ more$/.test(fault)), faults.join('\n'));
});
