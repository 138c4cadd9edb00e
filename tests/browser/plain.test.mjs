// The page made of files as they are, which a node built without Node.js shows at / and any node at /?plain=1, in a real browser.

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { launch, missing } from './chromium.mjs';
import { freshRoom, openNode } from './node.mjs';
import { openProxy } from './proxy.mjs';
import { Ways } from './ways.mjs';

const limit = { timeout: 180_000 };
const socketCard = '.feed[data-transport=WebSocket]';
const eventsCard = '.feed[data-transport=SSE]';
const many = (count, make) => Array.from({ length: count }, (_, index) => make(index));

const base = missing ? '' : await openNode();
const ways = new Ways(base);

describe('the page without npm', { skip: missing }, () => {
  let browser, complaints = [];
  before(async () => { browser = await launch(); });
  after(() => browser?.close());
  afterEach(async () => {
    await Promise.all(browser.contexts().map(context => context.close()));
    const heard = complaints;
    complaints = [];
    assert.deepEqual(heard, [], 'the console has to stay empty');
  });

  async function open(room, options = {}) {
    const page = await (await browser.newContext(options)).newPage();
    page.setDefaultTimeout(60_000);
    page.on('console', message => { if (['error', 'warning'].includes(message.type())) { complaints.push(message.text()); } });
    page.on('pageerror', error => complaints.push(error.stack));
    page.on('response', response => { if (response.status() >= 400) { complaints.push(`${response.status()} ${response.url()}`); } });
    await page.goto(`${base}/?plain=1#${encodeURIComponent(room)}`);
    await Promise.all([socketCard, eventsCard].map(card => state(page, card, 'live')));
    return page;
  }

  const state = (page, card, name) => page.locator(`${card} .state[data-state=${name}]`).waitFor();
  const press = (page, card, name) => page.locator(`${card} button.${name}`).click();
  const offsetOf = (page, card) => page.locator(`${card} .feed-position`).textContent().then(text => parseInt(text, 10));
  const reaches = (page, card, offset) => page.waitForFunction(
    ([place, wanted]) => parseInt(document.querySelector(place).textContent, 10) >= wanted, [`${card} .feed-position`, offset]);
  const verdict = (page, card, words) => page.locator(`${card} .verdict`, { hasText: words }).waitFor();
  const bodies = page => page.locator('#log .message .body').allTextContents();
  const says = (page, words) => page.locator('#log .message .body', { hasText: words }).waitFor();

  test('S1.28, S4.15: the charts move as the machine is measured', limit, async () => {
    const page = await open(freshRoom('charts'));
    await state(page, eventsCard, 'live');
    assert.equal(await page.title(), 'Broadcast.Actors');
    const charts = ['cpu', 'memory', 'network', 'disk'];
    const lines = charts.map(chart => page.locator(`[data-chart=${chart}] path.line.first`));
    for (const line of lines) { await line.waitFor({ state: 'attached' }); }
    const drawn = await Promise.all(lines.map(line => line.getAttribute('d')));
    await reaches(page, eventsCard, await offsetOf(page, eventsCard) + 2);
    for (const [index, chart] of charts.entries()) {
      assert.notEqual(await lines[index].getAttribute('d'), drawn[index], chart);
      assert.match(await page.locator(`[data-chart=${chart}] .chart-value`).textContent(), /^[\d.,]+ (%|[KMGT]?i?B|[kMG]?B\/s)$/);
    }
    assert.equal(await page.locator('#machine-notice').isHidden(), true);
  });

  test('S4.15, S2.47: what is published in the box is shown as text, markup too', limit, async () => {
    const page = await open(freshRoom('box'));
    const attack = '<img src=x onerror="document.title=\'taken\'"><script>document.title="taken"</script>';
    await page.locator('#message').fill(attack);
    await page.locator('#publish').click();
    await says(page, attack);
    await page.locator('#message').fill('And this with the Enter key');
    await page.locator('#message').press('Enter');
    await says(page, 'And this with the Enter key');
    assert.equal(await page.locator('#log img, #log script').count(), 0);
    assert.equal(await page.title(), 'Broadcast.Actors');
    await page.waitForFunction(() => document.getElementById('message').value === '');
  });

  test('S1.15: json, text and bytes of others are shown for what they are', limit, async () => {
    const room = freshRoom('kinds');
    const page = await open(room);
    await ways.publish(room, '{"temperature":21.5}', { type: 'application/json' });
    await ways.publish(room, 'plain words');
    await ways.publish(room, Buffer.from([0, 255]), { type: 'application/octet-stream' });
    await says(page, '2 bytes: 00 ff');
    assert.deepEqual(await bodies(page), ['{"temperature":21.5}', 'plain words', '2 bytes: 00 ff']);
  });

  test('S3.27: the page begins with what the room has kept', limit, async () => {
    const room = freshRoom('kept');
    for (const index of many(5, each => each)) { await ways.publish(room, `kept ${index}`); }
    const page = await open(room);
    await says(page, 'kept 4');
    await ways.publish(room, 'live');
    await says(page, 'live');
    assert.deepEqual(await bodies(page), [...many(5, index => `kept ${index}`), 'live']);
  });

  test('S5.5: a pause loses nothing', limit, async () => {
    const room = freshRoom('pause');
    const page = await open(room);
    await ways.publish(room, 'before');
    await says(page, 'before');
    await press(page, socketCard, 'pause');
    await state(page, socketCard, 'paused');
    for (const index of many(12, each => each)) { await ways.publish(room, `${index}`); }
    await verdict(page, socketCard, 'Paused at 1. 12 messages wait on the node.');
    assert.deepEqual(await bodies(page), ['before']);
    await press(page, socketCard, 'resume');
    await verdict(page, socketCard, 'Resumed at 1, 12 messages came meanwhile, no hole.');
    assert.deepEqual(await bodies(page), ['before', ...many(12, String)]);
  });

  test('S4.18, S5.16: a dropped socket resumes without a hole while messages go on', limit, async () => {
    const room = freshRoom('drop');
    const page = await open(room);
    let published = 0;
    const publish = async count => { for (const end = published + count; published < end;) { await ways.publish(room, `${published++}`); } };
    let publishing = publish(30);
    await says(page, /^5$/);
    await press(page, socketCard, 'drop');
    await state(page, socketCard, 'dropped');
    const left = await offsetOf(page, socketCard);
    await publishing;
    await publish(10);
    await page.locator(`${socketCard} .verdict`, { hasText: /wait on the node/ }).waitFor();
    assert.equal(await offsetOf(page, socketCard), left, 'nothing arrives while dropped');
    publishing = publish(30);
    await press(page, socketCard, 'resume');
    await verdict(page, socketCard, /^Resumed at [\d,]+, [\d,]+ messages came meanwhile, no hole\.$/);
    await publishing;
    await reaches(page, socketCard, published);
    assert.match(await page.locator(`${socketCard} .feed-gaps`).textContent(), /^none in/);
    const offsets = (await page.locator('#log .message .offset').allTextContents()).map(text => Number(text.replaceAll(',', '')));
    offsets.forEach((offset, index) => assert.equal(offset, offsets[0] + index));
    assert.equal(offsets.at(-1), published);
  });

  test('S4.18: the chart stream resumes without a hole', limit, async () => {
    const page = await open(freshRoom('stream'));
    await state(page, eventsCard, 'live');
    await reaches(page, eventsCard, await offsetOf(page, eventsCard) + 1);
    await press(page, eventsCard, 'drop');
    await page.locator(`${eventsCard} .verdict`, { hasText: /[2-9] messages wait on the node/ }).waitFor();
    await press(page, eventsCard, 'resume');
    await verdict(page, eventsCard, /^Resumed at [\d,]+, \d+ messages came meanwhile, no hole\.$/);
    assert.match(await page.locator(`${eventsCard} .feed-gaps`).textContent(), /^none in/);
  });

  test('S4.18: a connection that breaks by itself comes back by itself, without a hole', limit, async t => {
    const room = freshRoom('broken');
    const proxy = await openProxy(base);
    t.after(() => proxy.close());
    const page = await (await browser.newContext()).newPage();
    page.setDefaultTimeout(60_000);
    page.on('pageerror', error => complaints.push(error.stack));
    await page.goto(`${proxy.base}/?plain=1#${room}`);
    await state(page, socketCard, 'live');
    await ways.publish(room, 'before');
    await says(page, 'before');
    proxy.down();
    await state(page, socketCard, 'waiting');
    await ways.publish(room, 'meanwhile');
    proxy.up();
    await verdict(page, socketCard, 'Resumed at 1, 1 message came meanwhile, no hole.');
    assert.deepEqual(await bodies(page), ['before', 'meanwhile']);
  });

  test("S4.18: the browser's own EventSource, cut before its first message, misses nothing", limit, async t => {
    const room = freshRoom('early');
    const proxy = await openProxy(base);
    t.after(() => proxy.close());
    await ways.publish(room, 'before anyone listened');
    const page = await (await browser.newContext()).newPage();
    page.setDefaultTimeout(60_000);
    await page.goto(`${proxy.base}/health/live`);
    await page.evaluate(address => {
      globalThis.heard = [];
      globalThis.source = new EventSource(address);
      globalThis.source.onmessage = event => globalThis.heard.push(event.data);
      globalThis.source.addEventListener('connection', event => { globalThis.opened = event.lastEventId; });
    }, `/rooms/${room}/events`);
    await page.waitForFunction(() => globalThis.opened?.startsWith('1.'));
    proxy.end();
    await ways.publish(room, 'while it was cut');
    await page.waitForFunction(() => globalThis.heard.length > 0);
    assert.deepEqual(await page.evaluate(() => globalThis.heard), ['while it was cut']);
  });

  test('S4.14: what the server objects to is said in words', limit, async () => {
    const page = await open(freshRoom('wrong'));
    await page.locator('label', { hasText: 'JSON' }).click();
    await page.locator('#message').fill('{nonsense');
    await page.locator('#publish').click();
    await page.locator('#composer-status.bad', { hasText: /\S+ \S+/ }).waitFor();
    assert.equal(await page.locator('#message').inputValue(), '{nonsense');
    // The browser itself notes a refused request in the console; here it was asked for.
    complaints = complaints.filter(complaint => !complaint.includes('400'));
  });

  test('The command lines follow the room, and the page works with the keyboard alone', limit, async () => {
    const page = await open(freshRoom('keys'));
    const room = freshRoom('a/b#c');
    await page.locator('#room-name').fill(room);
    await page.keyboard.press('Enter');
    await page.locator(`${socketCard} .feed-room`, { hasText: room }).waitFor();
    await state(page, socketCard, 'live');
    const commands = await page.locator('#commands code').allTextContents();
    for (const command of commands) { assert.ok(command.includes(`/rooms/${encodeURIComponent(room)}/`), command); }
    const publish = commands.find(command => command.includes('-d '));
    const [, body, address] = /-d '(.*)' '(.*)'/.exec(publish);
    await ways.curl('-d', body, address);
    await says(page, body);
    await page.locator(`${socketCard} button.drop`).focus();
    await page.keyboard.press('Enter');
    await state(page, socketCard, 'dropped');
    await page.waitForFunction(place => document.activeElement === document.querySelector(place), `${socketCard} button.resume`);
    await page.keyboard.press('Enter');
    await verdict(page, socketCard, 'nothing came meanwhile');
  });

  for (const [width, height] of [[390, 844], [1440, 900]]) {
    for (const colorScheme of ['light', 'dark']) {
      test(`S3.29: ${width}×${height}, ${colorScheme}: everything fits`, limit, async () => {
        const room = freshRoom('looks');
        const page = await open(room, { viewport: { width, height }, colorScheme });
        for (const words of ['Good morning', 'The kettle is on', '<b>Markup</b> stays text']) { await ways.publish(room, words); }
        await says(page, 'stays text');
        await press(page, socketCard, 'drop');
        for (const index of many(7, each => each + 1)) { await ways.publish(room, `While you were away, ${index}`); }
        await state(page, socketCard, 'dropped');
        await press(page, socketCard, 'resume');
        await verdict(page, socketCard, 'Resumed at 3, 7 messages came meanwhile, no hole.');
        await reaches(page, eventsCard, await offsetOf(page, eventsCard) + 3);
        const { wide, ground } = await page.evaluate(() => ({
          wide: document.documentElement.scrollWidth, ground: getComputedStyle(document.body).backgroundColor,
        }));
        assert.ok(wide <= width, `${wide} pixels wide`);
        assert.equal(/rgb\((\d+)/.exec(ground)[1] < 128, colorScheme === 'dark', ground);
        if (process.env.SCREENSHOTS) {
          await mkdir(process.env.SCREENSHOTS, { recursive: true });
          await page.screenshot({ path: join(process.env.SCREENSHOTS, `plain-${width}-${colorScheme}.png`), fullPage: true });
        }
      });
    }
  }
});
