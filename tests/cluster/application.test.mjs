// What an application says of connections and users on every node: the application of tests/Broadcast.Example on three nodes, with Redis and as an Akka.NET cluster.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Akka, missing } from './akka.mjs';
import { Cluster } from './cluster.mjs';
import { listener, person, secret } from './person.mjs';
import { Redis } from './redis.mjs';
import { until } from './wait.mjs';

const program = fileURLToPath(new URL('../Broadcast.Example/bin/Release/net10.0/Broadcast.Example.dll', import.meta.url));
const limit = { timeout: 180_000 };

const json = async (node, path, options = {}) => {
  const response = await fetch(node.base + path, { ...options, ...options.body && { body: JSON.stringify(options.body), headers: { 'Content-Type': 'application/json' } } });
  if (!response.ok) { throw new Error(`${path} was answered ${response.status}: ${await response.text()}`); }
  return response.json();
};

const metric = async (node, name) => {
  const text = await (await fetch(`${node.base}/metrics`)).text();
  return Number(new RegExp(`^broadcast_${name} (\\d+)$`, 'm').exec(text)[1]);
};

// A node that stands still is put out of an Akka.NET cluster, and does not go on.
for (const { name, backplane, skip, goesOn } of [
  { name: 'Redis', backplane: () => new Redis(), skip: false, goesOn: true },
  { name: 'Akka.NET', backplane: () => new Akka(), skip: missing(), goesOn: false },
]) describe(`an application on three nodes, ${name}`, { skip }, () => {
  let cluster, open = [], names = 0;
  const fresh = name => `${name}-${++names}`;
  const enter = async (...args) => {
    const one = await person(...args);
    open.push(one);
    return one;
  };
  const know = () => until(async () => {
    const lists = await Promise.all(cluster.up.map(node => json(node, '/nodes')));
    return lists.every(list => list.nodes.length === cluster.up.length && !list.incomplete);
  }, 'the nodes know each other');

  before(async () => {
    cluster = await Cluster.open({
      nodes: 3,
      backplane: backplane(),
      hosts: Array(3).fill({ program }),
      settings: {
        Tokens: { Keys: [{ Algorithm: 'HS256', Secret: secret }] },
        Operators: 'Anyone',
        Hub: { Sessions: { Grace: '00:00:01' } },
        Cluster: { Heartbeat: '00:00:01', GoneAfter: '00:00:06' },
      },
    });
    await know();
  }, limit);
  after(() => cluster?.close());
  afterEach(() => {
    open.forEach(one => one.close());
    open = [];
  });

  test('S2.5, S2.6, S2.9: a person is found and reached on all nodes, whichever is asked', limit, async () => {
    const [a, b, c] = cluster.nodes;
    const [ann, here, there, eve] = [await enter(a), await enter(b), await enter(c), await enter(c)];
    const [annId, bobId] = [fresh('ann'), fresh('bob')];
    await ann.ask('sign-in', { id: annId, name: 'Ann' });
    await here.ask('sign-in', { id: bobId, name: 'Bob' });
    await there.ask('sign-in', { id: bobId, name: 'Bob' });
    for (const one of [ann, here, there]) {
      assert.deepEqual((await one.ask('find', { attribute: 'userId', value: bobId })).sort(), [here.id, there.id].sort());
    }
    assert.equal((await ann.ask('private-message', { to: bobId, text: 'psst' })).html, `Sent to ${bobId}`);
    await Promise.all([here.told('psst'), there.told('psst')]);
    assert.equal(await ann.ask('poke', { id: eve.id, text: 'last' }), true);
    await eve.told('last');
    assert.equal(eve.heard.all.filter(each => each.message).length, 1);
  });

  test('S2.18, S2.19: the others of a room are told on every node who joins and leaves', limit, async () => {
    const [a, b, c] = cluster.nodes;
    const [ann, bob] = [await enter(a), await enter(c)];
    const room = fresh('game');
    await ann.ask('sign-in', { id: fresh('ann'), name: 'Ann' });
    await bob.ask('sign-in', { id: fresh('bob'), name: 'Bob' });
    await ann.ask('join-room', { room });
    await bob.ask('join-room', { room });
    await ann.told('Bob joined the room');
    const eve = await enter(b);
    await eve.ask('sign-in', { id: fresh('eve'), name: 'Eve' });
    await eve.ask('join-room', { room });
    await Promise.all([ann, bob].map(one => one.told('Eve joined the room')));
    eve.close();
    await Promise.all([ann, bob].map(one => one.told('Eve left the room')));
  });

  test('S2.22: a session that one node is asked to replace is another one on the node that has it', limit, async () => {
    const [a, , c] = cluster.nodes;
    const user = fresh('ann');
    const [ann, other] = [await enter(c, { user }), await enter(a)];
    assert.equal(await other.ask('replace-plan', { user, plan: 'gold' }), 1);
    assert.equal((await ann.ask('who-am-i')).plan, 'gold');
  });

  test('S2.41, S4.19: any node puts sockets and open streams of the others into a room and out of it', limit, async () => {
    const [a, b, c] = cluster.nodes;
    const channel = fresh('channel');
    const [socket, stream] = [await enter(b), await listener(c, 'lobby')];
    open.push(stream);
    for (const client of [socket.id, stream.id]) { assert.equal((await json(a, `/rooms/${channel}/members`, { method: 'POST', body: { client } })).count, 1); }
    await until(async () => (await json(a, `/rooms/${channel}/presence`)).count === 2, 'both are there');
    await json(a, `/rooms/${channel}/messages`, { method: 'POST', body: { text: 'to the channel' } });
    assert.deepEqual(await socket.published(data => data.text === 'to the channel'), { text: 'to the channel' });
    const event = await stream.heard.find(each => each.data.includes('to the channel'));
    assert.equal(JSON.parse(event.data).room, channel);
    assert.equal((await json(b, `/rooms/${channel}/members`, { method: 'DELETE', body: { client: socket.id } })).count, 1);
    await socket.heard.find(each => each.close?.room === channel);
    assert.equal((await json(c, `/rooms/${channel}/presence`)).count, 1);
  });

  test('S2.34: a user on several nodes comes and goes once', limit, async () => {
    const [a, b, c] = cluster.nodes;
    const user = fresh('ann');
    const journal = await enter(a, { room: 'journal' });
    const ofUser = () => journal.entries().filter(each => each.user === user && each.what.startsWith('user.')).map(each => each.what);
    const first = await enter(b, { user });
    await journal.published(each => each.what === 'user.online' && each.user === user);
    const second = await enter(c, { user });
    await journal.published(each => each.what === 'came, told again' && each.client === second.id);
    first.close();
    await journal.published(each => each.what === 'went' && each.client === first.id);
    const again = await enter(b, { user });
    await journal.published(each => each.what === 'came, told again' && each.client === again.id);
    assert.deepEqual(ofUser(), ['user.online']);
    second.close();
    again.close();
    await journal.published(each => each.what === 'user.offline' && each.user === user);
    for (const client of [first, second, again]) {
      assert.deepEqual(journal.entries().filter(each => each.client === client.id).map(each => each.what), ['came', 'came, told again', 'went']);
    }
    assert.deepEqual(ofUser(), ['user.online', 'user.offline']);
  });

  /** No node remembers anybody of a node that was lost: nobody will tell of its clients any more. */
  const forgotten = (nodes, those) => until(async () => {
    const others = await Promise.all(nodes.map(node => metric(node, 'remembered_clients')));
    const own = await Promise.all(nodes.map(node => metric(node, 'connections')));
    const sum = own.reduce((one, other) => one + other, 0);
    return others.every((count, index) => count === sum - own[index]);
  }, `${those} are forgotten`);

  test('S2.36, S2.34: of the clients of a node that stands still the others tell, it ends them when it goes on, and does not tell of them again', { ...limit, skip: !goesOn }, async () => {
    const [a, b, c] = cluster.nodes;
    const [ann, bob] = [fresh('ann'), fresh('bob')];
    const journal = await enter(a, { room: 'journal' });
    const [stuck, also, elsewhere] = [await enter(b, { user: ann }), await enter(b, { user: bob }), await enter(c, { user: bob })];
    await Promise.all([stuck, also, elsewhere].map(one => journal.published(each => each.what === 'came, told again' && each.client === one.id)));
    await until(async () => await metric(c, 'remembered_clients') >= 3 && await metric(a, 'remembered_clients') >= 3, 'the others know of them');
    b.freeze();
    const went = await Promise.all([stuck, also].map(one => journal.published(each => each.what === 'went' && each.client === one.id)));
    assert.deepEqual(went.map(each => [each.code, each.reason, each.user]), [[4002, 'node lost', ann], [4002, 'node lost', bob]]);
    assert.equal(went[0].node, went[1].node);
    await journal.published(each => each.what === 'user.offline' && each.user === ann);
    // Gone before the node can know that it was taken for lost.
    also.close();
    b.thaw();
    assert.deepEqual(await stuck.closed, { code: 4002, reason: 'node lost' });
    await know();
    const back = await enter(b, { user: ann });
    await journal.published(each => each.what === 'user.online' && each.user === ann && journal.entries().filter(e => e.what === 'user.online' && e.user === ann).length === 2);
    await journal.published(each => each.what === 'came, told again' && each.client === back.id);
    await forgotten([a, b, c], 'the lost');
    for (const one of [stuck, also]) {
      assert.equal(journal.entries().filter(each => each.what === 'went' && each.client === one.id).length, 1);
    }
    assert.deepEqual(journal.entries().filter(each => each.user === bob && each.what.startsWith('user.')).map(each => each.what), ['user.online']);
  });

  test('S2.36, S2.34: of the clients of a killed node one of the others tells, once, and which users are offline', limit, async () => {
    const [a, b, c] = cluster.nodes;
    const [ann, bob] = [fresh('ann'), fresh('bob')];
    const journal = await enter(a, { room: 'journal' });
    const lost = [await enter(c, { user: ann }), await enter(c, { user: bob }), await enter(c)];
    const stays = await enter(b, { user: bob });
    const gone = await enter(c);
    gone.close();
    await journal.published(each => each.what === 'went' && each.client === gone.id);
    await Promise.all([...lost, stays].map(one => journal.published(each => each.what === 'came, told again' && each.client === one.id)));
    await forgotten([a, b, c], 'those who have gone');
    const before = await Promise.all([a, b].map(node => metric(node, 'lost_clients_total')));
    await c.kill();
    await Promise.all(lost.map(one => journal.published(each => each.what === 'went' && each.client === one.id)));
    await journal.published(each => each.what === 'user.offline' && each.user === ann);
    await forgotten([a, b], 'the lost');

    const went = journal.entries().filter(each => each.what === 'went' && lost.some(one => one.id === each.client));
    assert.deepEqual(went.map(each => each.client).sort(), lost.map(one => one.id).sort());
    assert.deepEqual(new Set(went.map(each => `${each.code} ${each.reason} by ${each.node}`)).size, 1);
    assert.ok(['node-1', 'node-2'].includes(went[0].node));
    const after = await Promise.all([a, b].map(node => metric(node, 'lost_clients_total')));
    assert.equal(after[0] + after[1] - before[0] - before[1], 3);
    assert.equal(journal.entries().filter(each => each.what === 'went' && each.client === gone.id).length, 1);
    assert.deepEqual(journal.entries().filter(each => each.user === ann && each.what.startsWith('user.')).map(each => each.what), ['user.online', 'user.offline']);
    assert.deepEqual(journal.entries().filter(each => each.user === bob && each.what.startsWith('user.')).map(each => each.what), ['user.online']);

    // It comes back as another node, and all goes on.
    await c.start();
    await know();
    const next = await enter(c, { user: ann });
    await journal.published(each => each.what === 'came, told again' && each.client === next.id);
    await journal.published(each => each.what === 'user.online' && each.user === ann && each.node === 'node-3' && journal.entries().filter(e => e.what === 'user.online' && e.user === ann).length === 2);
  });
});
