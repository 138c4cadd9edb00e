// What one client got of one room, held against what it was promised: everything after where it began, in order, once; and to be told of whatever
// it does not get.

import { textOf } from './positions.mjs';

export class Sequence {
  /** Everything up to here was delivered, or told to be missing; null until the client was let in. */
  position = null;
  deliveries = 0;
  duplicates = 0;
  /** Deliveries that came after their successors. */
  reordered = 0;
  /** Deliveries of another history than the one the client was told of, or before it was let in. */
  untold = 0;
  /** Notices of what is missing, as they came. */
  gaps = [];
  #missing = new Set();

  /** How many were passed over, and never came. */
  get holes() { return this.#missing.size; }

  /** The client was let in after this position. Who comes back goes on where it was. */
  begins(position) { this.position ??= position; }

  delivered(position) {
    this.deliveries++;
    if (this.position?.epoch !== position.epoch) {
      this.untold++;
      this.position = position;
    } else if (position.offset > this.position.offset) {
      for (let offset = this.position.offset + 1; offset < position.offset; offset++) { this.#missing.add(textOf({ ...position, offset })); }
      this.position = position;
    } else if (this.#missing.delete(textOf(position))) {
      this.reordered++;
    } else {
      this.duplicates++;
    }
  }

  /** The server named what is missing. After `ahead` the client goes on before `from`, else after `to`. */
  told({ from, to, reason }) {
    this.gaps.push({ from, to, reason });
    this.position = reason === 'ahead' ? { ...from, offset: from.offset - 1 } : to;
  }
}
