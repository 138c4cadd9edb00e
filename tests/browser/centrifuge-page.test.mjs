// The Centrifuge SDK's own browser build, in a real browser, on a page of another origin.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { after, afterEach, before, describe, test } from 'node:test';
import { launch, missing } from './chromium.mjs';
import { freshRoom, openNode } from './node.mjs';
import { openProxy } from './proxy.mjs';
import { address } from './sdk.mjs';
import { Ways } from './ways.mjs';

const limit = { timeout: 180_000 };
const many = (count, make) => Array.from({ length: count }, (_, index) => make(index));

const site = missing ? undefined : await serve();
const open = { Subscribe: 'Anyone', Publish: 'Anyone', Presence: 'Anyone' };
const base = missing ? '' : await openNode({ AllowedOrigins: [site.origin], Rooms: [{ Name: '*', ...open, Rule: { JoinLeave: true } }] });
const ways = new Ways(base);

/** A page with nothing but the SDK. */
async function serve() {
  const sdk = await readFile(new URL('node_modules/centrifuge/dist/centrifuge.js', import.meta.url));
  const server = createServer((request, response) => {
    const [type, body] = request.url === '/centrifuge.js' ? ['text/javascript', sdk] : ['text/html', '<!doctype html><script src="/centrifuge.js"></script>'];
    response.setHeader('Content-Type', `${type}; charset=utf-8`).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => { server.closeAllConnections(); server.close(); });
  return { origin: `http://127.0.0.1:${server.address().port}` };
}

describe('the Centrifuge SDK in a browser', { skip: missing }, () => {
  let browser, context, proxy;
  before(async () => { browser = await launch(); });
  after(() => browser?.close());
  afterEach(async () => {
    await context?.close();
    context = undefined;
    proxy?.close();
    proxy = undefined;
  });

  /** A tab that is in the room; what it hears stands in its `heard`. */
  async function tab(room, at = base) {
    context ??= await browser.newContext();
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    await page.goto(`${site.origin}/`);
    await page.evaluate(async ([url, name]) => {
      const client = new globalThis.Centrifuge(url, { minReconnectDelay: 10, maxReconnectDelay: 100, timeout: 60_000, maxServerPingDelay: 60_000 });
      const sub = client.newSubscription(name, { joinLeave: true });
      globalThis.heard = { publication: [], subscribed: [], join: [], leave: [] };
      for (const [event, list] of Object.entries(globalThis.heard)) { sub.on(event, what => list.push(what)); }
      globalThis.chat = sub;
      sub.subscribe();
      client.connect();
      await sub.ready(60_000);
    }, [address(at), room]);
    return page;
  }

  const hears = async (page, event, count) => {
    await page.waitForFunction(([name, wanted]) => globalThis.heard[name].length >= wanted, [event, count]);
    return page.evaluate(name => globalThis.heard[name], event);
  };

  test('S5.9: two tabs chat, see each other, and see each other go', limit, async () => {
    const room = freshRoom('chat');
    const one = await tab(room), two = await tab(room);
    const [, joined] = await hears(one, 'join', 2);
    for (const [page, words] of [[one, 'Good morning'], [two, 'Grüße 👋'], [one, '<b>still text</b>']]) {
      await page.evaluate(text => globalThis.chat.publish({ text }), words);
    }
    for (const page of [one, two]) {
      const got = await hears(page, 'publication', 3);
      assert.deepEqual(got.map(({ data, offset }) => [offset, data.text]), [[1, 'Good morning'], [2, 'Grüße 👋'], [3, '<b>still text</b>']]);
    }
    assert.equal((await one.evaluate(() => globalThis.chat.presenceStats())).numClients, 2);
    await two.close();
    assert.equal((await hears(one, 'leave', 1))[0].info.client, joined.info.client);
    assert.equal((await one.evaluate(() => globalThis.chat.presenceStats())).numClients, 1);
  });

  test('S4.18: a tab whose connection drops again and again gets everything once', limit, async () => {
    const room = freshRoom('drop');
    proxy = await openProxy(base);
    const page = await tab(room, proxy.base);
    for (const cut of many(4, index => index)) {
      for (const index of many(25, number => number)) {
        await ways.publish(room, `${cut * 25 + index}`);
        if (index === 12) { proxy.cut(); }
      }
      await hears(page, 'subscribed', cut + 2);
    }
    const got = await hears(page, 'publication', 100);
    assert.deepEqual(got.map(({ data, offset }) => [data, offset]), many(100, index => [String(index), index + 1]));
    const again = (await hears(page, 'subscribed', 5)).slice(1);
    assert.deepEqual(again.map(({ wasRecovering, recovered }) => [wasRecovering, recovered]), many(4, () => [true, true]));
  });
});
