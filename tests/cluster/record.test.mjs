import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RoomRecord } from './record.mjs';

const at = (offset, epoch = 'e') => ({ offset, epoch });
const history = (...payloads) => ({ epoch: 'e', messages: payloads.map((payload, index) => ({ offset: index + 1, payload })) });

function record(fill) {
  const room = new RoomRecord();
  fill(room);
  return room;
}

const ordinary = record(room => {
  room.accept(at(1), 'one');
  room.refuse('never');
  for (let client = 0; client < 3; client++) {
    room.deliver(at(1), 'one');
    room.deliver(at(2), 'unknown to its publisher');
  }
});

test('what agrees has no faults', () => assert.deepEqual(ordinary.judge(history('one', 'unknown to its publisher')), { faults: [], gone: 0 }));

const faulty = {
  'an acknowledged publication that is not kept': [record(room => room.accept(at(2), 'two')), history('one'), /^2\.e was acknowledged as two, and is not there$/],
  'an acknowledged publication that is kept as another': [record(room => room.accept(at(1), 'one')), history('two'), /^1\.e was acknowledged as one, and is two$/],
  'a position that was given twice': [record(room => { room.accept(at(1), 'one'); room.accept(at(1), 'other'); }), history('one'), /^1\.e was acknowledged as one, and as other$/],
  'an answer that was given twice': [record(room => { room.accept(at(1), 'one'); room.accept(at(1), 'one'); }), history('one'), /^1\.e was acknowledged twice$/],
  'two clients that got something else': [record(room => { room.deliver(at(1), 'one'); room.deliver(at(1), 'other'); }), history('one'), /^1\.e was delivered as one, and as other$/],
  'a delivery that is not kept': [record(room => room.deliver(at(2), 'two')), history('one'), /^2\.e was delivered as two, and is not there$/],
  'a delivery that is something else than was acknowledged': [
    record(room => { room.accept(at(1, 'lost'), 'one'); room.deliver(at(1, 'lost'), 'other'); }), history(), /^1\.lost was acknowledged as one, and delivered as other$/],
  'a refused publication that is kept': [record(room => room.refuse('one')), history('one'), /^one was refused, and is kept at 1\.e$/],
  'a refused publication that was delivered': [record(room => { room.refuse('one'); room.deliver(at(1, 'lost'), 'one'); }), history(), /^one was refused, and delivered at 1\.lost$/],
  'a publication that is kept twice': [record(() => {}), history('one', 'two', 'one'), /^one is kept at 1\.e and again at 3\.e$/],
  'a history with a hole': [record(() => {}), { epoch: 'e', messages: [{ offset: 1, payload: 'one' }, { offset: 3, payload: 'three' }] }, /^the history has 3 where 2 belongs$/],
};
for (const [name, [room, kept, sentence]] of Object.entries(faulty)) {
  test(`${name} is a fault`, () => {
    const { faults } = room.judge(kept);
    assert.equal(faults.length, 1, faults.join('\n'));
    assert.match(faults[0], sentence);
  });
}

test('an answer of an owner whom another had followed when it was asked is a fault, and one that was on its way is none', () => {
  const room = record(it => {
    const before = performance.now();
    it.accept(at(1, 'old'), 'one', before);
    it.accept(at(1), 'two', before);
    it.accept(at(2, 'old'), 'on its way', before);
  });
  assert.deepEqual(room.judge(history('two')), { faults: [], gone: 2 });
  room.accept(at(3, 'old'), 'late', performance.now());
  assert.deepEqual(room.judge(history('two')).faults, ['3.old was acknowledged in a history that another had followed']);
  assert.ok(room.hasChanged);
});

test('what was acknowledged in a history that is gone is counted, and no fault', () => {
  const room = record(it => { it.accept(at(1, 'lost'), 'old'); it.accept(at(1), 'new'); });
  assert.deepEqual(room.judge(history('new')), { faults: [], gone: 1 });
});
