import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Sequence } from './sequence.mjs';

const at = (offset, epoch = 'e') => ({ offset, epoch });
const verdict = ({ deliveries, holes, duplicates, reordered, untold, gaps }) => ({ deliveries, holes, duplicates, reordered, untold, gaps: gaps.length });
const clean = { deliveries: 0, holes: 0, duplicates: 0, reordered: 0, untold: 0, gaps: 0 };

function of(...offsets) {
  const sequence = new Sequence();
  sequence.begins(at(0));
  for (const offset of offsets) { sequence.delivered(at(offset)); }
  return sequence;
}

test('what comes in order, once, is as promised', () => assert.deepEqual(verdict(of(1, 2, 3)), { ...clean, deliveries: 3 }));

test('what never came is a hole, each offset of it', () => assert.deepEqual(verdict(of(1, 4)), { ...clean, deliveries: 2, holes: 2 }));

test('a hole right at the beginning is one', () => assert.deepEqual(verdict(of(2)), { ...clean, deliveries: 1, holes: 1 }));

test('what came twice is a duplicate, also much later', () => assert.deepEqual(verdict(of(1, 2, 2, 3, 1)), { ...clean, deliveries: 5, duplicates: 2 }));

test('what was passed over and came later is reordered, and no hole any more', () => {
  assert.deepEqual(verdict(of(1, 3, 2)), { ...clean, deliveries: 3, reordered: 1 });
  assert.deepEqual(verdict(of(1, 3, 2, 2)), { ...clean, deliveries: 4, reordered: 1, duplicates: 1 });
});

test('what lies before where the client began is a duplicate', () => {
  const sequence = new Sequence();
  sequence.begins(at(10));
  sequence.delivered(at(10));
  assert.equal(sequence.duplicates, 1);
});

test('coming back changes nothing', () => {
  const sequence = of(1, 2);
  sequence.begins(at(7));
  sequence.delivered(at(3));
  assert.deepEqual(verdict(sequence), { ...clean, deliveries: 3 });
});

test('another history that nobody told of is counted', () => {
  const sequence = of(1, 2);
  sequence.delivered(at(1, 'other'));
  sequence.delivered(at(2, 'other'));
  assert.deepEqual(verdict(sequence), { ...clean, deliveries: 4, untold: 1 });
});

test('deliveries before the client was let in are counted', () => {
  const sequence = new Sequence();
  sequence.delivered(at(1));
  assert.equal(sequence.untold, 1);
});

test('after another history that it was told of, the client goes on in that', () => {
  const sequence = of(1, 2);
  sequence.told({ from: at(3), to: at(5, 'other'), reason: 'epoch' });
  sequence.delivered(at(6, 'other'));
  assert.deepEqual(verdict(sequence), { ...clean, deliveries: 3, gaps: 1 });
  sequence.delivered(at(8, 'other'));
  assert.equal(sequence.holes, 1);
});

test('a hole stays one when the history is lost afterwards', () => {
  const sequence = of(1, 3);
  sequence.told({ from: at(4), to: at(0, 'other'), reason: 'epoch' });
  sequence.delivered(at(1, 'other'));
  sequence.delivered(at(2, 'other'));
  assert.deepEqual(verdict(sequence), { ...clean, deliveries: 4, holes: 1, gaps: 1 });
});

test('what was told to be missing is no hole, but what lies beside it is', () => {
  const sequence = of(1);
  sequence.told({ from: at(2), to: at(4), reason: 'expired' });
  sequence.delivered(at(5));
  assert.deepEqual(verdict(sequence), { ...clean, deliveries: 2, gaps: 1 });
  sequence.delivered(at(7));
  assert.equal(sequence.holes, 1);
});

test('who was ahead of the room goes on after its newest', () => {
  const sequence = of(1, 2, 3);
  sequence.told({ from: at(2), to: at(3), reason: 'ahead' });
  assert.deepEqual(sequence.position, at(1));
  sequence.delivered(at(2));
  assert.equal(sequence.duplicates, 0);
});
