import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mostWithin } from './rates.mjs';

test('the densest span counts, wherever it begins', () => {
  assert.equal(mostWithin([0, 900, 950, 1_000, 1_899, 5_000], 1_000), 4);
  assert.equal(mostWithin([5_000, 1_899, 0, 950, 1_000, 900], 1_000), 4);
});

test('what lies a whole span apart is not within one', () => assert.equal(mostWithin([0, 1_000, 2_000], 1_000), 1));

test('all at once is all of it, and nothing is nothing', () => {
  assert.equal(mostWithin([7, 7, 7], 1), 3);
  assert.equal(mostWithin([], 1_000), 0);
});
