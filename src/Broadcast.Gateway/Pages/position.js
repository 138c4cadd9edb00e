// Positions are written offset.epoch; see "Rooms, positions" in the protocol.

export function parse(text) {
  const dot = text.indexOf('.');
  return { offset: Number(text.slice(0, dot)), epoch: text.slice(dot + 1) };
}

export const format = position => `${position.offset}.${position.epoch}`;

/**
 * Follows the offsets of one room and tells what is missing between them. It trusts no one: a hole that the server
 * announced and one that it did not are both found here.
 */
export class Cursor {
  position = null;
  #anew = true;

  startAt(position) { this.position = position; this.#anew = false; }

  /** @returns {{fresh: boolean, missing: {from: number, to: number} | null}} */
  moveTo(position) {
    const before = this.position;
    const follows = !this.#anew && before?.epoch === position.epoch;
    if (follows && position.offset <= before.offset) { return { fresh: false, missing: null }; }
    this.startAt(position);
    const hole = follows && position.offset > before.offset + 1;
    return { fresh: true, missing: hole ? { from: before.offset + 1, to: position.offset - 1 } : null };
  }

  /** The server said that something is left out: what follows `to` is next. */
  skip(from, to, reason) {
    const silent = reason !== 'epoch' && reason !== 'ahead' && this.position && from.offset > this.position.offset + 1
      ? { from: this.position.offset + 1, to: from.offset - 1 } : null;
    this.position = reason === 'ahead' ? this.position : to;
    this.#anew = reason === 'epoch' || reason === 'ahead';
    return silent;
  }
}
