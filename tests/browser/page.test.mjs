// The page at /, in a real browser.

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { launch, missing } from './chromium.mjs';
import { freshRoom, openNode } from './node.mjs';
import { openProxy } from './proxy.mjs';
import { Ways } from './ways.mjs';

const limit = { timeout: 180_000 };
const columns = ['centrifuge', 'EventSource'];
const cardOf = name => `.feed[data-transport=${name}]`;
const many = (count, make) => Array.from({ length: count }, (_, index) => make(index));

const base = missing ? '' : await openNode();
const ways = new Ways(base);
const isBundled = !missing && (await (await fetch(base)).text()).includes('page/full.js');
const skip = missing || (isBundled || process.env.CI ? false : 'the node was built without npm');

describe('the page', { skip }, () => {
  let browser, complaints = [];
  before(async () => { browser = await launch(); });
  after(() => browser?.close());
  afterEach(async () => {
    await Promise.all(browser.contexts().map(context => context.close()));
    const heard = complaints;
    complaints = [];
    assert.deepEqual(heard, [], 'the console has to stay empty');
  });

  async function open({ room = freshRoom('page'), chat = freshRoom('chat'), at = base, ...options } = {}) {
    const page = await (await browser.newContext(options)).newPage();
    page.setDefaultTimeout(60_000);
    page.on('console', message => { if (['error', 'warning'].includes(message.type())) { complaints.push(message.text()); } });
    page.on('pageerror', error => complaints.push(error.stack));
    page.on('response', response => { if (response.status() >= 400) { complaints.push(`${response.status()} ${response.url()}`); } });
    await page.goto(`${at}/?chat=${chat}#${encodeURIComponent(room)}`);
    await Promise.all([...columns.map(name => state(page, name, 'live')), page.locator('#chat-state[data-state=live]').waitFor()]);
    return page;
  }

  const both = then => Promise.all(columns.map(then));
  const state = (page, name, state) => page.locator(`${cardOf(name)} .state[data-state=${state}]`).waitFor();
  const press = (page, name, button) => page.locator(`${cardOf(name)} button.${button}`).click();
  const verdict = (page, name, words) => page.locator(`${cardOf(name)} .verdict`, { hasText: words }).waitFor();
  const bodies = (page, name) => page.locator(`${cardOf(name)} .message .body`).allTextContents();
  const shows = (page, name, words) => page.locator(`${cardOf(name)} .message .body`, { hasText: words }).first().waitFor();
  const said = (page, words) => page.locator('#chat-log .body', { hasText: words }).waitFor();
  const noticed = (page, words) => page.locator('#chat-log .mark', { hasText: words }).waitFor();
  const here = (page, words) => page.locator('#chat-presence', { hasText: words }).waitFor();
  const say = async (page, words, name) => {
    if (name) { await page.locator('#chat-name').fill(name); }
    await page.locator('#chat-message').fill(words);
    await page.locator('#chat-send').click();
  };

  test('S1.28: the charts move as the machine is measured', limit, async () => {
    const page = await open();
    assert.equal(await page.title(), 'Broadcast.Actors');
    const charts = ['cpu', 'memory', 'network', 'disk'];
    const drawing = chart => page.locator(`[data-chart=${chart}] canvas`).evaluate(canvas => canvas.toDataURL());
    for (const chart of charts) { await page.locator(`[data-chart=${chart}] canvas`).waitFor(); }
    const drawn = await Promise.all(charts.map(drawing));
    const time = await page.locator('#machine-source').textContent();
    await page.waitForFunction(before => document.getElementById('machine-source').textContent !== before, time);
    for (const [index, chart] of charts.entries()) {
      // The words change as the measurement comes, the picture with the next frame.
      await page.waitForFunction(([name, was]) => document.querySelector(`[data-chart=${name}] canvas`).toDataURL() !== was, [chart, drawn[index]]);
      assert.match(await page.locator(`[data-chart=${chart}] .chart-value`).textContent(), /^[\d.,]+ (%|[KMGT]?i?B|[kMG]?B\/s)$/);
    }
    await page.locator('[data-chart=memory] .u-over').hover();
    await page.locator('[data-chart=cpu] .chart-when', { hasText: /%.* ago|just now/ }).waitFor();
  });

  test('S2.14, S2.21: two tabs talk, and each sees the other come and go', limit, async () => {
    const chat = freshRoom('chat');
    const [one, two] = [await open({ chat }), await open({ chat })];
    await here(one, '2 here');
    await here(two, '2 here');
    await noticed(one, /^guest \w+ came in$/);
    await say(two, 'Good morning', 'Ann');
    await say(one, 'To you as well', 'Bob');
    for (const page of [one, two]) {
      await said(page, 'Good morning');
      await said(page, 'To you as well');
      assert.deepEqual((await page.locator('#chat-log .who').allTextContents()).sort(), ['Ann', 'Bob']);
      assert.deepEqual((await page.locator('#chat-people li').allTextContents()).map(name => name.replace('you', '')).sort(), ['Ann', 'Bob']);
    }
    await two.waitForFunction(() => document.getElementById('chat-message').value === '');
    await two.close();
    await noticed(one, 'Ann left');
    await here(one, '1 here');
    const three = await open({ chat });
    await said(three, 'Good morning');
    assert.deepEqual(await three.locator('#chat-log .body').allTextContents(), await one.locator('#chat-log .body').allTextContents());
  });

  test('S2.47: markup stays text, in names, messages and notices', limit, async () => {
    const [chat, room] = [freshRoom('chat'), freshRoom('markup')];
    const page = await open({ chat, room });
    const attack = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
    await say(page, attack, '<b onclick=alert(1)>');
    await said(page, attack);
    await ways.publish(chat, JSON.stringify({ name: ['<i>'], text: { toString: attack } }), { type: 'application/json' });
    await ways.publish(chat, attack);
    await ways.publish(room, attack);
    await both(name => shows(page, name, attack));
    await page.waitForFunction(() => document.querySelectorAll('#chat-log .body').length === 3);
    assert.equal(await page.locator('.log img, .log script, .log b, .log i, .people b').count(), 0);
    assert.equal(await page.title(), 'Broadcast.Actors');
  });

  test('S1.15: json, text and bytes look the same in both columns', limit, async () => {
    const room = freshRoom('kinds');
    await ways.publish(room, 'kept from before');
    const page = await open({ room });
    await ways.publish(room, '{"temperature":21.5}', { type: 'application/json' });
    await ways.publish(room, 'plain words');
    await ways.publish(room, Buffer.from([0, 255]), { type: 'application/octet-stream' });
    await both(name => shows(page, name, '2 bytes: 00 ff'));
    for (const name of columns) { assert.deepEqual(await bodies(page, name), ['kept from before', '{"temperature":21.5}', 'plain words', '2 bytes: 00 ff']); }
  });

  for (const [leave, words] of [['pause', 'Paused'], ['drop', 'Dropped']]) {
    test(`S5.5, S4.18: after ${leave} and resume both columns have the same, and all of it`, limit, async () => {
      const room = freshRoom(leave);
      const page = await open({ room });
      await ways.publish(room, 'before');
      await both(name => shows(page, name, 'before'));
      for (const name of columns) { await press(page, name, leave); }
      await both(name => verdict(page, name, `${words} at 1.`));
      for (const index of many(60, each => each)) { await ways.publish(room, `${index}`); }
      await both(name => verdict(page, name, `${words} at 1. 60 messages wait on the node.`));
      for (const name of columns) { assert.deepEqual(await bodies(page, name), ['before'], name); }
      for (const name of columns) { await press(page, name, 'resume'); }
      await both(name => verdict(page, name, 'Resumed at 1, 60 messages came meanwhile, no hole.'));
      for (const name of columns) { assert.deepEqual(await bodies(page, name), ['before', ...many(60, String)], name); }
    });
  }

  test('S1.9: what a rule left out is shown as a gap', limit, async () => {
    const page = await open({ room: freshRoom('ticker') });
    for (const name of columns) { await press(page, name, 'pause'); }
    await both(name => state(page, name, 'paused'));
    await page.locator('#burst').click();
    await page.locator('#columns-status', { hasText: '60 published.' }).waitFor();
    for (const name of columns) { await press(page, name, 'resume'); }
    await both(name => verdict(page, name, 'Resumed at 0, 1 message came meanwhile, 59 missing'));
    for (const name of columns) {
      assert.match(await page.locator(`${cardOf(name)} .mark.missing`).first().textContent(), /^Gap: 1 to 59: .+\.$/);
      assert.deepEqual(await bodies(page, name), ['60 of 60']);
      assert.equal(await page.locator(`${cardOf(name)} .tick.missing`).count() > 10, true);
    }
  });

  test('S4.18: connections that break by themselves come back by themselves', limit, async t => {
    const [room, chat] = [freshRoom('broken'), freshRoom('chat')];
    const proxy = await openProxy(base);
    t.after(() => proxy.close());
    const page = await open({ room, chat, at: proxy.base });
    await ways.publish(room, 'before');
    await both(name => shows(page, name, 'before'));
    proxy.down();
    await both(name => state(page, name, 'waiting'));
    await ways.publish(room, 'meanwhile');
    await ways.publish(chat, '"also meanwhile"', { type: 'application/json' });
    proxy.up();
    await both(name => verdict(page, name, /^Resumed at 1, 1 message came meanwhile, no hole\.$/));
    await said(page, 'also meanwhile');
    // The browser itself notes in the console that a connection broke; here it was made to.
    complaints = complaints.filter(complaint => !/ERR_|WebSocket connection/.test(complaint));
  });

  test('S2.48: what the server objects to is said in words', limit, async () => {
    const page = await open();
    await page.evaluate(() => { document.getElementById('chat-message').maxLength = 1_000_000; });
    await say(page, 'x'.repeat(70_000));
    await page.locator('#chat-status', { hasText: /^Not said: \S+ \S+/ }).waitFor();
    assert.equal((await page.locator('#chat-message').inputValue()).length, 70_000);
  });

  test('The page works with the keyboard alone, and the command lines follow the room', limit, async () => {
    const page = await open();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.activeElement.id === 'chat-heading');
    await page.locator('#chat-message').focus();
    await page.keyboard.type('By hand');
    await page.keyboard.press('Enter');
    await said(page, 'By hand');
    const room = freshRoom('a/b#c');
    await page.locator('#room-name').focus();
    await page.keyboard.press('Control+A');
    await page.keyboard.type(room);
    await page.keyboard.press('Enter');
    await page.locator(`${cardOf('EventSource')} .feed-room`, { hasText: room }).waitFor();
    await both(name => state(page, name, 'live'));
    for (const command of await page.locator('#commands code').allTextContents()) { assert.ok(command.includes(`/rooms/${encodeURIComponent(room)}/`), command); }
    for (const name of columns) {
      await page.locator(`${cardOf(name)} button.drop`).focus();
      await page.keyboard.press('Enter');
      await state(page, name, 'dropped');
      await page.waitForFunction(place => document.activeElement === document.querySelector(place), `${cardOf(name)} button.resume`);
      await page.keyboard.press('Enter');
      await verdict(page, name, 'nothing came meanwhile');
    }
  });

  for (const [width, height] of [[390, 844], [820, 1180], [1440, 900]]) {
    for (const colorScheme of ['light', 'dark']) {
      test(`S3.29: ${width}×${height}, ${colorScheme}: everything fits`, limit, async () => {
        const [room, chat] = [freshRoom('ticker'), freshRoom('chat')];
        const page = await open({ room, chat, viewport: { width, height }, colorScheme });
        const friend = await open({ chat });
        await say(friend, 'The kettle is on', 'Ann');
        await said(page, 'The kettle is on');
        await say(page, 'Coming, and bringing <b>cake</b>', 'Bob');
        await said(page, 'cake');
        for (const index of many(8, each => each + 1)) { await ways.publish(room, `Message ${index}`); }
        await both(name => shows(page, name, 'Message 8'));
        await press(page, 'centrifuge', 'drop');
        await press(page, 'EventSource', 'pause');
        await state(page, 'EventSource', 'paused');
        for (const index of many(12, each => each + 9)) { await ways.publish(room, `Message ${index}`); }
        await press(page, 'centrifuge', 'resume');
        await verdict(page, 'centrifuge', 'Resumed at 8, 12 messages came meanwhile, no hole.');
        for (const index of many(20, each => each + 21)) { await ways.publish(room, `Message ${index}`); }
        await press(page, 'EventSource', 'resume');
        await verdict(page, 'EventSource', 'Resumed at 8, 1 message came meanwhile, 31 missing');
        await friend.close();
        await noticed(page, 'Ann left');
        const { wide, ground } = await page.evaluate(() => ({
          wide: document.documentElement.scrollWidth, ground: getComputedStyle(document.body).backgroundColor,
        }));
        assert.ok(wide <= width, `${wide} pixels wide`);
        assert.equal(/rgb\((\d+)/.exec(ground)[1] < 128, colorScheme === 'dark', ground);
        if (process.env.SCREENSHOTS) {
          await mkdir(process.env.SCREENSHOTS, { recursive: true });
          await page.screenshot({ path: join(process.env.SCREENSHOTS, `page-${width}-${colorScheme}.png`), fullPage: true });
        }
      });
    }
  }
});
