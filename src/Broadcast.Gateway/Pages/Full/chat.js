// A chat room over the npm `centrifuge` client: what is said, who is there, and who comes and goes.

import { MessageLog, part } from '../log.js';
import { clock } from '../words.js';
import { People } from './people.js';

const recent = 40;
const find = id => document.getElementById(id);

export class Chat {
  #log = new MessageLog(find('chat-log'), find('chat-empty'));
  #people = new People(find('chat-people'), find('chat-presence'));
  #client; #subscription; #known = false; #last = 0; #waiting = null;
  /** Who came and went while it is asked who is there; null otherwise. */
  #moves = null;

  constructor(client, room) {
    this.#client = client;
    client.on('connected', ({ client: id }) => this.#people.iAm(id));
    const subscription = this.#subscription = client.newSubscription(room, { joinLeave: true, recoverable: true, positioned: true });
    subscription.on('subscribing', () => { this.#moves = null; this.#state('connecting'); });
    subscription.on('subscribed', about => this.#subscribed(about));
    subscription.on('unsubscribed', ({ reason }) => { this.#moves = null; this.#state('refused'); find('chat-empty').textContent = `The room ${room} cannot be entered: ${reason}.`; });
    subscription.on('publication', publication => this.#hear(publication));
    subscription.on('join', ({ info }) => { this.#moves?.push(() => this.#people.came(info)); if (this.#people.came(info)) { this.#notice(`${this.#people.nameOf(info)} came in`); } });
    subscription.on('leave', ({ info }) => { this.#moves?.push(() => this.#people.left(info)); if (this.#people.left(info)) { this.#notice(`${this.#people.nameOf(info)} left`); } });
    subscription.subscribe();

    find('chat-name').value = remembered();
    find('chat-name').addEventListener('change', () => remember(find('chat-name').value.trim()));
    find('chat-form').addEventListener('submit', event => { event.preventDefault(); this.#say(); });
    find('chat-message').addEventListener('keydown', event => {
      if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) { event.preventDefault(); find('chat-form').requestSubmit(); }
    });
  }

  async #subscribed({ wasRecovering, recovered }) {
    const moves = this.#moves = [];
    if (wasRecovering && !recovered) { this.#log.mark('Some of what was said meanwhile is not kept any more', 'missing'); }
    if (!this.#known) { await this.#readBack(); }
    const ask = () => this.#subscription.presence().catch(() => null);
    const here = await ask() ?? await ask();
    if (moves !== this.#moves) { return; }
    // The answer may be older than what was told of those who came and went.
    if (here) { this.#people.are(Object.values(here.clients)); moves.forEach(move => move()); }
    this.#moves = null;
    this.#state('live');
  }

  /** What comes while the history is read is put behind it. */
  async #readBack() {
    this.#waiting = [];
    const { publications } = await this.#subscription.history({ limit: recent, reverse: true }).catch(() => ({ publications: [] }));
    const live = this.#waiting;
    this.#waiting = null;
    this.#known = true;
    for (const publication of publications.toReversed()) { this.#show(publication, 'past'); }
    for (const publication of live) { this.#show(publication, 'live'); }
  }

  #hear(publication) {
    if (this.#waiting) { this.#waiting.push(publication); } else { this.#show(publication, 'live'); }
  }

  #show({ data, offset, info = {}, tags }, status) {
    if (offset <= this.#last) { return; }
    this.#last = offset;
    const isSaid = typeof data?.text === 'string';
    if (isSaid && typeof data.name === 'string') { this.#people.isCalled(info, data.name); }
    const words = isSaid ? data.text : typeof data === 'string' ? data : JSON.stringify(data);
    const row = document.createElement('li');
    row.className = `said ${status}`;
    row.classList.toggle('mine', this.#people.isMe(info));
    row.append(
      part('span', 'who', info.client || info.user ? this.#people.nameOf(info) : 'someone'),
      part('time', '', status === 'past' ? 'earlier' : clock(Date.now())),
      part('div', 'body', words));
    this.#log.add(row);
  }

  async #say() {
    const text = find('chat-message').value;
    if (text.trim() === '') { return; }
    const name = find('chat-name').value.trim();
    find('chat-status').textContent = '';
    try {
      await this.#subscription.publish({ ...(name && { name }), text });
      if (find('chat-message').value === text) { find('chat-message').value = ''; }
    } catch (refusal) {
      find('chat-status').textContent = `Not said: ${refusal.message ?? 'the node did not answer'}.`;
    }
  }

  #notice(words) { this.#log.mark(words, 'notice-line'); }

  #state(state) {
    find('chat-state').dataset.state = state;
    find('chat-state').firstElementChild.textContent = state;
  }
}

function remembered() { try { return localStorage.getItem('name') ?? ''; } catch { return ''; } }
function remember(name) { try { localStorage.setItem('name', name); } catch { /* Not kept where the browser keeps nothing. */ } }
