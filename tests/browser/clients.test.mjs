// What clients that nobody wrote for this server see of it: npm `ws`, npm `eventsource`, and curl.

import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { freshRoom, openNode } from './node.mjs';
import { openProxy } from './proxy.mjs';
import { Ways, path } from './ways.mjs';

const base = await openNode();
const ways = new Ways(base);
afterEach(() => ways.closeAll());

const limit = { timeout: 180_000 };
const bytes = Buffer.from([0, 1, 2, 253, 254, 255]);
const offsets = list => list.map(each => each.offset);
const follow = list => list.forEach((offset, index) => assert.equal(offset, list[0] + index, `hole or duplicate in ${list}`));
/** In a fresh room this is all there will be, whenever the client has joined. */
const all = { since: 'start' };
const many = (count, make) => Array.from({ length: count }, (_, index) => make(index));

describe('a room on every path', () => {
  // Per kind, what each path makes of it: the table "What a publication becomes" in docs/protocol.md.
  const kinds = {
    json: {
      bare: { text: '{"temperature":21.5}' }, envelope: { kind: 'json', data: { temperature: 21.5 } },
      event: { type: 'message', data: '{"temperature":21.5}' },
    },
    text: {
      bare: { text: 'Grüße, 世界 👋' }, envelope: { kind: 'text', data: 'Grüße, 世界 👋' },
      event: { type: 'message', data: 'Grüße, 世界 👋' },
    },
    binary: {
      bare: { binary: bytes }, envelope: { kind: 'binary', b64: bytes.toString('base64') },
      event: { type: 'binary', data: bytes.toString('base64') },
    },
  };
  const publishers = {
    'POST of json': ['json', async room => ways.publish(room, '{"temperature":21.5}', { type: 'application/json' })],
    'POST of text': ['text', async room => ways.publish(room, kinds.text.bare.text)],
    'POST of bytes': ['binary', async room => ways.publish(room, bytes, { type: 'application/octet-stream' })],
    'a text frame': ['text', async room => (await ways.bare(room)).socket.send(kinds.text.bare.text)],
    'a binary frame': ['binary', async room => (await ways.bare(room)).socket.send(bytes)],
    'a binary frame on an envelope socket': ['binary', async room => (await ways.envelope(room)).socket.send(bytes)],
    'a publish command with json': ['json', async room => (await ways.envelope(room)).command({ publish: { data: { temperature: 21.5 } } })],
    'a publish command with text': ['text', async room => (await ways.envelope(room)).command({ publish: { kind: 'text', data: kinds.text.bare.text } })],
    'a publish command with b64': ['binary', async room => (await ways.envelope(room)).command({ publish: { b64: bytes.toString('base64') } })],
    'curl -d': ['text', async room => ways.curl('-d', kinds.text.bare.text, ways.address(path(room, 'messages')))],
  };
  for (const [name, [kind, publish]] of Object.entries(publishers)) {
    test(`S1.1, S1.16, S5.15: ${name} reaches bare socket, envelope socket, SSE and SSE of two rooms as ${kind}`, limit, async () => {
      const room = freshRoom('paths'), other = freshRoom('other');
      const [bare, envelope, single, multi] = await Promise.all([
        ways.bare(room, all), ways.envelope(room, all), ways.events(room, all), ways.events([other, room], { since: 'start,start' }),
      ]);
      await publish(room);
      const [said] = await envelope.publications.count(1);
      const { room: from, position, offset, kind: itsKind, ...rest } = said;
      assert.deepEqual({ from, offset, kind: itsKind, ...rest }, { from: room, offset: 1, ...kinds[kind].envelope });
      assert.ok(position.startsWith('1.'), position);
      assert.deepEqual((await bare.frames.count(1))[0], kinds[kind].bare);
      assert.deepEqual((await single.events.count(1))[0], { ...kinds[kind].event, id: position });
      const [event] = await multi.events.count(1);
      assert.equal(event.data, kinds[kind].event.data);
      assert.equal(event.type, kinds[kind].event.type);
      assert.equal(event.id.split(',')[1], position);
    });
  }

  test('S4.5: event name, key and tags travel along', limit, async () => {
    const room = freshRoom('named');
    const [envelope, single] = await Promise.all([ways.envelope(room, all), ways.events(room, all, { names: ['alarm'] })]);
    await ways.publish(room, 'fire', { query: { event: 'alarm', key: 'kitchen', tag: ['floor:2', 'loud:yes'] } });
    const [said] = await envelope.publications.count(1);
    assert.deepEqual([said.event, said.key, said.tags], ['alarm', 'kitchen', { floor: '2', loud: 'yes' }]);
    const [event] = await single.events.count(1);
    assert.deepEqual([event.type, event.data], ['alarm', 'fire']);
  });

  test('S1.1, S1.14: twenty clients get the same items in the same order', limit, async () => {
    const room = freshRoom('many');
    const clients = await Promise.all(many(20, () => ways.envelope(room)));
    for (const index of many(50, each => each)) { await ways.publish(room, `item ${index}`); }
    for (const { publications } of clients) {
      const got = await publications.count(50);
      assert.deepEqual(got.map(each => each.data), many(50, index => `item ${index}`));
      follow(offsets(got));
    }
  });

  const told = {
    'a bare socket': async room => (await ways.bare(room)).frames,
    'an envelope socket': async room => (await ways.envelope(room)).publications,
    'an event stream': async room => (await ways.events(room)).events,
    'an event stream of two rooms': async room => (await ways.events([freshRoom('other'), room])).events,
  };
  for (const [name, listen] of Object.entries(told)) {
    test(`S1.2: ${name} that was told it is connected misses nothing from then on`, limit, async () => {
      for (const room of many(30, () => freshRoom('told'))) {
        const inbox = await listen(room);
        await ways.publish(room, 'now');
        const [first] = await inbox.count(1);
        if (name.endsWith('two rooms')) { assert.equal(first.id.split(',').length, 2, `${first.id} names one room of two`); }
        ways.closeAll();
      }
    });
  }

  test('S1.2, S1.3: who joins gets every item from then on, and who leaves is not missed', limit, async () => {
    const room = freshRoom('coming');
    const [stays, leaves] = await Promise.all([ways.envelope(room), ways.envelope(room)]);
    for (const index of many(10, each => each)) { await ways.publish(room, `${index}`); }
    const joins = await ways.envelope(room);
    leaves.socket.terminate();
    for (const index of many(10, each => each + 10)) { await ways.publish(room, `${index}`); }
    assert.deepEqual((await stays.publications.count(20)).map(each => each.data), many(20, String));
    assert.deepEqual((await joins.publications.count(10)).map(each => each.data), many(10, index => String(index + 10)));
  });
});

describe('npm ws', () => {
  test('S5.14, S5.16: a ping is answered with its own payload, and a close with its own code', limit, async () => {
    const { socket, closed } = await ways.bare(freshRoom('ping'));
    const pong = new Promise(resolve => socket.once('pong', data => resolve(data.toString())));
    socket.ping('are you there');
    assert.equal(await pong, 'are you there');
    socket.close(4123, 'done');
    assert.equal((await closed).code, 4123);
  });

  test('S5.15: a fragmented message arrives whole', limit, async () => {
    const room = freshRoom('fragments');
    const [sender, reader] = await Promise.all([ways.bare(room), ways.bare(room, all)]);
    for (const part of ['one ', 'two ']) { sender.socket.send(part, { fin: false }); }
    sender.socket.send('three', { fin: true });
    assert.deepEqual(await reader.frames.count(1), [{ text: 'one two three' }]);
  });

  test('S5.15: a message over the limit closes with 1009', limit, async () => {
    const { socket, closed } = await ways.bare(freshRoom('big'));
    socket.send(Buffer.alloc(64 * 1024 + 1));
    assert.equal((await closed).code, 1009);
  });

  test('S3.27: since=start, since=POSITION and nothing at all begin where they say', limit, async () => {
    const room = freshRoom('since');
    const positions = [];
    for (const index of many(5, each => each)) { positions.push((await ways.publish(room, `${index}`)).position); }
    const [fromStart, fromTwo, fromNow] = await Promise.all([
      ways.bare(room, { since: 'start' }), ways.bare(room, { since: positions[1] }), ways.envelope(room),
    ]);
    await ways.publish(room, '5');
    const texts = async ({ frames }, count) => (await frames.count(count)).map(frame => frame.text);
    assert.deepEqual(await texts(fromStart, 6), ['0', '1', '2', '3', '4', '5']);
    assert.deepEqual(await texts(fromTwo, 4), ['2', '3', '4', '5']);
    assert.deepEqual((await fromNow.publications.count(1)).map(each => each.data), ['5']);
  });

  test('S5.5: what came during a pause follows the resume, in order and without a hole', limit, async () => {
    const room = freshRoom('pause');
    const client = await ways.envelope(room);
    await ways.publish(room, 'before');
    await client.publications.count(1);
    const paused = await client.command({ pause: true });
    assert.match(paused.result.position, /^1\./);
    for (const index of many(20, each => each)) { await ways.publish(room, `${index}`); }
    // A command is answered in order with what is sent, so its answer shows that nothing was sent before it.
    await client.command({ nothing: 'of the kind' });
    assert.equal(client.publications.all.length, 1);
    const resumed = await client.command({ resume: true });
    assert.match(resumed.result.position, /^1\./);
    await ways.publish(room, 'after');
    const got = await client.publications.count(22);
    follow(offsets(got));
    assert.deepEqual(got.map(each => each.data), ['before', ...many(20, String), 'after']);
  });

  test('S5.16: a dropped socket resumes at its last position without a hole, while messages go on', limit, async () => {
    const room = freshRoom('drop');
    const first = await ways.envelope(room);
    const publishing = (async () => { for (const index of many(60, each => each)) { await ways.publish(room, `${index}`); } })();
    const seen = await first.publications.count(10);
    first.socket.terminate();
    const second = await ways.envelope(room, { since: seen.at(-1).position });
    await publishing;
    const got = [...seen, ...await second.publications.count(50)];
    follow(offsets(got));
    assert.deepEqual(got.map(each => each.data), many(60, String));
  });

  test('S4.18: a position of another history is reported, not skipped', limit, async () => {
    const room = freshRoom('epoch');
    await ways.publish(room, 'here');
    const envelope = await ways.envelope(room, { since: '7.nosuch' });
    const { gap } = await envelope.said.find(object => object.gap);
    assert.equal(gap.reason, 'epoch');
    const bare = await ways.bare(room, { since: '7.nosuch' });
    const { code, reason } = await bare.closed;
    assert.equal(code, 4000);
    assert.match(reason, /^gap .*: epoch$/);
    const { gap: inHistory } = await ways.read(room, { since: '7.nosuch' });
    assert.equal(inHistory.reason, 'epoch');
  });

  test('S5.17: a command nobody knows is answered with an error, and the connection goes on', limit, async () => {
    const room = freshRoom('unknown');
    const client = await ways.envelope(room);
    const { error } = await client.command({ dance: true });
    assert.equal(error.code, 107);
    client.socket.send('not json');
    assert.equal((await client.said.find(object => object.error && object.id === undefined)).error.code, 107);
    const { result } = await client.command({ publish: { data: 'still here' } });
    assert.match(result.position, /^1\./);
  });

  test('S2.48: a page of another origin is refused', limit, async () => {
    await assert.rejects(ways.bare(freshRoom('origin'), {}, { origin: 'http://elsewhere.example' }), { status: 403 });
  });
});

describe('npm eventsource', () => {
  test('S4.4: text of several lines stays one message, and says nothing of its own', limit, async () => {
    const room = freshRoom('lines');
    const { events } = await ways.events(room, all);
    await ways.publish(room, 'one\ntwo\r\nthree\rid: 99.x\nevent: forged\n\ndata: more');
    await ways.publish(room, 'next');
    const [first, second] = await events.count(2);
    assert.equal(first.type, 'message');
    assert.equal(first.data, 'one\ntwo\nthree\nid: 99.x\nevent: forged\n\ndata: more');
    assert.ok(first.id.startsWith('1.'));
    assert.equal(second.data, 'next');
  });

  test('S4.6, S4.18: a cut connection comes back with Last-Event-ID and misses nothing', limit, async t => {
    const room = freshRoom('cut');
    const proxy = await openProxy(base);
    t.after(() => proxy.close());
    const { events, opens } = await ways.events(room, all, { base: proxy.base });
    for (const index of many(5, each => each)) { await ways.publish(room, `${index}`); }
    await events.count(5);
    proxy.cut();
    for (const index of many(5, each => each + 5)) { await ways.publish(room, `${index}`); }
    await opens.count(2);
    for (const index of many(5, each => each + 10)) { await ways.publish(room, `${index}`); }
    const got = await events.count(15);
    assert.deepEqual(got.map(event => event.data), many(15, String));
    follow(got.map(event => parseInt(event.id, 10)));
  });

  test('S4.19, S4.18: several rooms on one stream resume each at its own position', limit, async () => {
    const rooms = [freshRoom('left'), freshRoom('right')];
    const first = await ways.events(rooms, { since: 'start,start' });
    await ways.publish(rooms[0], 'l1');
    await ways.publish(rooms[1], 'r1');
    const [, last] = await first.events.count(2);
    first.source.close();
    await ways.publish(rooms[1], 'r2');
    await ways.publish(rooms[0], 'l2');
    const second = await ways.events(rooms, { last_event_id: last.id });
    const again = await second.events.count(2);
    assert.deepEqual(again.map(event => event.data).sort(), ['l2', 'r2']);
    assert.match(again.at(-1).id, /^2\.[^,]+,2\./);
  });
});

describe('curl', () => {
  test('S1.26: curl -d publishes, and curl reads it back', limit, async () => {
    const room = freshRoom('curl');
    const answer = JSON.parse(await ways.curl('-d', 'hello', ways.address(path(room, 'messages'))));
    assert.equal(answer.offset, 1);
    assert.equal(answer.position, `1.${answer.epoch}`);
    const history = JSON.parse(await ways.curl(ways.address(path(room, 'messages'))));
    assert.deepEqual(history.messages.map(({ kind, data, position }) => ({ kind, data, position })), [{ kind: 'text', data: 'hello', position: answer.position }]);
    assert.equal(history.position, answer.position);
  });

  test('S4.1, S4.3, S4.7: curl -N reads a stream whose every line is as the standard has it', limit, async () => {
    const room = freshRoom('stream');
    await ways.publish(room, 'hello');
    const { blocks } = ways.curlEvents(room, { since: 'start' }, '-i');
    const all = (await blocks.find(lines => lines.includes('data: hello')), blocks.all.flat().map(line => line.replace(/\r$/, '')));
    assert.ok(all.some(line => /^HTTP\/1\.1 200/.test(line)), all.join('\n'));
    assert.ok(all.some(line => /^content-type: text\/event-stream/i.test(line)), all.join('\n'));
    assert.ok(all.some(line => /^cache-control: .*no-(cache|store)/i.test(line)), all.join('\n'));
    assert.ok(all.includes('retry: 5000'), all.join('\n'));
    assert.ok(all.some(line => /^id: 1\./.test(line)), all.join('\n'));
  });

  test('S4.14: what is wrong with a request is said in a sentence', limit, async () => {
    const room = freshRoom('wrong');
    const ask = async (...args) => {
      const [body, status] = (await ways.curl('-w', '\n%{http_code}', ...args)).split(/\n(?=\d+$)/);
      return { status: Number(status), error: JSON.parse(body).error };
    };
    const at = ways.address(path(room, 'messages'));
    const cases = [
      [400, 107, '-H', 'Content-Type: application/json', '-d', '{nonsense', at],
      [400, 107, `${at}?since=yesterday`],
      [400, 107, `${at}?limit=many`],
      [400, 107, ways.address(path('no spaces', 'messages'))],
      [403, 103, '-H', 'Origin: http://elsewhere.example', '-d', 'hello', at],
    ];
    for (const [status, code, ...args] of cases) {
      const answer = await ask(...args);
      assert.equal(answer.status, status, args.join(' '));
      assert.equal(answer.error.code, code, args.join(' '));
      assert.match(answer.error.message, /\S+ \S+/, args.join(' '));
    }
    const big = await ways.post(room, 'x'.repeat(64 * 1024 + 1));
    assert.equal(big.status, 413);
    assert.equal((await big.json()).error.code, 106);
  });

  test('S3.14: a publication repeated with the same Idempotency-Key is stored once', limit, async () => {
    const room = freshRoom('again');
    const headers = { 'Idempotency-Key': 'only-once' };
    const [one, two] = [await ways.publish(room, 'hello', { headers }), await ways.publish(room, 'hello', { headers })];
    assert.deepEqual(two, one);
    assert.equal((await ways.read(room, {})).messages.length, 1);
  });
});
