// What was said of one room, by whomever: answers to publishers, deliveries to clients, and in the end its history. All of it has to agree.

import { textOf } from './positions.mjs';

export class RoomRecord {
  accepted = 0;
  /** Of each history, in the order in which they were first acknowledged into: when that was. */
  #epochs = new Map();
  #accepted = new Map();
  #refused = new Set();
  #delivered = new Map();
  #contradictions = [];

  /** Whether it has been acknowledged into more than one history. */
  get hasChanged() { return this.#epochs.size > 1; }

  /** @param began when the publisher asked, of which the answer is this */
  accept(position, payload, began = 0) {
    this.accepted++;
    if (!this.#epochs.has(position.epoch)) { this.#epochs.set(position.epoch, performance.now()); }
    const later = [...this.#epochs].slice([...this.#epochs.keys()].indexOf(position.epoch) + 1);
    if (later.some(([, since]) => since < began)) { this.#contradictions.push(`${textOf(position)} was acknowledged in a history that another had followed`); }
    this.#note(this.#accepted, position, payload, 'acknowledged');
  }

  /** Its publisher was told that nobody will get it. */
  refuse(payload) { this.#refused.add(payload); }

  deliver(position, payload) { this.#note(this.#delivered, position, payload, 'delivered'); }

  /**
   * @param history all the room has kept: its epoch, and offset and payload of each publication
   * @returns what must not be, in sentences; and how many acknowledged publications were of an earlier history, which is gone
   */
  judge({ epoch, messages }) {
    const faults = [...this.#contradictions];
    const kept = new Map(messages.map(({ offset, payload }) => [textOf({ offset, epoch }), payload]));
    messages.forEach(({ offset }, index) => {
      if (offset !== index + 1) { faults.push(`the history has ${offset} where ${index + 1} belongs`); }
    });
    let gone = 0;
    for (const [position, payload] of this.#accepted) {
      if (!position.endsWith(`.${epoch}`)) { gone++; continue; }
      if (kept.get(position) !== payload) { faults.push(`${position} was acknowledged as ${payload}, and is ${kept.get(position) ?? 'not there'}`); }
    }
    for (const [position, payload] of this.#delivered) {
      if (position.endsWith(`.${epoch}`) && kept.get(position) !== payload) {
        faults.push(`${position} was delivered as ${payload}, and is ${kept.get(position) ?? 'not there'}`);
      }
      const acknowledged = this.#accepted.get(position);
      if (acknowledged !== undefined && acknowledged !== payload) { faults.push(`${position} was acknowledged as ${acknowledged}, and delivered as ${payload}`); }
      if (this.#refused.has(payload)) { faults.push(`${payload} was refused, and delivered at ${position}`); }
    }
    const places = new Map();
    for (const [position, payload] of kept) {
      if (this.#refused.has(payload)) { faults.push(`${payload} was refused, and is kept at ${position}`); }
      if (places.has(payload)) { faults.push(`${payload} is kept at ${places.get(payload)} and again at ${position}`); }
      places.set(payload, position);
    }
    return { faults, gone };
  }

  #note(known, position, payload, what) {
    const place = textOf(position), before = known.get(place);
    if (before === undefined) {
      known.set(place, payload);
    } else if (before !== payload) {
      this.#contradictions.push(`${place} was ${what} as ${before}, and as ${payload}`);
    } else if (known === this.#accepted) {
      this.#contradictions.push(`${place} was acknowledged twice`);
    }
  }
}
