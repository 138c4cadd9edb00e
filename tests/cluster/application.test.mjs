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
const limit = { timeout: 300_000 };

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
        // However busy the machine is, a node that lives is there and answers in time.
        Hub: { Sessions: { Grace: '00:00:01' }, Mailboxes: { Enabled: true }, Receipts: { Wait: '00:00:20' } },
        Cluster: { Heartbeat: '00:00:01', GoneAfter: '00:00:15', CallTimeout: '00:00:30' },
        Redis: { Timeout: '00:01:00' },
        Akka: { Timeout: '00:01:00' },
      },
    });
    await know();
  }, limit);
  after(() => cluster?.close());
  afterEach(async () => {
    open.forEach(one => one.close());
    open = [];
    // Nothing of one test counts in the next.
    await until(async () => (await Promise.all(cluster.up.flatMap(node => ['connections', 'remembered_clients'].map(name => metric(node, name))))).every(count => count === 0), 'all have gone');
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

  test('S2.24, S2.25, S2.26: an announcement reaches those it is for on all nodes, and says how many that were', limit, async () => {
    const [a, b, c] = cluster.nodes;
    const [asker, member, gold, admin, guest] =
      [await enter(a), await enter(a, { user: fresh('ann') }), await enter(b, { user: fresh('bob') }), await enter(c, { user: fresh('eve') }), await enter(c)];
    await gold.ask('set-plan', { plan: 'gold' });
    await admin.ask('sign-in', { id: fresh('eve'), name: 'Eve', isAdmin: true });
    const everybody = [asker, member, gold, admin, guest];
    for (const [priority, those] of [['high', [member, gold, admin]], ['medium', [gold, admin]], ['low', [admin]], ['odd', []]]) {
      assert.equal(await asker.ask('announce', { priority, text: `to ${priority}` }), `Sent to ${those.length} users on ${those.length} connections`);
      await Promise.all(those.map(one => one.told(`to ${priority}`)));
      // What each is told next shows that it was told nothing before.
      for (const one of everybody) {
        assert.equal(await asker.ask('poke', { id: one.id, text: `after ${priority}` }), true);
        await one.told(`after ${priority}`);
        assert.equal(one.heard.all.some(each => each.message?.data.html.includes(`to ${priority}`)), those.includes(one));
      }
    }
  });

  test('S2.22, S2.23, S4.13: a publication for some is shown to them alone on all nodes, from the next one on to who has become one of them, and its receipt adds up', limit, async () => {
    const [a, b, c] = cluster.nodes;
    const room = fresh('paid');
    const [sender, gold, plain] = [await enter(a, { room, user: fresh('ann') }), await enter(b, { room, user: fresh('bob') }), await enter(c, { room, user: fresh('eve') })];
    await sender.ask('set-plan', { plan: 'gold' });
    await gold.ask('set-plan', { plan: 'gold' });
    await until(async () => (await json(a, `/rooms/${room}/presence`)).count === 3, 'all are there');
    assert.deepEqual(await sender.ask('tell-premium', { room, text: 'one' }), { members: 3, addressed: 1, written: 1, withheld: 2, leftBehind: 0, users: 1 });
    await plain.ask('set-plan', { plan: 'gold' });
    assert.deepEqual(await sender.ask('tell-premium', { room, text: 'two' }), { members: 3, addressed: 2, written: 2, withheld: 1, leftBehind: 0, users: 2 });
    await json(a, `/rooms/${room}/messages`, { method: 'POST', body: { text: 'to all' } });
    await Promise.all([sender, gold, plain].map(one => one.published(data => data.text === 'to all')));
    assert.deepEqual([sender, gold, plain].map(one => one.entries().map(each => each.text)), [['to all'], ['one', 'two', 'to all'], ['two', 'to all']]);
    const history = await json(b, `/rooms/${room}/messages`);
    assert.deepEqual(history.messages.map(each => each.data.text), ['to all']);
  });

  test('S2.27, S2.28: who is near, on whichever node and beyond the 180th meridian, is meant, and nobody else', limit, async () => {
    const [a, b, c] = cluster.nodes;
    const room = fresh('islands');
    const [east, west, far, nowhere] = [await enter(a, { room }), await enter(b, { room }), await enter(c, { room }), await enter(c, { room })];
    await east.ask('stand-at', { latitude: -17, longitude: 179.97 });
    await west.ask('stand-at', { latitude: -17, longitude: -179.97 });
    await far.ask('stand-at', { latitude: -17, longitude: 179 });
    await until(async () => (await json(a, `/rooms/${room}/presence`)).count === 4, 'all are there');
    const receipt = await nowhere.ask('tell-near', { room, text: 'near', latitude: -17, longitude: 179.99, kilometres: 10 });
    assert.deepEqual(receipt, { members: 4, addressed: 2, written: 2, withheld: 2, leftBehind: 0, users: 0 });
    await Promise.all([east, west].map(one => one.published(data => data.text === 'near')));
  });

  test('S1.21, S1.22, S1.23: a room looks different to guests on every node, live and in its history', limit, async () => {
    const [a, b, c] = cluster.nodes;
    const room = fresh('prices');
    const [guest, member] = [await enter(b, { room }), await enter(c, { room, user: fresh('ann') })];
    await until(async () => (await json(a, `/rooms/${room}/presence`)).count === 2, 'both are there');
    await json(a, `/rooms/${room}/messages`, { method: 'POST', body: { price: 4711 } });
    assert.deepEqual(await member.published(data => data.price === 4711), { price: 4711 });
    assert.equal(await guest.published(data => typeof data === 'string'), '{"price":***}');
    const late = await enter(a, { room, since: 'start' });
    assert.equal(await late.published(data => typeof data === 'string'), '{"price":***}');
    assert.deepEqual((await json(b, `/rooms/${room}/messages`)).messages.map(each => each.data), ['{"price":***}']);
    // Of what was published: ids are random, and one of some thousand has these digits.
    for (const one of [guest, late]) { assert.doesNotMatch(JSON.stringify(one.entries()), /4711/); }
  });

  test('S4.21: what is sent to a user who is away waits, and comes in order on whichever node the user comes to', limit, async () => {
    const [a, b, c] = cluster.nodes;
    const user = fresh('ann');
    const sender = await enter(a);
    for (const text of ['first', 'second']) { assert.equal(await sender.ask('keep-for', { to: user, text }), 'Kept'); }
    const [ann, other] = await Promise.all([enter(b, { user }), enter(c, { user })]);
    const both = () => [ann, other].flatMap(one => one.heard.all.filter(each => each.message).map(each => each.message.data.html));
    await until(() => both().length >= 2, 'one of both has what waited');
    // Kept, if who takes what waited is not done with it.
    assert.match(await sender.ask('keep-for', { to: user, text: 'third' }), /^(Sent|Kept)$/);
    await Promise.all([ann, other].map(one => one.told('third')));
    const texts = [ann, other].map(one => one.heard.all.filter(each => each.message).map(each => each.message.data.html));
    assert.deepEqual(texts.sort((one, next) => one.length - next.length), [['<li>third</li>'], ['<li>first</li>', '<li>second</li>', '<li>third</li>']]);
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
    const [stuck, also] = [await enter(b, { user: ann }), await enter(b, { user: bob })];
    // Who comes to two nodes at the same moment may be told of twice; that is not what this is about.
    await journal.published(each => each.what === 'user.online' && each.user === bob);
    const elsewhere = await enter(c, { user: bob });
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
    await journal.published(each => each.what === 'user.online' && each.user === bob);
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
