// The Centrifuge client protocol in JSON over WebSocket, as the npm SDK speaks it; and, through a bare socket, what the SDK never says.

import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { freshRoom, openNode } from './node.mjs';
import { openProxy } from './proxy.mjs';
import { Clients, apiKey, secret, tokenOf } from './sdk.mjs';
import { Inbox, patience } from './wait.mjs';
import { Ways } from './ways.mjs';

const open = { Subscribe: 'Anyone', Publish: 'Anyone', History: 'Anyone', Presence: 'Anyone' };
const keys = { Tokens: { Keys: [{ Algorithm: 'HS256', Secret: secret }] }, ApiKeys: [{ Name: 'orders', Key: apiKey }] };
const base = await openNode({
  ...keys,
  MaxRooms: 12,
  Operators: 'Anyone',
  Rooms: [
    { Name: 'unheard*', ...open, Subscribe: 'Nobody' },
    { Name: 'unspoken*', ...open, Publish: 'Nobody' },
    { Name: 'unremembered*', ...open, History: 'Nobody' },
    { Name: 'unseen*', ...open, Presence: 'Nobody' },
    { Name: 'granted*', ...open, Subscribe: 'Token', Publish: 'Token' },
    { Name: 'shortblind*', ...open, History: 'Nobody', Rule: { Window: { MaxCount: 5 }, History: { MaxCount: 5 } } },
    { Name: 'short*', ...open, Rule: { Window: { MaxCount: 5 }, History: { MaxCount: 5 } } },
    { Name: 'crowded*', ...open, Rule: { MaxPresence: 1 } },
    { Name: 'seldom*', ...open, PublishRate: { PerSecond: 1, Burst: 1 } },
    { Name: 'joins*', ...open, Rule: { JoinLeave: true } },
    { Name: '*', ...open },
  ],
});
/** Of its limits each of these nodes has the one that its tests mean, so that on a busy machine no other is reached before. */
const nodeOf = settings => openNode({ ...keys, Rooms: [{ Name: '*', ...open }], ...settings });
const [greetedSoon, answeredSoon, askedOften, commandedSeldom] = (await Promise.all([
  nodeOf({ ConnectTimeout: '00:00:02' }),
  nodeOf({ Hub: { Connections: { Heartbeat: '00:00:01', PongTimeout: '00:00:03' } } }),
  nodeOf({ Hub: { Connections: { Heartbeat: '00:00:01', PongTimeout: '00:00:30' } } }),
  nodeOf({ CommandRate: { PerSecond: 1, Burst: 5 } }),
])).map(address => new Clients(address));

const ways = new Ways(base);
const clients = new Clients(base);
let proxy;
afterEach(() => {
  for (const each of [ways, clients, greetedSoon, answeredSoon, askedOften, commandedSeldom]) { each.closeAll(); }
  proxy?.close();
  proxy = undefined;
});

const limit = { timeout: 180_000 };
const many = (count, make) => Array.from({ length: count }, (_, index) => make(index));
const offsets = list => list.map(each => each.offset);
const follow = list => list.forEach((offset, index) => assert.equal(offset, list[0] + index, `hole or duplicate in ${list}`));
/** The node asks now and then whether the client is there. */
const isNoPing = each => Object.keys(each).length > 0;
const refused = (promise, code) => assert.rejects(promise, error => { assert.equal(error.code, code, error.message); return true; });

/** Who is there is asked for again and again; each answer is waited for. */
async function presence(client, room, wanted, within = patience) {
  const deadline = performance.now() + within;
  for (;;) {
    const { numClients } = await client.presenceStats(room);
    if (numClients === wanted) { return; }
    assert.ok(performance.now() < deadline, `${numClients} are in the room after ${within} ms, not ${wanted}`);
  }
}

describe('coming and going', () => {
  test('S5.9: a client that connects and disconnects in a loop is there once, and soon not at all', limit, async () => {
    const room = freshRoom('loop');
    const [observer, client] = [await clients.connected(), clients.client()];
    const sub = clients.subscription(client, room);
    sub.subscribe();
    for (const round of many(15, index => index + 1)) {
      client.connect();
      await sub.heard.subscribed.count(round);
      assert.equal((await observer.presenceStats(room)).numClients, 1);
      client.disconnect();
      await presence(observer, room, 0);
    }
  });

  test('S5.9: a client that subscribes and unsubscribes in a loop is there once, and soon not at all', limit, async () => {
    const room = freshRoom('loop');
    const [observer, client] = await Promise.all([clients.connected(), clients.connected()]);
    const sub = clients.subscription(client, room);
    for (const round of many(30, index => index + 1)) {
      sub.subscribe();
      await sub.heard.subscribed.count(round);
      assert.deepEqual(Object.keys((await observer.presence(room)).clients), [client._client]);
      sub.unsubscribe();
      await presence(observer, room, 0);
    }
  });

  test('S5.9: a client that vanishes without a word is soon not there', limit, async () => {
    const room = freshRoom('vanish');
    proxy = await openProxy(base);
    const [observer, client] = [await clients.connected(), await clients.connected({ base: proxy.base, minReconnectDelay: 20_000, maxReconnectDelay: 20_000 })];
    await clients.subscribed(client, room);
    await presence(observer, room, 1, 0);
    proxy.cut();
    await presence(observer, room, 0);
  });

  test('S5.9: who unsubscribes right after it connected is in no room, and can come back', limit, async () => {
    const room = freshRoom('hasty');
    const observer = await clients.connected();
    for (const round of many(10, index => index)) {
      const client = clients.client();
      const sub = clients.subscription(client, room);
      sub.subscribe();
      client.connect();
      await client.heard.connected.count(1);
      sub.unsubscribe();
      await presence(observer, room, 0);
      sub.subscribe();
      await sub.heard.subscribed.count(1);
      await observer.publish(room, round);
      assert.equal((await sub.heard.publication.find(each => each.data === round)).data, round);
      assert.equal(client.heard.disconnected.all.length, 0);
      client.disconnect();
      await presence(observer, room, 0);
    }
  });

  test('S5.9: subscribing and unsubscribing in one frame is answered in order, and leaves nobody behind', limit, async () => {
    const observer = await clients.connected();
    for (const room of many(20, () => freshRoom('flip'))) {
      const raw = await clients.rawConnected();
      raw.send({ id: 1, subscribe: { channel: room } }, { id: 2, unsubscribe: { channel: room } }, { id: 3, subscribe: { channel: room } },
        { id: 4, unsubscribe: { channel: room } });
      await raw.said.find(each => each.id === 4);
      assert.deepEqual(raw.said.all.slice(1).filter(isNoPing).map(each => [each.id, Object.keys(each)[1]]), [[1, 'subscribe'], [2, 'unsubscribe'], [3, 'subscribe'], [4, 'unsubscribe']]);
      await presence(observer, room, 0);
    }
  });

  test('S5.9: what is published after a subscription was ended does not reach it', limit, async () => {
    const room = freshRoom('over');
    const raw = await clients.rawConnected();
    await raw.ask({ subscribe: { channel: room } });
    await raw.ask({ unsubscribe: { channel: room } });
    await ways.publish(room, 'unheard');
    await raw.ask({ history: { channel: room } });
    assert.ok(raw.said.all.every(each => !each.push), JSON.stringify(raw.said.all));
  });

  test('S5.9: a client in several rooms gets from each what is published there', limit, async () => {
    const rooms = many(10, index => freshRoom(`several${index}`));
    const client = await clients.connected();
    const subs = await Promise.all(rooms.map(room => clients.subscribed(client, room)));
    for (const round of many(5, index => index)) { await Promise.all(rooms.map(room => client.publish(room, { room, round }))); }
    for (const [index, sub] of subs.entries()) {
      assert.deepEqual((await sub.heard.publication.count(5)).map(each => each.data), many(5, round => ({ room: rooms[index], round })));
    }
  });
});

describe('what is published', () => {
  const bytes = Buffer.from([0, 1, 2, 253, 254, 255]);
  const words = 'Grüße, 世界 👋\n"zweite" Zeile';
  const json = { temperature: 21.5, deep: [null, true, 'Grüße'] };
  const base64 = { b64: bytes.toString('base64') };
  const publishers = {
    'POST of json over several lines': [json, room => ways.publish(room, JSON.stringify(json, null, 2), { type: 'application/json' })],
    'POST of text': [words, room => ways.publish(room, words)],
    'POST of bytes': [base64, room => ways.publish(room, bytes, { type: 'application/octet-stream' })],
    'a text frame': [words, async room => (await ways.bare(room)).socket.send(words)],
    'a binary frame': [base64, async room => (await ways.bare(room)).socket.send(bytes)],
    'a binary frame on an envelope socket': [base64, async room => (await ways.envelope(room)).socket.send(bytes)],
    'a publish command in envelopes with json': [json, async room => (await ways.envelope(room)).command({ publish: { data: json } })],
    'a publish command in envelopes with text': [words, async room => (await ways.envelope(room)).command({ publish: { kind: 'text', data: words } })],
    'the SDK': [json, async room => (await clients.connected()).publish(room, json)],
    'the SDK with a text': [words, async room => (await clients.connected()).publish(room, words)],
    'the SDK with null': [null, async room => (await clients.connected()).publish(room, null)],
  };
  for (const [name, [data, publish]] of Object.entries(publishers)) {
    test(`S5.9, S5.15: ${name} reaches the SDK, live and in history`, limit, async () => {
      const room = freshRoom('paths');
      const sub = await clients.subscribed(await clients.connected(), room);
      await publish(room);
      const [said] = await sub.heard.publication.count(1);
      assert.deepEqual([said.data, said.offset, said.channel], [data, 1, room]);
      assert.deepEqual((await sub.history({ limit: 10 })).publications.map(each => each.data), [data]);
    });
  }

  test('S5.9: what the SDK publishes reaches bare socket, envelope socket, SSE and history as json', limit, async () => {
    const room = freshRoom('paths');
    const [bare, envelope, events] = await Promise.all([ways.bare(room), ways.envelope(room), ways.events(room)]);
    const client = await clients.connected({ token: tokenOf({ sub: 'ann' }) });
    await client.publish(room, json);
    assert.deepEqual(JSON.parse((await bare.frames.count(1))[0].text), json);
    const [{ kind, data, publisher }] = await envelope.publications.count(1);
    assert.deepEqual({ kind, data, publisher }, { kind: 'json', data: json, publisher: 'ann' });
    assert.deepEqual(JSON.parse((await events.events.count(1))[0].data), json);
    assert.deepEqual((await ways.read(room)).messages.map(each => each.data), [json]);
  });

  test('S5.9: twenty clients get what all of them publish in one order, without a hole', limit, async () => {
    const room = freshRoom('many');
    const all = await Promise.all(many(20, async () => {
      const client = await clients.connected();
      return { client, sub: await clients.subscribed(client, room) };
    }));
    await Promise.all(all.flatMap(({ client }, who) => many(10, index => client.publish(room, { who, index }))));
    const expected = (await all[0].sub.heard.publication.count(200)).map(each => each.data);
    for (const { sub } of all) {
      const got = await sub.heard.publication.count(200);
      follow(offsets(got));
      assert.deepEqual(got.map(each => each.data), expected);
    }
    for (const who of many(20, index => index)) {
      assert.deepEqual(expected.filter(each => each.who === who).map(each => each.index), many(10, index => index), 'each in the order it published');
    }
  });

  test('S5.9: tags and key travel along', limit, async () => {
    const room = freshRoom('tags');
    const raw = await clients.rawConnected();
    await raw.ask({ subscribe: { channel: room } });
    await ways.publish(room, 'fire', { query: { key: 'kitchen', tag: ['floor:2', 'loud:yes'] } });
    const { push: { pub } } = await raw.said.find(each => each.push);
    assert.deepEqual([pub.data, pub.key, pub.tags, pub.offset], ['fire', 'kitchen', { floor: '2', loud: 'yes' }, 1]);
    assert.ok(pub.epoch, 'the first of a stream has its epoch');
  });
});

describe('recovering', () => {
  test('S4.18: connections dropped while messages go on lose and repeat nothing', limit, async () => {
    const room = freshRoom('drop');
    proxy = await openProxy(base);
    const subs = await Promise.all(many(3, async () => clients.subscribed(await clients.connected({ base: proxy.base }), room)));
    const publisher = await clients.connected();
    const cuts = 6, each = 50;
    for (const cut of many(cuts, index => index)) {
      for (const index of many(each, number => number)) {
        await publisher.publish(room, cut * each + index);
        if (index === each / 2) { proxy.cut(); }
      }
      // All are back before the next cut, so that each of them counts.
      await Promise.all(subs.map(sub => sub.heard.subscribed.count(cut + 2)));
    }
    for (const sub of subs) {
      const got = await sub.heard.publication.count(cuts * each);
      assert.deepEqual(got.map(({ data }) => data), many(cuts * each, index => index));
      follow(offsets(got));
      const [first, ...again] = sub.heard.subscribed.all;
      assert.deepEqual([first.recoverable, first.positioned, first.wasRecovering], [true, true, false]);
      for (const context of again) { assert.deepEqual([context.wasRecovering, context.recovered], [true, true]); }
    }
  });

  test('S4.18: who was away gets all that was published meanwhile on any path, before what comes next', limit, async () => {
    const room = freshRoom('away');
    const client = await clients.connected();
    const sub = await clients.subscribed(client, room);
    await ways.publish(room, 'seen');
    await sub.heard.publication.count(1);
    client.disconnect();
    for (const index of many(400, number => number)) { await ways.publish(room, `${index}`); }
    client.connect();
    const [, back] = await sub.heard.subscribed.count(2);
    assert.equal(back.recovered, true);
    await ways.publish(room, 'next');
    const got = await sub.heard.publication.count(402);
    follow(offsets(got));
    assert.equal(got.at(-1).data, 'next');
  });

  test('S4.18: who was away longer than the history keeps is told so, and goes on with the newest', limit, async () => {
    const room = freshRoom('short');
    const client = await clients.connected();
    const sub = await clients.subscribed(client, room);
    await ways.publish(room, 'seen');
    await sub.heard.publication.count(1);
    client.disconnect();
    for (const index of many(10, number => number)) { await ways.publish(room, `${index}`); }
    client.connect();
    const [, back] = await sub.heard.subscribed.count(2);
    assert.deepEqual([back.wasRecovering, back.recovered, back.streamPosition.offset], [true, false, 11]);
    await ways.publish(room, 'next');
    assert.deepEqual((await sub.heard.publication.count(2)).map(each => [each.data, each.offset]), [['seen', 1], ['next', 12]]);
  });

  test('S4.18: a position of another history, or beyond the newest, is not recovered', limit, async () => {
    const room = freshRoom('epoch');
    await ways.publish(room, 'one');
    const { epoch } = await ways.publish(room, 'two');
    const client = await clients.connected();
    for (const since of [{ offset: 1, epoch: 'other' }, { offset: 99, epoch }]) {
      const sub = await clients.subscribed(client, room, { since });
      const [{ wasRecovering, recovered, streamPosition }] = sub.heard.subscribed.all;
      assert.deepEqual({ wasRecovering, recovered, streamPosition }, { wasRecovering: true, recovered: false, streamPosition: { offset: 2, epoch } });
      assert.equal(sub.heard.publication.all.length, 0);
      client.removeSubscription(sub);
    }
  });

  test('S4.18: the empty epoch fits every epoch', limit, async () => {
    const room = freshRoom('epochless');
    for (const words of ['one', 'two', 'three']) { await ways.publish(room, words); }
    const sub = await clients.subscribed(await clients.connected(), room, { since: { offset: 1, epoch: '' } });
    assert.equal(sub.heard.subscribed.all[0].recovered, true);
    assert.deepEqual((await sub.heard.publication.count(2)).map(each => each.data), ['two', 'three']);
  });

  test('S4.18: a fresh room has an epoch, from which its first publication is recovered', limit, async () => {
    const room = freshRoom('fresh');
    const client = await clients.connected();
    const sub = await clients.subscribed(client, room);
    assert.ok(sub.heard.subscribed.all[0].streamPosition.epoch);
    client.disconnect();
    await ways.publish(room, 'first');
    client.connect();
    assert.equal((await sub.heard.subscribed.count(2))[1].recovered, true);
    assert.deepEqual((await sub.heard.publication.count(1)).map(each => [each.data, each.offset]), [['first', 1]]);
  });

  test('S4.18: a client that would rather be refused than begin anew gets 112, and fetches the state again', limit, async () => {
    const room = freshRoom('state');
    const { epoch } = await ways.publish(room, 'one');
    const raw = await clients.rawConnected();
    const refusal = await raw.ask({ subscribe: { channel: room, recover: true, offset: 1, epoch: 'other', flag: 2 } });
    assert.equal(refusal.error.code, 112);
    const { subscribe } = await raw.ask({ subscribe: { channel: room, recover: true, offset: 1, epoch, flag: 2 } });
    assert.equal(subscribe.recovered, true);

    let asked = 0;
    const sub = await clients.subscribed(await clients.connected(), room, { getState: async () => ({ offset: 1, epoch: ++asked === 1 ? 'other' : epoch }) });
    assert.equal(asked, 2);
    assert.equal(sub.heard.subscribed.all[0].recovered, true);
  });

  test('S4.18: who may not read history has no position to come back with, and is refused a recovery', limit, async () => {
    const room = freshRoom('unremembered');
    const { epoch } = await ways.publish(room, 'one');
    const raw = await clients.rawConnected();
    const { subscribe } = await raw.ask({ subscribe: { channel: room, recover: true, offset: 0, epoch, recoverable: true, positioned: true } });
    assert.deepEqual([subscribe.recovered, subscribe.recoverable, subscribe.positioned], [undefined, undefined, undefined]);
    await raw.ask({ unsubscribe: { channel: room } });
    assert.equal((await raw.ask({ subscribe: { channel: room, recover: true, offset: 0, epoch, flag: 2 } })).error.code, 112);
    assert.ok(raw.said.all.every(each => !each.push));
  });
});

describe('missing publications', () => {
  /** Nothing reaches the client while more is published than the room keeps. */
  async function miss(client, room) {
    const operate = async what => assert.equal((await fetch(ways.address(`/connections/${client}/${what}`), { method: 'POST' })).status, 204);
    await operate('pause');
    for (const index of many(10, number => number)) { await ways.publish(room, `${index}`); }
    await operate('resume');
  }

  test('S4.18: a subscription with positions begins anew, and is told that it could not be recovered', limit, async () => {
    const room = freshRoom('short');
    const client = await clients.connected();
    const sub = await clients.subscribed(client, room);
    await miss(client._client, room);
    const [, again] = await sub.heard.subscribing.count(2);
    assert.equal(again.code, 2500);
    const [, back] = await sub.heard.subscribed.count(2);
    assert.deepEqual([back.wasRecovering, back.recovered, back.streamPosition.offset], [true, false, 10]);
    await ways.publish(room, 'next');
    assert.deepEqual((await sub.heard.publication.count(1)).map(each => each.data), ['next']);
    assert.equal(client.heard.connecting.all.length, 1);
  });

  test('S4.18: a room the server subscribed to brings the client back by 3010', limit, async () => {
    const room = freshRoom('short');
    const client = await clients.connected({ token: tokenOf({ channels: [room] }) });
    await miss(client._client, room);
    const [, again] = await client.heard.connecting.count(2);
    assert.equal(again.code, 3010);
    const [, back] = await client.heard.subscribed.count(2);
    assert.deepEqual([back.wasRecovering, back.recovered], [true, false]);
  });

  test('S4.18: a subscription without positions is told what is missing, and goes on', limit, async () => {
    const room = freshRoom('shortblind');
    const client = await clients.connected();
    const sub = await clients.subscribed(client, room);
    await miss(client._client, room);
    const [{ data }] = await client.heard.message.count(1);
    assert.deepEqual([data.room, parseInt(data.gap.from), parseInt(data.gap.to), data.gap.reason], [room, 1, 5, 'expired']);
    assert.deepEqual((await sub.heard.publication.count(5)).map(each => each.data), many(5, index => `${index + 5}`));
    assert.equal(sub.heard.subscribing.all.length, 1);
  });
});

describe('history', () => {
  const room = freshRoom('history');
  let epoch;
  const filled = async () => {
    if (!epoch) { for (const index of many(10, number => number + 1)) { ({ epoch } = await ways.publish(room, `${index}`)); } }
    return clients.connected();
  };
  const since = offset => ({ offset, epoch });
  const cases = {
    'nothing but the position': [{ limit: 0 }, []],
    'all of it': [{ limit: -1 }, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
    'the oldest': [{ limit: 3 }, [1, 2, 3]],
    'what follows a position': [{ limit: 3, since: () => since(4) }, [5, 6, 7]],
    'what follows a position without an epoch': [{ limit: 2, since: () => ({ offset: 4, epoch: '' }) }, [5, 6]],
    'what follows the newest': [{ limit: 3, since: () => since(10) }, []],
    'the newest first': [{ limit: 3, reverse: true }, [10, 9, 8]],
    'what precedes a position': [{ limit: 2, since: () => since(4), reverse: true }, [3, 2]],
    'what precedes the oldest': [{ limit: 2, since: () => since(1), reverse: true }, []],
  };
  for (const [name, [{ since: from, ...query }, expected]] of Object.entries(cases)) {
    test(`S1.22: history gives ${name}`, limit, async () => {
      const page = await (await filled()).history(room, { ...query, since: from?.() });
      assert.deepEqual(offsets(page.publications), expected);
      assert.deepEqual(page.publications.map(each => each.data), expected.map(String));
      assert.deepEqual([page.offset, page.epoch], [10, epoch]);
    });
  }

  test('S1.22: pages joined together are the whole, in both directions', limit, async () => {
    const client = await filled();
    for (const reverse of [false, true]) {
      const got = [];
      let from = reverse ? since(11) : since(0);
      for (;;) {
        const { publications } = await client.history(room, { limit: 4, since: from, reverse });
        if (publications.length === 0) { break; }
        got.push(...offsets(publications));
        from = since(got.at(-1));
      }
      assert.deepEqual(reverse ? got.reverse() : got, many(10, index => index + 1));
    }
  });

  test('S1.22: going back from nowhere is 107, another epoch is 112', limit, async () => {
    const client = await filled();
    await refused(client.history(room, { limit: 1, since: since(0), reverse: true }), 107);
    await refused(client.history(room, { limit: 1, since: { offset: 1, epoch: 'other' } }), 112);
  });

  test('S1.22: a room that nobody has used has an empty history with an epoch', limit, async () => {
    const page = await (await clients.connected()).history(freshRoom('unused'), { limit: 10 });
    assert.deepEqual([page.publications, page.offset], [[], 0]);
    assert.ok(page.epoch);
  });
});

describe('who is there', () => {
  test('S5.9: presence names each client with its user and info, whatever path it came by', limit, async () => {
    const room = freshRoom('presence');
    const ann = await clients.connected({ token: tokenOf({ sub: 'ann', info: { name: 'Ann' } }) });
    const also = await clients.connected({ token: tokenOf({ sub: 'ann' }) });
    const [nobody, envelope] = [await clients.connected(), await ways.envelope(room)];
    const subs = await Promise.all([ann, also, nobody].map(client => clients.subscribed(client, room)));
    const { clients: members } = await subs[0].presence();
    const told = client => [members[client._client].user, members[client._client].connInfo];
    assert.deepEqual([ann, also, nobody].map(told), [['ann', { name: 'Ann' }], ['ann', undefined], ['', undefined]]);
    assert.deepEqual(Object.keys(members).sort(), [ann._client, also._client, nobody._client, envelope.said.all[0].open.client].sort());
    assert.deepEqual(await subs[0].presenceStats(), { numClients: 4, numUsers: 2 });
  });

  test('S5.9: joins and leaves are told to those who asked for them, and to nobody else', limit, async () => {
    const room = freshRoom('joins');
    const asking = await clients.subscribed(await clients.connected(), room, { joinLeave: true });
    const quiet = await clients.subscribed(await clients.connected(), room);
    const ann = await clients.connected({ token: tokenOf({ sub: 'ann', info: { name: 'Ann' } }) });
    const comes = await clients.subscribed(ann, room);
    const info = { client: ann._client, user: 'ann', connInfo: { name: 'Ann' } };
    assert.deepEqual(await asking.heard.join.find(each => each.info.user === 'ann'), { channel: room, info });
    comes.unsubscribe();
    assert.deepEqual((await asking.heard.leave.count(1))[0], { channel: room, info });
    await ways.publish(room, 'after');
    await quiet.heard.publication.count(1);
    assert.deepEqual([quiet.heard.join.all, quiet.heard.leave.all], [[], []]);
  });

  test('S5.9: in rooms without JoinLeave nobody is told', limit, async () => {
    const room = freshRoom('discreet');
    const asking = await clients.subscribed(await clients.connected(), room, { joinLeave: true });
    (await clients.subscribed(await clients.connected(), room)).unsubscribe();
    await ways.publish(room, 'after');
    await asking.heard.publication.count(1);
    assert.deepEqual([asking.heard.join.all, asking.heard.leave.all], [[], []]);
  });

  test('S5.9: a publication names the client that published it', limit, async () => {
    const room = freshRoom('info');
    const ann = await clients.connected({ token: tokenOf({ sub: 'ann', info: ['any', 'json'] }) });
    const sub = await clients.subscribed(await clients.connected(), room);
    await ann.publish(room, 1);
    await ways.publish(room, 'by nobody');
    const [by, byNobody] = await sub.heard.publication.count(2);
    assert.deepEqual(by.info, { client: ann._client, user: 'ann', connInfo: ['any', 'json'] });
    assert.equal(byNobody.info, undefined);
    assert.deepEqual((await sub.history({ limit: 1 })).publications[0].info, by.info);
  });

  test('S5.9: above MaxPresence members are counted and not named', limit, async () => {
    const room = freshRoom('crowded');
    const client = await clients.connected();
    await clients.subscribed(client, room);
    assert.equal(Object.keys((await client.presence(room)).clients).length, 1);
    await clients.subscribed(await clients.connected(), room);
    await refused(client.presence(room), 106);
    assert.equal((await client.presenceStats(room)).numClients, 2);
  });
});

describe('what is refused', () => {
  test('S2.48: each right, on the command that needs it, is 103', limit, async () => {
    const client = await clients.connected();
    await refused(client.publish(freshRoom('unspoken'), 1), 103);
    await refused(client.history(freshRoom('unremembered'), { limit: 1 }), 103);
    await refused(client.presence(freshRoom('unseen')), 103);
    await refused(client.presenceStats(freshRoom('unseen')), 103);
    const sub = clients.subscription(client, freshRoom('unheard'));
    sub.subscribe();
    assert.equal((await sub.heard.unsubscribed.count(1))[0].code, 103);
    await client.publish(freshRoom('unheard'), 1);
    assert.equal(client.heard.disconnected.all.length, 0);
  });

  test('S2.48: a token opens the rooms it names, an API key opens all', limit, async () => {
    const [mine, other] = [freshRoom('granted'), freshRoom('granted')];
    const client = await clients.connected({ token: tokenOf({ sub: 'ann', channels: [mine] }) });
    await client.heard.subscribed.count(1);
    await client.publish(mine, 1);
    assert.equal((await client.heard.publication.count(1))[0].data, 1);
    await refused(client.publish(other, 1), 103);
    const backEnd = await clients.rawConnected({ headers: { 'X-API-Key': apiKey } });
    assert.deepEqual((await backEnd.ask({ publish: { channel: freshRoom('unspoken'), data: 1 } })).publish, {});
  });

  const codes = {
    'a room it is in already': [105, { subscribe: { channel: 'here' } }],
    'a bad room name': [107, { subscribe: { channel: 'no room\u0000' } }],
    'no room name': [107, { subscribe: {} }],
    'publishing to a bad room name': [107, { publish: { channel: ' ', data: 1 } }],
    'publishing nothing': [107, { publish: { channel: 'here' } }],
    'a key that is too long': [107, { publish: { channel: 'here', data: 1, key: 'k'.repeat(256) } }],
    'a publication that is too big': [106, { publish: { channel: 'here', data: 'x'.repeat(64 * 1024) } }],
    'presence of a bad room name': [107, { presence: { channel: '' } }],
    'presence_stats of a bad room name': [107, { presence_stats: { channel: '?' } }],
    'history of a bad room name': [107, { history: { channel: '?' } }],
    'a map subscription': [108, { subscribe: { channel: 'map', type: 1 } }],
    'a filter of tags': [108, { subscribe: { channel: 'filtered', tf: { key: 'a', cmp: 'eq', val: 'b' } } }],
    'a subscription token': [103, { subscribe: { channel: 'private', token: 'a.b.c' } }],
    'publishing to a map': [108, { publish: { channel: 'here', type: 1, key: 'k', data: 1 } }],
    rpc: [108, { rpc: { method: 'add', data: [1, 2] } }],
    ping: [108, { ping: {} }],
    sub_refresh: [108, { sub_refresh: { channel: 'here', token: 'a.b.c' } }],
  };
  for (const [name, [code, command]] of Object.entries(codes)) {
    test(`S2.48: ${name} is ${code}, and the connection goes on`, limit, async () => {
      const raw = await clients.rawConnected();
      await raw.ask({ subscribe: { channel: 'here' } });
      const { error } = await raw.ask(command);
      assert.equal(error.code, code);
      assert.ok(error.message);
      assert.deepEqual((await raw.ask({ unsubscribe: { channel: 'here' } })).unsubscribe, {});
    });
  }

  test('S5.9: a client may be in so many rooms, and one more is 106 until it leaves one', limit, async () => {
    const raw = await clients.rawConnected();
    const rooms = many(12, () => freshRoom('limit'));
    for (const channel of rooms) { assert.ok((await raw.ask({ subscribe: { channel } })).subscribe); }
    const more = { subscribe: { channel: freshRoom('limit') } };
    assert.equal((await raw.ask(more)).error.code, 106);
    await raw.ask({ unsubscribe: { channel: rooms[0] } });
    assert.ok((await raw.ask(more)).subscribe);
  });

  test('S2.37: publishing more often than the room allows is 111, which may be tried again', limit, async () => {
    const room = freshRoom('seldom');
    const raw = await clients.rawConnected();
    // In one frame, so that no answer takes the second after which one more is allowed.
    raw.send(...many(20, index => ({ id: index + 1_000, publish: { channel: room, data: index } })));
    assert.ok((await raw.said.find(each => each.id === 1_000)).publish);
    const { error } = await raw.said.find(each => each.id > 1_000 && each.error);
    assert.deepEqual([error.code, error.temporary], [111, true]);
  });

  const ends = {
    'an empty frame': [3501, raw => raw.send('')],
    'a frame of white space': [3501, raw => raw.send(' \n \r\n')],
    'what is not JSON': [3501, raw => raw.send('hello')],
    'a command without an id': [3501, raw => raw.send({ presence: { channel: 'here' } })],
    'a command without a method': [3501, raw => raw.send({ id: 9 })],
    'a command with two methods': [3501, raw => raw.send({ id: 9, ping: {}, presence: { channel: 'here' } })],
    'a wrong type': [3501, raw => raw.send({ id: 9, subscribe: { channel: 5 } })],
    'a second connect': [3501, raw => raw.send({ id: 9, connect: {} })],
    'an answer to no ping': [3501, raw => raw.send({})],
    'send, which nobody listens to': [3508, raw => raw.send({ send: { data: 1 } })],
    'a refresh with no token': [3500, raw => raw.send({ id: 9, refresh: { token: 'no token' } })],
    'a refresh with an expired token': [3005, raw => raw.send({ id: 9, refresh: { token: tokenOf({}, { life: -60 }) } })],
    'a refresh as another user': [3500, raw => raw.send({ id: 9, refresh: { token: tokenOf({ sub: 'bob' }) } })],
  };
  for (const [name, [code, say]] of Object.entries(ends)) {
    test(`S5.16: ${name} ends the connection with ${code}`, limit, async () => {
      const raw = await clients.rawConnected();
      await raw.ask({ subscribe: { channel: 'here' } });
      say(raw);
      assert.equal((await raw.closed()).code, code);
    });
  }

  test('S5.16: what precedes a bad command in its frame is carried out, what follows is not', limit, async () => {
    const room = freshRoom('bad');
    const raw = await clients.rawConnected();
    raw.send({ id: 1, publish: { channel: room, data: 1 } }, 'nonsense', { id: 2, publish: { channel: room, data: 2 } });
    assert.equal((await raw.closed()).code, 3501);
    assert.deepEqual((await (await clients.connected()).history(room, { limit: 10 })).publications.map(each => each.data), [1]);
  });

  test('S5.16: whatever comes before connect, or after a refused one, ends the connection with 3501', limit, async () => {
    for (const first of [{ id: 1, subscribe: { channel: 'here' } }, { id: 1, rpc: {} }, {}, { send: { data: 1 } }]) {
      const raw = await clients.raw();
      raw.send(first);
      assert.equal((await raw.closed()).code, 3501);
    }
    for (const next of [{ id: 2, connect: {} }, { id: 2, subscribe: { channel: 'here' } }]) {
      const raw = await clients.raw();
      raw.send({ id: 1, connect: { token: tokenOf({}, { life: -60 }) } });
      assert.equal((await raw.said.count(1))[0].error.code, 109);
      raw.send(next);
      assert.equal((await raw.closed()).code, 3501);
    }
  });

  test('S5.15: a frame over the limit closes with 1009', limit, async () => {
    const raw = await clients.rawConnected();
    raw.send({ id: 1, publish: { channel: 'here', data: 'x'.repeat(100_000) } });
    assert.equal((await raw.closed()).code, 1009);
  });
});

describe('several commands in a frame', () => {
  test('S5.9: connect, subscribe and publish in one frame are answered in order', limit, async () => {
    const room = freshRoom('frame');
    const raw = await clients.raw();
    raw.send({ id: 1, connect: { token: tokenOf({ channels: many(5, () => freshRoom('server')) }) } }, '', '  ', { id: 2, subscribe: { channel: room } },
      { id: 3, rpc: {} }, { id: 4, history: { channel: room } });
    await raw.said.find(each => each.id === 4);
    assert.deepEqual(raw.said.all.filter(isNoPing).map(each => each.id), [1, 2, 3, 4]);
    assert.equal(Object.keys(raw.said.all[0].connect.subs).length, 5);
  });

  test('S5.9: the answer to subscribe precedes every push of its room, while others publish', limit, async () => {
    const room = freshRoom('first');
    const publisher = await clients.connected();
    let over = false;
    await publisher.publish(room, 1);
    const publishing = (async () => { while (!over) { await publisher.publish(room, 1); } })();
    try {
      for (const id of many(20, index => index + 1)) {
        const raw = await clients.rawConnected();
        raw.send({ id, subscribe: { channel: room } });
        await raw.said.find(each => each.push);
        const [, answer, ...pushes] = raw.said.all.filter(isNoPing);
        assert.equal(answer.id, id);
        assert.equal(pushes[0].push.pub.offset, answer.subscribe.offset + 1);
        raw.socket.terminate();
      }
    } finally {
      over = true;
      await publishing;
    }
  });
});

describe('tokens', () => {
  test('S2.10: a token that is not good ends the connection with 3500 for good', limit, async () => {
    for (const token of ['no token', tokenOf({ sub: 'ann' }, { key: 'another secret of more than thirty-two bytes' })]) {
      const client = clients.client({ token });
      client.connect();
      const [{ code }] = await client.heard.disconnected.count(1);
      assert.equal(code, 3500);
    }
  });

  test('S2.10: an expired token is 109, and the client comes back with a new one', limit, async () => {
    const room = freshRoom('expired');
    let asked = 0;
    const client = await clients.connected({
      token: tokenOf({ sub: 'ann' }, { life: -60 }),
      getToken: async () => { asked += 1; return tokenOf({ sub: 'ann' }); },
    });
    assert.equal(asked, 1);
    const sub = await clients.subscribed(client, room);
    assert.equal((await sub.presence()).clients[client._client].user, 'ann');
  });

  test('S2.10: a token is refreshed before it expires, and the connection goes on', limit, async () => {
    const asked = new Inbox('tokens that were asked for');
    const client = await clients.connected({ getToken: async () => { asked.add(Date.now()); return tokenOf({ sub: 'ann' }, { life: asked.all.length < 3 ? 10 : 600 }); } });
    const sub = await clients.subscribed(client, freshRoom('refresh'));
    await asked.count(3);
    // The second token ends now; longer than the difference of clocks that is allowed for.
    await wait(6_000);
    await client.publish(sub.channel, 1);
    await sub.heard.publication.count(1);
    assert.equal(asked.all.length, 3);
    assert.deepEqual([client.heard.connected.all.length, client.heard.connecting.all.length], [1, 1]);
  });

  test('S2.10: who does not refresh is ended with 3005 when its token has expired', limit, async () => {
    // Made when it is sent: a socket may take longer to open than the difference of clocks that is allowed for.
    const raw = await clients.raw();
    const { connect } = await raw.ask({ connect: { token: tokenOf({ sub: 'ann' }, { life: 1 }) } });
    assert.deepEqual([connect.expires, connect.ttl], [true, 1]);
    assert.equal((await raw.closed()).code, 3005);
  });

  test('S2.10: the token of the request counts where connect has none, and the one of connect wins', limit, async () => {
    const room = freshRoom('proof');
    const headers = { Authorization: `Bearer ${tokenOf({ sub: 'ann' })}` };
    const users = async raw => {
      await raw.ask({ subscribe: { channel: room } });
      const { presence: { presence: members } } = await raw.ask({ presence: { channel: room } });
      raw.socket.terminate();
      return members[raw.connect.client].user;
    };
    assert.equal(await users(await clients.rawConnected({ headers })), 'ann');
    assert.equal(await users(await clients.rawConnected({ headers, token: tokenOf({ sub: 'bob' }) })), 'bob');
    await assert.rejects(clients.raw({ headers: { Authorization: 'Bearer nonsense' } }), /401/);
  });
});

describe('rooms the server subscribes to', () => {
  test('S5.9: a token names rooms whose publications come without asking, and prefixes, which are only opened', limit, async () => {
    const rooms = many(3, () => freshRoom('granted'));
    const token = tokenOf({ sub: 'ann', channels: [...rooms, 'granted-prefix*', freshRoom('unheard')] });
    const client = await clients.connected({ token });
    assert.deepEqual((await client.heard.subscribed.count(3)).map(each => each.channel).sort(), [...rooms].sort());
    for (const room of rooms) { await client.publish(room, room); }
    assert.deepEqual((await client.heard.publication.count(3)).map(each => [each.channel, each.data]).sort(), rooms.map(room => [room, room]).sort());
    assert.equal(client.heard.subscribed.all.length, 3);
    assert.ok(Object.keys((await client.presence(rooms[0])).clients).includes(client._client));
  });

  test('S4.18: they are recovered when connections drop while messages go on', limit, async () => {
    const rooms = many(2, () => freshRoom('granted'));
    const token = tokenOf({ sub: 'ann', channels: rooms });
    proxy = await openProxy(base);
    const client = await clients.connected({ base: proxy.base, token });
    const publisher = await clients.connected({ token });
    for (const cut of many(4, index => index)) {
      for (const index of many(30, number => number)) {
        for (const room of rooms) { await publisher.publish(room, cut * 30 + index); }
        if (index === 15) { proxy.cut(); }
      }
      await client.heard.connected.count(cut + 2);
    }
    const got = await client.heard.publication.count(240);
    for (const room of rooms) {
      const its = got.filter(each => each.channel === room);
      assert.deepEqual(its.map(each => each.data), many(120, index => index));
      follow(offsets(its));
    }
    for (const context of client.heard.subscribed.all.slice(2)) { assert.deepEqual([context.wasRecovering, context.recovered], [true, true]); }
    assert.equal(client.heard.subscribed.all.length, 10);
  });

  test('S4.18: one that cannot be recovered says so', limit, async () => {
    const room = freshRoom('short');
    const client = await clients.connected({ token: tokenOf({ sub: 'ann', channels: [room] }) });
    await ways.publish(room, 'seen');
    await client.heard.publication.count(1);
    client.disconnect();
    for (const index of many(10, number => number)) { await ways.publish(room, `${index}`); }
    client.connect();
    const [, back] = await client.heard.subscribed.count(2);
    assert.deepEqual([back.wasRecovering, back.recovered], [true, false]);
    await ways.publish(room, 'next');
    assert.equal((await client.heard.publication.count(2))[1].data, 'next');
  });
});

describe('time-outs', () => {
  test('S5.16: a client that says nothing is ended with 3502', limit, async () => {
    const raw = await greetedSoon.raw();
    assert.equal((await raw.closed()).code, 3502);
  });

  test('S5.16: the SDK and the server answer each other, and the connection goes on', limit, async () => {
    const client = await askedOften.connected();
    const raw = await askedOften.rawConnected({ answersPings: true });
    assert.deepEqual([raw.connect.ping, raw.connect.pong], [1, true]);
    await raw.said.count(6);
    assert.deepEqual(raw.said.all.slice(1, 6), many(5, () => ({})));
    assert.deepEqual([client.heard.connecting.all.length, client.heard.disconnected.all.length], [1, 0]);
  });

  test('S5.16: a client that does not answer is ended with 3012', limit, async () => {
    const raw = await answeredSoon.rawConnected();
    assert.equal((await raw.closed()).code, 3012);
  });

  test('S5.16: more answers than questions end the connection with 3501', limit, async () => {
    const raw = await askedOften.rawConnected();
    await raw.said.find(each => Object.keys(each).length === 0);
    // More than were asked, however often that was until these are read.
    raw.send(...many(100, () => ({})));
    assert.equal((await raw.closed()).code, 3501);
  });

  test('S2.37: more commands than the settings allow end the connection with 3013', limit, async () => {
    const raw = await commandedSeldom.raw();
    raw.send({ id: 1, connect: {} }, ...many(50, index => ({ id: index + 2, rpc: {} })));
    assert.equal((await raw.closed()).code, 3013);
    // Each second that reading them takes allows one more.
    const passed = raw.said.all.filter(each => each.error?.code === 108).length;
    assert.ok(passed >= 4 && passed < 50, `${passed} passed`);
  });
});
