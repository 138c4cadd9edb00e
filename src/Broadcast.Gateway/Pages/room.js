// The room box: its messages over a WebSocket, and a box that publishes with POST.

import { Feed } from './feed.js';
import { MessageLog } from './log.js';
import { Panel } from './panel.js';
import { presenceOf, publish, randomKey } from './server.js';
import { socket } from './transports.js';
import { clock, count, number } from './words.js';

const recent = 40;
const find = id => document.getElementById(id);

export class Room extends EventTarget {
  #log = new MessageLog(find('log'), find('log-empty'));
  #feed = null; #place; #template;
  /** Kept until the server has said yes: pressing Publish again after "it may or may not have arrived" stores nothing twice. */
  #key = null;
  #ticking = null;

  constructor(place, template) {
    super();
    this.#place = place;
    this.#template = template;
    find('room-form').addEventListener('submit', event => { event.preventDefault(); this.enter(find('room-name').value.trim()); });
    find('composer').addEventListener('submit', event => { event.preventDefault(); this.#publish(); });
    find('message').addEventListener('input', () => { this.#key = null; this.#changed(); });
    find('message').addEventListener('keydown', event => {
      if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) { event.preventDefault(); find('composer').requestSubmit(); }
    });
    for (const radio of document.querySelectorAll('input[name=kind]')) { radio.addEventListener('change', () => { this.#key = null; this.#changed(); }); }
    find('ticker').addEventListener('click', () => this.#tick(this.#ticking === null));
    const look = () => { if (!document.hidden) { this.#showPresence(); } };
    setInterval(look, 5_000);
  }

  get name() { return this.#feed?.room; }
  get draft() { return { text: find('message').value, kind: document.querySelector('input[name=kind]:checked').value }; }

  enter(name) {
    this.#feed?.stop();
    this.#tick(false);
    this.#log.clear();
    find('room-name').value = name;
    history.replaceState(null, '', name === 'news' ? location.pathname : `#${encodeURIComponent(name)}`);
    const feed = this.#feed = new Feed(name, socket, recent);
    const panel = new Panel(feed, this.#template);
    this.#place(panel.card);
    feed.addEventListener('history', ({ detail: { messages } }) => { for (const message of messages) { this.#log.message(message, 'past'); } });
    feed.addEventListener('publication', ({ detail: { publication, caughtUp } }) => this.#log.message(publication, caughtUp ? 'caught' : 'live'));
    feed.addEventListener('missing', ({ detail }) => this.#log.mark(`Gap: ${detail.words}`, 'missing'));
    feed.addEventListener('resumed', ({ detail: { words, whole } }) => this.#log.mark(words, whole ? 'whole' : 'missing'));
    feed.addEventListener('source', ({ detail: { source } }) => this.#log.mark(`Source ${source.name} ${source.state}${source.reason ? `: ${source.reason}` : ''}`, 'missing'));
    feed.addEventListener('state', ({ detail: { state } }) => {
      if (state === 'dropped' || state === 'paused') { this.#log.mark(`${state === 'dropped' ? 'Dropped' : 'Paused'} at ${number(feed.position.offset)}`, 'away'); }
      if (state === 'live') { this.#showPresence(); }
    });
    const emptyWords = 'Nothing has been said here yet. What you publish below arrives over the WebSocket.';
    feed.addEventListener('change', () => { find('log-empty').textContent = feed.state === 'refused' ? feed.verdict : emptyWords; });
    this.#changed();
    this.#status('');
    find('room-presence').textContent = '';
    feed.start();
  }

  async #publish() {
    const { text, kind } = this.draft;
    if (text === '') { return; }
    this.#key ??= randomKey();
    find('publish').disabled = true;
    try {
      const { offset } = await publish(this.name, text, kind, this.#key);
      this.#key = null;
      if (find('message').value === text) { find('message').value = ''; }
      this.#status(`Stored as ${number(offset)}.`);
      this.#changed();
    } catch (refusal) {
      this.#status(refusal.message, 'bad');
    } finally {
      find('publish').disabled = false;
    }
  }

  #tick(on) {
    find('ticker').setAttribute('aria-pressed', on);
    clearInterval(this.#ticking);
    this.#ticking = !on ? null : setInterval(() => {
      publish(this.name, `It is ${clock(Date.now())}.`, 'text', randomKey()).catch(refusal => { this.#tick(false); this.#status(refusal.message, 'bad'); });
    }, 1_000);
  }

  #status(words, tone = '') {
    find('composer-status').textContent = words;
    find('composer-status').className = `composer-status ${tone}`;
  }

  async #showPresence() {
    const feed = this.#feed;
    if (!feed || feed.state !== 'live') { return; }
    const here = await presenceOf(feed.room);
    if (feed === this.#feed && here !== null) { find('room-presence').textContent = here <= 1 ? 'Nobody else is here.' : `${count(here, 'client')} here.`; }
  }

  #changed() { this.dispatchEvent(new Event('change')); }
}
