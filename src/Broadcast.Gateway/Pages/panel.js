// "What this client sees": one card per subscription, with its strip of offsets.

import { format } from './position.js';
import { Strip } from './strip.js';
import { ago, clock, count, number, perSecond } from './words.js';

const stateWords = {
  connecting: 'connecting', live: 'live', 'catching-up': 'catching up', pausing: 'pausing', paused: 'paused', dropped: 'dropped',
  waiting: 'reconnecting', refused: 'refused', stopped: 'left',
};

export class Panel {
  #card; #feed; #strip; #find;

  constructor(feed, template) {
    this.#feed = feed;
    this.#card = template.content.cloneNode(true).firstElementChild;
    this.#find = name => this.#card.querySelector(name);
    this.#strip = new Strip(this.#find('.strip'));
    this.#find('.feed-room').textContent = feed.room;
    this.#find('.feed-transport').textContent = feed.transport.name;
    this.#card.dataset.transport = feed.transport.name;
    this.#card.setAttribute('aria-label', `Room ${feed.room} over ${feed.transport.name}`);

    const [pause, drop, resume] = ['.pause', '.drop', '.resume'].map(this.#find);
    pause.hidden = !feed.transport.pauses;
    pause.addEventListener('click', () => feed.pause());
    drop.addEventListener('click', () => feed.drop());
    resume.addEventListener('click', () => feed.resume());

    feed.addEventListener('history', ({ detail: { messages } }) => {
      this.#strip.clear();
      for (const message of messages) { this.#strip.mark(message.offset, 'past'); }
    });
    feed.addEventListener('publication', ({ detail: { position, caughtUp } }) => this.#strip.mark(position.offset, caughtUp ? 'caught' : 'live'));
    feed.addEventListener('missing', ({ detail: { from, to } }) => {
      if (from === null) { this.#strip.clear(); } else { this.#strip.markRange(from, to, 'missing'); }
    });
    feed.addEventListener('state', ({ detail: { state } }) => {
      if ((state === 'dropped' || state === 'paused' || state === 'waiting') && feed.position) { this.#strip.cut(feed.position.offset); }
    });
    feed.addEventListener('change', () => this.#later());
    setInterval(() => this.#later(), 1_000);
    this.#draw();
  }

  get card() { return this.#card; }

  #waiting = false;
  #later() {
    if (this.#waiting) { return; }
    this.#waiting = true;
    requestAnimationFrame(() => { this.#waiting = false; this.#draw(); });
  }

  #draw() {
    const feed = this.#feed;
    const set = (name, words) => { const element = this.#find(name); if (element.textContent !== words) { element.textContent = words; } };
    this.#find('.state').dataset.state = feed.state;
    const inSeconds = feed.state === 'waiting' ? ` in ${Math.max(0, Math.ceil((feed.retryAt - Date.now()) / 1000))} s` : '';
    set('.state span', (stateWords[feed.state] ?? feed.state) + inSeconds);
    this.#find('.verdict').dataset.tone = feed.tone ?? 'plain';
    set('.verdict', feed.verdict);
    set('.feed-position', feed.position ? format(feed.position) : '–');
    set('.feed-rate', perSecond(feed.rate()));
    set('.feed-last', feed.lastMessage ? `${clock(feed.lastMessage)}, ${ago(feed.lastMessage)}` : 'none yet');
    const latest = feed.gaps.at(-1);
    set('.feed-gaps', !latest ? feed.received === 0 ? 'none' : `none in ${count(feed.received, 'message')}` : feed.gaps.length === 1 ? latest.words : `${number(feed.gaps.length)}, the last: ${latest.words}`);
    this.#find('.feed-gaps').classList.toggle('bad', Boolean(latest));
    this.#strip.waitFor(feed.state === 'live' ? null : feed.head);
    this.#buttons(feed.state);
  }

  #buttons(state) {
    const [pause, drop, resume] = ['.pause', '.drop', '.resume'].map(this.#find);
    const focused = document.activeElement;
    pause.disabled = state !== 'live';
    drop.disabled = !['live', 'pausing', 'paused', 'catching-up'].includes(state);
    resume.disabled = !['paused', 'dropped', 'waiting', 'refused'].includes(state);
    // A button that is switched off under the finger hands its focus to the one that undoes it.
    if (focused?.disabled && this.#card.contains(focused)) { (resume.disabled ? drop : resume).focus(); }
  }
}
