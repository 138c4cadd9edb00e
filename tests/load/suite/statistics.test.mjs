import assert from 'node:assert/strict';
import { test } from 'node:test';
import { interval, median, met, spread } from './statistics.mjs';

const oneTo = n => Array.from({ length: n }, (_, i) => i + 1);
const shuffled = [7, 2, 9, 4, 1, 8, 3, 6, 5];

test('the median of an even number of values lies between the middle two', () => {
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.equal(median(shuffled), 5);
  assert.equal(median([10, 9]), 9.5);
});

test('figures are sorted as numbers, not as text', () => assert.deepEqual(spread([10, 9, 100]), [9, 10, 100]));

test('the 90 % interval of the median is that of the sign test', () => {
  // P(fewer than k of n fair coins) ≤ 5 %: tables of the sign test give k = 1, 1, 2, 2, 4, 6 for these n.
  assert.deepEqual(interval(oneTo(5)), [1, 5]);
  assert.deepEqual(interval(oneTo(7)), [1, 7]);
  assert.deepEqual(interval(oneTo(8)), [2, 7]);
  assert.deepEqual(interval(shuffled), [2, 8]);
  assert.deepEqual(interval(oneTo(13)), [4, 10]);
  assert.deepEqual(interval(oneTo(20)), [6, 15]);
});

test('fewer than five values have no interval, and no verdict', () => {
  assert.equal(interval(oneTo(4)), undefined);
  assert.equal(met({ least: 0 }, oneTo(4)), undefined);
});

test('"at least" is met by the lower bound', () => {
  assert.equal(met({ least: 2 }, shuffled), true);
  assert.equal(met({ least: 2.1 }, shuffled), false);
});

test('"at most" is met by the upper bound', () => {
  assert.equal(met({ most: 8 }, shuffled), true);
  assert.equal(met({ most: 7.9 }, shuffled), false);
});
