// Publishers: so many publications a second, each to a room and a node in turn, over HTTP, with a key of its own. A slow answer holds up no other.

import { positionOf } from './positions.mjs';
import { jitter } from './wait.mjs';

const mostUnderWay = 5_000;
const tick = 20;

export class Publishers {
  counts = { accepted: 0, refused: 0, unknown: 0, repeated: 0 };
  /** What was answered, or not, to every attempt: { node, began, ended, outcome }. */
  attempts = [];
  /** What no server should answer. */
  faults = [];
  #nodes; #records; #rate; #insist; #patience; #underWay = new Set(); #timer; #started = 0; #abandoned = false;

  /**
   * @param records by room
   * @param insist whether each is repeated, at the next node with the same key, until it is accepted; else what the first attempt came to counts
   */
  constructor({ nodes, records, rate, insist }) {
    this.#nodes = nodes;
    this.#records = [...records];
    this.#rate = rate;
    this.#insist = insist;
    // Whoever can repeat it elsewhere need not wait for ever; else the server says sooner or later that it does not know.
    this.#patience = insist ? 10_000 : 60_000;
  }

  start() {
    const begun = performance.now();
    this.#timer = setInterval(() => {
      const due = Math.floor((performance.now() - begun) / 1_000 * this.#rate);
      for (; this.#started < due; this.#started++) {
        // On a machine that cannot keep up there are fewer, not more at once.
        if (this.#underWay.size < mostUnderWay) { this.#begin(this.#started); }
      }
    }, tick);
  }

  /** Begins no more, and waits for those under way. */
  async stop() {
    clearInterval(this.#timer);
    await Promise.all(this.#underWay);
  }

  /** The same without waiting; what was not accepted yet is not repeated. */
  abandon() {
    clearInterval(this.#timer);
    this.#abandoned = true;
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
      const { outcome, position } = await this.#attempt(this.#nodes[node++ % this.#nodes.length], room, payload);
      if (outcome === 'accepted') {
        this.counts.accepted++;
        record.accept(position, payload);
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
    const attempt = { node, began: performance.now() };
    const answer = await this.#post(node, room, payload);
    this.attempts.push(Object.assign(attempt, { ended: performance.now(), outcome: answer.outcome }));
    return answer;
  }

  async #post(node, room, payload) {
    let status, said;
    try {
      const response = await fetch(`${node.base}/rooms/${encodeURIComponent(room)}/messages`, {
        method: 'POST', body: payload, headers: { 'Content-Type': 'text/plain', 'Idempotency-Key': payload }, signal: AbortSignal.timeout(this.#patience),
      });
      status = response.status;
      said = await response.json();
    } catch (e) {
      // Nobody listens: it has not been sent. Else it may have arrived.
      return { outcome: e.cause?.code === 'ECONNREFUSED' ? 'refused' : 'unknown' };
    }
    switch (status) {
      case 200: return { outcome: 'accepted', position: positionOf(said.position) };
      case 503: return { outcome: 'refused' };
      case 504: return { outcome: 'unknown' };
      default: throw new Error(`${node.name} answered ${status}: ${said.error?.message}`);
    }
  }
}
