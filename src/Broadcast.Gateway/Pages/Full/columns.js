// One room, twice: through the npm `centrifuge` client and through the browser's own EventSource.

import { Feed } from '../feed.js';
import { MessageLog } from '../log.js';
import { Panel } from '../panel.js';
import { publish, randomKey } from '../server.js';
import { clock, number } from '../words.js';
import { centrifuge } from './centrifuge.js';
import { eventSource } from './eventsource.js';

const recent = 20, burst = 60;
const find = id => document.getElementById(id);

export class Columns extends EventTarget {
  #feeds = []; #template; #ticking = null;

  constructor(template) {
    super();
    this.#template = template;
    find('room-form').addEventListener('submit', event => { event.preventDefault(); this.enter(find('room-name').value.trim()); });
    find('ticker').addEventListener('click', () => this.#tick(this.#ticking === null));
    find('burst').addEventListener('click', () => this.#burst());
  }

  get name() { return this.#feeds[0]?.room; }

  enter(name) {
    for (const feed of this.#feeds) { feed.stop(); }
    this.#tick(false);
    find('room-name').value = name;
    history.replaceState(null, '', name === 'ticker' ? location.pathname : `#${encodeURIComponent(name)}`);
    this.#feeds = [centrifuge, eventSource].map(transport => new Feed(name, transport, recent));
    find('columns').replaceChildren(...this.#feeds.map(feed => this.#column(feed)));
    this.#say('');
    for (const feed of this.#feeds) { feed.start(); }
    this.dispatchEvent(new Event('change'));
  }

  #column(feed) {
    const { card } = new Panel(feed, this.#template);
    const list = card.querySelector('.log'), empty = card.querySelector('.empty');
    list.setAttribute('aria-label', `Messages through ${feed.transport.name}`);
    const log = new MessageLog(list, empty);
    const message = (publication, offset, status) => log.message({ ...publication, offset }, status);
    feed.addEventListener('history', ({ detail: { messages } }) => { for (const each of messages) { message(each, each.offset, 'past'); } });
    feed.addEventListener('publication', ({ detail: { publication, position, caughtUp } }) => message(publication, position.offset, caughtUp ? 'caught' : 'live'));
    feed.addEventListener('missing', ({ detail }) => log.mark(`Gap: ${detail.words}`, 'missing'));
    let asking = false;
    feed.addEventListener('again', () => { if (!asking) { asking = true; log.mark('Left out by the rule; the client asks the history', 'away'); } });
    feed.addEventListener('publication', () => { asking = false; });
    feed.addEventListener('resumed', ({ detail: { words, whole } }) => log.mark(words, whole ? 'whole' : 'missing'));
    feed.addEventListener('state', ({ detail: { state } }) => {
      if (state === 'dropped' || state === 'paused') { log.mark(`${state === 'dropped' ? 'Dropped' : 'Paused'} at ${number(feed.position.offset)}`, 'away'); }
    });
    feed.addEventListener('change', () => { if (feed.state === 'refused') { empty.textContent = feed.verdict; } });
    return card;
  }

  #tick(on) {
    find('ticker').setAttribute('aria-pressed', on);
    clearInterval(this.#ticking);
    this.#ticking = !on ? null : setInterval(() => this.#publish(`It is ${clock(Date.now())}.`).catch(() => this.#tick(false)), 1_000);
  }

  async #burst() {
    find('burst').disabled = true;
    try {
      for (let index = 1; index <= burst; index++) { await this.#publish(`${index} of ${burst}`); }
      this.#say(`${burst} published.`);
    } catch { /* It was said why. */ } finally {
      find('burst').disabled = false;
    }
  }

  async #publish(words) {
    try {
      await publish(this.name, words, 'text', randomKey());
    } catch (refusal) {
      this.#say(refusal.message, 'bad');
      throw refusal;
    }
  }

  #say(words, tone = '') {
    find('columns-status').textContent = words;
    find('columns-status').className = `composer-status ${tone}`;
  }
}
