// The chat of docs/application.md in a real browser: whatever people say stays text.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { launch, missing } from './chromium.mjs';
import { openExample } from './example.mjs';
import { Clients } from './sdk.mjs';

const limit = { timeout: 180_000 };
const base = missing ? '' : await openExample();

describe('the chat of the page on applications', { skip: missing }, () => {
  let browser, complaints = [];
  before(async () => { browser = await launch(); });
  after(() => browser?.close());

  async function open() {
    const page = await (await browser.newContext()).newPage();
    page.setDefaultTimeout(60_000);
    page.on('console', message => { if (message.type() === 'error' && !message.text().includes('favicon')) { complaints.push(message.text()); } });
    page.on('pageerror', error => complaints.push(error.stack));
    page.on('dialog', dialog => { complaints.push(`a dialog: ${dialog.message()}`); dialog.dismiss(); });
    await page.route('**/favicon.ico', route => route.fulfill({ status: 204 }));
    await page.goto(base);
    await page.waitForFunction(() => socket.readyState === WebSocket.OPEN);
    return page;
  }

  async function say(page, name, text) {
    await page.locator('#name').fill(name);
    await page.locator('#text').fill(text);
    await page.locator('button').click();
  }

  const attacks = [
    ['<script>hit=1</script>', '<script>window.hit = 1; document.title = "hit"</script>'],
    ['<img src=x onerror=hit=1>', '<img src=x onerror="window.hit = 1; document.title = \'hit\'">'],
    ['"><svg onload=hit=1>', '"><svg/onload=window.hit=1>'],
    ['" onmouseover="hit=1" x="', '\' autofocus onfocus=\'window.hit=1\' tabindex=0 x=\''],
    ['\'"`><b id=hit>', '`"\'></li></ul><form action="javascript:window.hit=1"><button>Say</button></form>'],
    ['&lt;script&gt;', '&lt;img src=x onerror=alert(1)&gt; &amp; &#60;b&#62;'],
    ['</ul><base href=//x.test>', '<iframe srcdoc="<script>parent.hit=1</script>"></iframe><a href="javascript:hit=1">a</a>'],
    ['<!--', '--><style>body{display:none}</style><math><mtext></math><!--'],
  ];

  test('S2.47, S2.12, S2.13: markup in names and words is shown as it was written, to everybody', limit, async () => {
    const [one, two] = [await open(), await open()];
    for (const [index, [name, text]] of attacks.entries()) {
      await say(one, name, text);
      await one.waitForFunction(() => document.getElementById('text').value === '');
      for (const page of [one, two]) { await page.waitForFunction(count => document.querySelectorAll('#messages > li').length === count, index + 1); }
    }
    const late = await open();
    await late.waitForFunction(count => document.querySelectorAll('#messages > li').length === count, attacks.length);
    for (const page of [one, two, late]) {
      const rows = await page.locator('#messages > li').evaluateAll(all => all.map(row => ({
        name: row.children[0].textContent, title: row.children[0].title, text: row.childNodes[1].textContent.trim(),
      })));
      assert.deepEqual(rows, attacks.map(([name, text]) => ({ name, title: name, text })));
      await page.locator('#messages b').first().hover();
      assert.deepEqual(await page.locator('#messages *').evaluateAll(all => [...new Set(all.map(each => each.localName))].sort()), ['b', 'i', 'li']);
      assert.equal(await page.evaluate(() => window.hit), undefined);
      assert.equal(await page.title(), 'Chat');
      assert.equal(await page.locator('form').count(), 1);
    }
    assert.deepEqual(complaints, []);
  });

  test('S2.2, S2.3, S2.29: every swap does what it says, several in their order', limit, async () => {
    const page = await open();
    const after = updates => page.evaluate(updates => {
      document.getElementById('messages').innerHTML = '<p id="box"><b id="it">old</b></p>';
      show(updates);
      return document.getElementById('messages').innerHTML;
    }, updates);
    const swaps = {
      innerHTML: '<p id="box"><b id="it"><i>new</i></b></p>',
      outerHTML: '<p id="box"><i>new</i></p>',
      beforebegin: '<p id="box"><i>new</i><b id="it">old</b></p>',
      afterbegin: '<p id="box"><b id="it"><i>new</i>old</b></p>',
      beforeend: '<p id="box"><b id="it">old<i>new</i></b></p>',
      afterend: '<p id="box"><b id="it">old</b><i>new</i></p>',
      delete: '<p id="box"></p>',
      none: '<p id="box"><b id="it">old</b></p>',
    };
    for (const [swap, expected] of Object.entries(swaps)) { assert.equal(await after({ target: '#it', html: '<i>new</i>', swap }), expected, swap); }
    const updates = ['one', 'two', 'three'].map(html => ({ target: '#box', html, swap: 'beforeend' }));
    assert.equal(await after({ type: 'batch', updates }), '<p id="box"><b id="it">old</b>onetwothree</p>');
  });

  test('S2.7, S2.8: the public SDK of Centrifuge asks the same handlers', limit, async () => {
    const clients = new Clients(base);
    const client = await clients.connected();
    const room = await clients.subscribed(client, 'chat');
    try {
      const { data } = await client.rpc('say', { name: 'Ann', text: '<b>hello</b>' });
      assert.deepEqual([data.type, data.updates.map(update => update.target)], ['batch', ['#text', '#error']]);
      const { data: row } = await room.heard.publication.find(each => each.data.html.includes('&lt;b&gt;hello&lt;/b&gt;'));
      assert.deepEqual([row.target, row.swap], ['#messages', 'beforeend']);
      await assert.rejects(client.rpc('shout', {}), { code: 104 });
      await assert.rejects(client.rpc('say', { name: 'Ann' }), { code: 107, message: 'The data is not what say takes; see $.' });
      await assert.rejects(client.rpc('say', { name: 'Ann', text: '' }), { code: 107, message: 'The Text field is required.' });
      await assert.rejects(room.publish({ html: '<b>' }), { code: 103 });
    } finally {
      clients.closeAll();
    }
  });

  test('what is refused is told to who said it, as text', limit, async () => {
    const page = await open();
    await say(page, 'n'.repeat(31), 'hello');
    await page.locator('#error', { hasText: 'The field Name must be a string with a maximum length of 30.' }).waitFor();
    await say(page, 'Ann', 'hello');
    await page.waitForFunction(() => document.getElementById('error').textContent === '');
  });
});
