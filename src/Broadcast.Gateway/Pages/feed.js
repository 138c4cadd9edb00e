// One subscription of this page: it keeps the position, comes back by itself, and checks that nothing is missing.

import { Cursor, format, parse } from './position.js';
import { Refusal, headOf, recentMessages } from './server.js';
import { closeCode, count, gapReason, number, range } from './words.js';

const steadyAfter = 10_000;
const askEvery = 1_000;

/** States: connecting, live, catching-up, pausing, paused, dropped, waiting (to reconnect), refused, stopped. */
export class Feed extends EventTarget {
  state = 'connecting';
  verdict = '';
  gaps = [];
  /** The newest offset the server has told of while this feed was not listening. */
  head = null;
  lastMessage = null;
  received = 0;

  #cursor = new Cursor();
  #link = null;
  #generation = 0;
  #attempts = 0;
  #timers = new Set();
  #away = null;
  #buckets = [];

  #recent;

  /** @param recent how many publications of the room's history to begin with */
  constructor(room, transport, recent) {
    super();
    this.room = room;
    this.transport = transport;
    this.#recent = recent;
  }

  get position() { return this.#cursor.position; }
  get waiting() { return this.head === null || !this.position ? 0 : Math.max(0, this.head - this.position.offset); }

  /** Publications per second over the last five whole seconds. */
  rate(now = Date.now()) {
    const second = Math.floor(now / 1000);
    return this.#buckets.filter(bucket => bucket.second < second && bucket.second >= second - 5).reduce((sum, bucket) => sum + bucket.count, 0) / 5;
  }

  async start() {
    const generation = ++this.#generation;
    try {
      const { messages, position } = await recentMessages(this.room, this.#recent);
      if (generation !== this.#generation) { return; }
      this.#attempts = 0;
      this.#cursor.startAt(parse(position));
      this.#tell('history', { messages: messages.toReversed() });
      this.#connect();
    } catch (refusal) {
      if (generation === this.#generation) { this.#failed(refusal, () => this.start()); }
    }
  }

  stop() {
    this.#leave();
    this.state = 'stopped';
  }

  drop() {
    if (!['live', 'catching-up', 'pausing', 'paused'].includes(this.state)) { return; }
    this.#leave();
    this.#goAway('Dropped');
    this.#become('dropped');
    this.#watchHead();
  }

  async pause() {
    if (this.state !== 'live') { return; }
    this.#become('pausing');
    const generation = this.#generation;
    const answer = await this.#link.command({ pause: true });
    if (generation !== this.#generation) { return; }
    if (answer.error) { this.#become('live'); return this.#say(answer.error.message, 'missing'); }
    this.#goAway('Paused');
    this.#become('paused');
    this.#watchHead();
  }

  async resume() {
    if (this.state === 'paused') {
      this.#clearTimers();
      this.#become('catching-up');
      const generation = this.#generation;
      const answer = await this.#link.command({ resume: true });
      if (generation !== this.#generation) { return; }
      if (answer.error) { return this.#say(answer.error.message, 'missing'); }
      this.#learnTarget();
    } else if (['dropped', 'waiting', 'refused'].includes(this.state)) {
      if (this.position) { this.#connect(); } else { this.start(); }
    }
  }

  #connect() {
    this.#leave();
    const generation = this.#generation;
    const ours = then => (...told) => { if (generation === this.#generation) { then(...told); } };
    let opened = 0;
    this.#become('connecting');
    this.#link = this.transport.open(this.room, format(this.position), {
      open: ours(() => {
        opened = Date.now();
        if (this.#away) { this.#become('catching-up'); this.#learnTarget(); }
        else { this.#become('live'); this.#say(this.position.offset === 0 ? 'Listening. Nothing has been published here yet.' : `Listening from ${number(this.position.offset + 1)} on.`); }
      }),
      publication: ours((publication, position) => this.#publication(publication, position)),
      gap: ours(gap => this.#gap(gap)),
      source: ours(source => this.#tell('source', { source })),
      again: ours(() => this.#tell('again')),
      closed: ours((code, reason) => this.#broken(code, reason, opened)),
    });
  }

  #publication(publication, position) {
    const { fresh, missing } = this.#cursor.moveTo(position);
    if (!fresh) { return; }
    if (missing) { this.#missing(missing.from, missing.to, this.transport.jumps ?? 'unannounced'); }
    this.lastMessage = Date.now();
    this.received++;
    this.#countBucket();
    const caughtUp = this.#away !== null;
    if (caughtUp) { this.#away.caught++; }
    this.#tell('publication', { publication, position, caughtUp });
    this.#changed();
    this.#finishIfCaughtUp();
  }

  #gap({ from, to, reason }) {
    const [first, last] = [parse(from), parse(to)];
    const silent = this.#cursor.skip(first, last, reason);
    if (silent) { this.#missing(silent.from, silent.to, 'unannounced'); }
    if (first.epoch === last.epoch && reason !== 'ahead') { this.#missing(first.offset, last.offset, reason); }
    else { this.#missing(null, null, reason); }
    this.#finishIfCaughtUp();
  }

  #missing(from, to, reason) {
    const gap = { from, to, reason, words: from === null ? sentence(gapReason(reason)) : `${range(from, to)}: ${gapReason(reason)}.` };
    if (reason === 'unannounced') { gap.words = `${range(from, to)} never came, ${gapReason(reason)}.`; }
    this.gaps.push(gap);
    if (this.#away) { this.#away.missing += from === null ? 0 : to - from + 1; this.#away.lost ||= from === null; }
    else { this.#say(`Gap: ${gap.words}`, 'missing'); }
    this.#tell('missing', gap);
    this.#changed();
  }

  async #learnTarget() {
    const generation = this.#generation;
    const target = await headOf(this.room).then(parse, () => null);
    if (generation !== this.#generation || !this.#away) { return; }
    // The stream itself goes on meanwhile.
    if (target === null) { return this.#after(askEvery, () => this.#learnTarget()); }
    this.#away.target = target;
    this.#finishIfCaughtUp();
  }

  #finishIfCaughtUp() {
    const away = this.#away;
    const target = away?.target;
    if (!target || this.state !== 'catching-up') { return; }
    if (target.epoch === this.position.epoch && this.position.offset < target.offset) { return; }
    this.#away = null;
    this.head = null;
    const start = `Resumed at ${number(away.at.offset)}`;
    const came = `${count(away.caught, 'message')} came meanwhile`;
    const words = away.lost ? `${start}, but ${gapReason(this.gaps.at(-1).reason)}.`
      : away.missing > 0 ? `${start}, ${came}, ${number(away.missing)} missing (${gapReason(this.gaps.at(-1).reason)}).`
        : away.caught === 0 ? `${start}, nothing came meanwhile, no hole.`
          : `${start}, ${came}, no hole.`;
    this.#become('live');
    this.#say(words, away.missing > 0 || away.lost ? 'missing' : 'whole');
    this.#tell('resumed', { words, whole: !(away.missing > 0 || away.lost), from: away.at.offset + 1, to: this.position.offset });
  }

  async #broken(code, reason, opened) {
    this.#leave();
    if (opened && Date.now() - opened > steadyAfter) { this.#attempts = 0; }
    if (this.state === 'paused') {
      // Whoever paused wants nothing until it resumes, also from a new connection.
      this.#become('dropped');
      return this.#watchHead();
    }
    this.#goAway('Broken off');
    if (code >= 3500 && code < 4000) { return this.#refuse(sentence(closeCode(code, reason))); }
    if (opened) { return this.#retry(`Broken off at ${number(this.position.offset)}: ${closeCode(code, reason)}.`, () => this.#connect()); }
    // A browser keeps to itself why a connection was not opened; a plain request is told.
    const generation = this.#generation;
    try {
      await headOf(this.room);
      if (generation === this.#generation) { this.#retry('The connection could not be opened.', () => this.#connect()); }
    } catch (refusal) {
      if (generation === this.#generation) { this.#failed(refusal, () => this.#connect()); }
    }
  }

  #failed(refusal, again) {
    if (!(refusal instanceof Refusal)) { throw refusal; }
    if (refusal.status >= 400 && refusal.status < 500 && refusal.status !== 429) { this.#refuse(refusal.message); }
    else { this.#retry(refusal.message, again); }
  }

  #refuse(words) {
    this.#become('refused');
    this.#say(words, 'missing');
  }

  /** Doubling from half a second to half a minute, of which a random half is left out: a node that comes back is not overrun. */
  #retry(words, again) {
    const delay = Math.min(30_000, 500 * 2 ** this.#attempts++) * (0.5 + Math.random() / 2);
    this.retryAt = Date.now() + delay;
    this.#become('waiting');
    this.#say(words);
    this.#after(delay, again);
  }

  /** Whoever goes away again before having caught up is still away from where it first left. */
  #goAway(how) {
    this.#away = { at: this.position, caught: 0, missing: 0, lost: false, ...this.#away, how, target: null };
    this.#say(`${how} at ${number(this.#away.at.offset)}.`, 'away');
  }

  #watchHead() {
    const look = async () => {
      const generation = this.#generation;
      const head = await headOf(this.room).then(parse, () => null);
      if (generation !== this.#generation || (this.state !== 'paused' && this.state !== 'dropped')) { return; }
      if (head && head.epoch === this.position.epoch) { this.head = head.offset; }
      const where = `${this.#away.how} at ${number(this.#away.at.offset)}.`;
      this.#say(this.waiting === 0 ? `${where} Nothing has come since.`
        : `${where} ${count(this.waiting, 'message waits', 'messages wait')} on the node.`, 'away');
      this.#after(askEvery, look);
    };
    look();
  }

  #leave() {
    this.#generation++;
    this.#clearTimers();
    this.#link?.drop();
    this.#link = null;
  }

  #after(delay, then) {
    const timer = setTimeout(() => { this.#timers.delete(timer); then(); }, delay);
    this.#timers.add(timer);
  }

  #clearTimers() {
    for (const timer of this.#timers) { clearTimeout(timer); }
    this.#timers.clear();
  }

  #countBucket() {
    const second = Math.floor(this.lastMessage / 1000);
    if (this.#buckets.at(-1)?.second !== second) {
      this.#buckets.push({ second, count: 0 });
      if (this.#buckets.length > 6) { this.#buckets.shift(); }
    }
    this.#buckets.at(-1).count++;
  }

  #become(state) {
    const before = this.state;
    this.state = state;
    this.#tell('state', { state, before });
    this.#changed();
  }

  #say(words, tone = 'plain') {
    this.verdict = words;
    this.tone = tone;
    this.#changed();
  }

  #changed() { this.#tell('change'); }
  #tell(name, detail) { this.dispatchEvent(new CustomEvent(name, { detail })); }
}

const sentence = words => `${words[0].toUpperCase()}${words.slice(1)}.`;
