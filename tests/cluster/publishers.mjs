// Publishers: so many publications a second, each to a room and a node in turn, over HTTP, with a key of its own. A slow answer holds up no other.

import { Agent } from 'node:http';
import { positionOf } from './positions.mjs';
import { post } from './post.mjs';
import { jitter, until } from './wait.mjs';

const mostUnderWay = 2_500;
const tick = 20;
/** Of what is due; whoever was kept from beginning more goes on as if it had. */
const mostTicksAtOnce = 5;

export class Publishers {
  counts = { accepted: 0, refused: 0, unknown: 0, repeated: 0 };
  /** What was answered, or not, to every attempt: { node, room, began, ended, outcome }. */
  attempts = [];
  /** What no server should answer. */
  faults = [];
  #nodes; #records; #rate; #insist; #patience; #agent = new Agent({ keepAlive: true }); #underWay = new Set(); #timer; #started = 0; #abandoned = false;

  /**
   * @param records by room
   * @param insist whether each is repeated, at the next node with the same key, until it is accepted; else what the first attempt came to counts
   * @param patience milliseconds that an attempt may take. Whoever can repeat it elsewhere need not wait for ever; else the server says sooner or
   *   later that it does not know
   */
  constructor({ nodes, records, rate, insist, patience = insist ? 10_000 : 60_000 }) {
    this.#nodes = nodes;
    this.#records = [...records];
    this.#rate = rate;
    this.#insist = insist;
    this.#patience = patience;
  }

  start() {
    let before = performance.now(), due = 0;
    this.#timer = setInterval(() => {
      const now = performance.now();
      // On a machine that cannot keep up there are fewer, not more at once.
      due += Math.min(now - before, mostTicksAtOnce * tick) / 1_000 * this.#rate;
      before = now;
      for (; due >= 1; due--) {
        if (this.#underWay.size < mostUnderWay) { this.#begin(this.#started++); }
      }
    }, tick);
  }

  /** @returns when an attempt at every room, made after this was called, had been accepted */
  async untilAllAnswered() {
    const since = performance.now(), rooms = new Set();
    let looked = this.attempts.length;
    await until(() => {
      for (; looked < this.attempts.length; looked++) {
        const { room, began, outcome } = this.attempts[looked];
        if (began > since && outcome === 'accepted') { rooms.add(room); }
      }
      return rooms.size === this.#records.length;
    }, 'every room accepts publications');
    return performance.now();
  }

  /** Begins no more, and waits for those under way. */
  async stop() {
    clearInterval(this.#timer);
    await Promise.all(this.#underWay);
    this.#agent.destroy();
  }

  /** The same without waiting; what was not accepted yet is not repeated. */
  abandon() {
    clearInterval(this.#timer);
    this.#abandoned = true;
    this.#agent.destroy();
  }

  /** What attempts came to that lie wholly within a span of time. */
  within(from, to, node) { return this.attempts.filter(each => each.began >= from && each.ended <= to && (node === undefined || each.node === node)); }

  #begin(number) {
    const going = this.#publish(number).catch(e => this.faults.push(`publication ${number}: ${e.message}`)).finally(() => this.#underWay.delete(going));
    this.#underWay.add(going);
  }

  async #publish(number) {
    const [room, record] = this.#records[number % this.#records.length];
    // Not in step with the rooms: each room is published to at each node.
    let node = Math.floor(number / this.#records.length) + number;
    const payload = `publication ${number} of ${room}`;
    for (let pause = 50; ; pause = Math.min(2 * pause, 1_000)) {
      const began = performance.now();
      const { outcome, position } = await this.#attempt(this.#nodes[node++ % this.#nodes.length], room, payload);
      if (outcome === 'accepted') {
        this.counts.accepted++;
        record.accept(position, payload, began);
        return;
      }
      if (this.#abandoned) { return; }
      if (!this.#insist) {
        this.counts[outcome]++;
        if (outcome === 'refused') { record.refuse(payload); }
        return;
      }
      this.counts.repeated++;
      await jitter(pause);
    }
  }

  async #attempt(node, room, payload) {
    const attempt = { node, room, began: performance.now() };
    const answer = await this.#post(node, room, payload);
    this.attempts.push(Object.assign(attempt, { ended: performance.now(), outcome: answer.outcome }));
    return answer;
  }

  async #post(node, room, payload) {
    let status, said;
    try {
      ({ status, said } = await post(`${node.base}/rooms/${encodeURIComponent(room)}/messages`, payload, {
        agent: this.#agent, headers: { 'Content-Type': 'text/plain', 'Idempotency-Key': payload }, signal: AbortSignal.timeout(this.#patience),
      }));
    } catch (e) {
      // Nobody listens: it has not been sent. Else it may have arrived.
      return { outcome: e.code === 'ECONNREFUSED' ? 'refused' : 'unknown' };
    }
    switch (status) {
      case 200: return { outcome: 'accepted', position: positionOf(said.position) };
      case 503: return { outcome: 'refused' };
      case 504: return { outcome: 'unknown' };
      default: throw new Error(`${node.name} answered ${status}: ${said.error?.message}`);
    }
  }
}
