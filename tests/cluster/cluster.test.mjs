// The short form of the proof that a cluster loses nothing; the long one is tests/load/proof.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scenarios } from './scenarios.mjs';

for (const { title, run, short } of scenarios.filter(each => each.short)) {
  test(title, { timeout: 240_000 }, async t => {
    const { counts, faults, words } = await run(short);
    t.diagnostic(JSON.stringify(counts));
    assert.deepEqual(faults, [], words);
    assert.ok(counts.publications > 0 && counts.deliveries > counts.publications, JSON.stringify(counts));
  });
}
