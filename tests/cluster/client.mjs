// A client of one room. When its connection ends, it goes on at the next node by the next way, from where it was.

import { Sequence } from './sequence.mjs';
import { jitter } from './wait.mjs';
import { ways } from './ways.mjs';

/** How long a node may take to let it in; then it tries the next one. */
const patience = 10_000;
const firstPause = 200, longestPause = 3_200;

export class Client {
  sequence = new Sequence();
  /** How often it came back. */
  returns = 0;
  /** What the server calls it; undefined while it is not in. */
  id;
  /** When, where and why connections ended that had been let in. */
  ends = [];
  #nodes; #record; #node; #way; #close; #closed = false; #pause = firstPause; #timer;

  constructor({ room, record, nodes, node, way }) {
    this.room = room;
    this.#nodes = nodes;
    this.#record = record;
    this.#node = node;
    this.#way = way;
  }

  get node() { return this.#nodes[this.#node % this.#nodes.length]; }

  get position() { return this.sequence.position; }

  /** Goes on until it is closed. */
  open() {
    let over = false;
    const end = why => {
      if (over) { return; }
      over = true;
      clearTimeout(this.#timer);
      this.#close();
      if (!this.#closed) { this.#moveOn(why); }
    };
    const whileOpen = act => (...said) => { if (!over) { act(...said); } };
    const told = {
      letIn: whileOpen((id, position) => {
        clearTimeout(this.#timer);
        this.id = id;
        this.#pause = firstPause;
        this.sequence.begins(position);
      }),
      publication: whileOpen((position, payload) => {
        this.sequence.delivered(position);
        this.#record.deliver(position, payload);
      }),
      gap: whileOpen(gap => this.sequence.told(gap)),
      ended: why => queueMicrotask(() => end(why)),
    };
    this.#timer = setTimeout(() => end('not let in'), patience);
    this.#close = ways[this.#way % ways.length](this.node.base, this.room, this.position ?? undefined, told);
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#close?.();
  }

  async #moveOn(why) {
    if (this.id !== undefined) {
      this.ends.push({ node: this.node, at: performance.now(), why });
      this.returns++;
      this.id = undefined;
    }
    this.#node++;
    this.#way++;
    await jitter(this.#pause);
    this.#pause = Math.min(2 * this.#pause, longestPause);
    if (!this.#closed) { this.open(); }
  }
}
