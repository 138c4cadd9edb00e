// Clients in rooms and publications for them: what goes on while something is done to the cluster.

import { Client } from './client.mjs';
import { groupBy } from './groups.mjs';
import { reaches, textOf } from './positions.mjs';
import { Publishers } from './publishers.mjs';
import { RoomRecord } from './record.mjs';
import { until } from './wait.mjs';
import { ways } from './ways.mjs';

const sum = (list, of) => list.reduce((total, each) => total + of(each), 0);

export class Load {
  #cluster; #records;

  /** @param numbers clients, rooms, rate (publications a second), insist and patience (see Publishers) */
  constructor(cluster, { clients, rooms, rate, insist, patience }) {
    this.#cluster = cluster;
    this.#records = new Map(Array.from({ length: rooms }, (_, index) => [`room-${index + 1}`, new RoomRecord()]));
    const names = [...this.#records.keys()];
    // Each room has clients of every way at every node, if there are enough of them.
    this.clients = Array.from({ length: clients }, (_, index) => {
      const round = Math.floor(index / rooms), room = names[index % rooms];
      return new Client({ room, record: this.#records.get(room), nodes: cluster.nodes, node: index + Math.floor(round / ways.length), way: round });
    });
    this.publishers = new Publishers({ nodes: cluster.nodes, records: this.#records, rate, insist, patience });
  }

  /** All clients are in before the first publication, so that each has to get every one. */
  async begin() {
    for (const client of this.clients) { client.open(); }
    await this.allIn();
    this.publishers.start();
    await until(() => this.clients.every(({ sequence }) => sequence.deliveries >= 10), 'every client gets publications');
  }

  allIn() { return until(() => this.clients.every(({ id }) => id !== undefined), 'every client is let in'); }

  /** @returns ids of the clients at a node, by room */
  idsAt(node) {
    const there = this.clients.filter(client => client.node === node && client.id !== undefined);
    return new Map([...groupBy(there, ({ room }) => room)].map(([room, members]) => [room, members.map(({ id }) => id)]));
  }

  /** @returns milliseconds until every client had got what its room had when this was called */
  async healed() {
    const begun = performance.now(), heads = await this.#heads();
    await this.#arrive(heads);
    return performance.now() - begun;
  }

  /**
   * Ends publishing, waits until everybody has got everything, and judges it.
   * @param epochLost whether histories were lost: of every room (true), or of those rooms that were acknowledged into another since ('some')
   */
  async end(verdict, { epochLost = false } = {}) {
    await this.publishers.stop();
    const heads = await this.#heads();
    await this.#arrive(heads).catch(e => verdict.fault(e.message));
    this.close();
    let gone = 0, lost = 0;
    for (const [room, record] of this.#records) {
      const judged = record.judge(await this.#cluster.history(room));
      gone += judged.gone;
      lost += record.hasChanged ? 1 : 0;
      if (judged.gone > 0 && epochLost === 'some' && !record.hasChanged) { verdict.fault(`${room}: ${judged.gone} acknowledged publications are of a history that is gone`); }
      judged.faults.forEach(sentence => verdict.fault(`${room}: ${sentence}`));
    }
    const sequences = this.clients.map(({ sequence }) => sequence);
    verdict.count({
      publications: this.publishers.counts.accepted, refused: this.publishers.counts.refused, unknown: this.publishers.counts.unknown,
      repeated: this.publishers.counts.repeated, deliveries: sum(sequences, s => s.deliveries), reconnects: sum(this.clients, c => c.returns),
      holes: sum(sequences, s => s.holes), duplicates: sum(sequences, s => s.duplicates), reordered: sum(sequences, s => s.reordered),
    });
    this.publishers.faults.forEach(verdict.fault);
    for (const client of this.clients) { this.#judge(client, heads.get(client.room), epochLost === 'some' ? this.#records.get(client.room).hasChanged : epochLost, verdict.fault); }
    if (epochLost) {
      verdict.count({ 'publications of lost histories': gone, ...epochLost === 'some' && { 'rooms whose history was lost': lost } });
    } else if (gone > 0) {
      verdict.fault(`${gone} acknowledged publications are of a history that is gone`);
    }
  }

  close() {
    this.publishers.abandon();
    for (const client of this.clients) { client.close(); }
  }

  #judge({ room, sequence, position }, head, epochLost, fault) {
    const { holes, duplicates, reordered, untold, gaps } = sequence;
    const said = `a client of ${room}`;
    if (holes || duplicates || reordered || untold) { fault(`${said}: ${holes} holes, ${duplicates} duplicates, ${reordered} reordered, ${untold} of a history it was not told of`); }
    if (textOf(position) !== textOf(head)) { fault(`${said} is at ${textOf(position)}, and the room at ${textOf(head)}`); }
    const wrong = gaps.filter(({ reason }) => !epochLost || reason !== 'epoch');
    wrong.forEach(({ from, to, reason }) => fault(`${said} was told that ${textOf(from)} to ${textOf(to)} are missing: ${reason}`));
    if (epochLost && gaps.length === 0) { fault(`${said} was not told of the new epoch`); }
  }

  async #heads() {
    return new Map(await Promise.all([...this.#records.keys()].map(async room => [room, await this.#cluster.head(room)])));
  }

  async #arrive(heads) {
    let behind;
    const arrived = () => {
      behind = this.clients.filter(({ room, position }) => !reaches(position, heads.get(room)));
      return behind.length === 0;
    };
    try {
      await until(arrived, 'arrived');
    } catch {
      const [{ room, position, node }] = behind;
      throw new Error(`${behind.length} clients did not get all that their rooms have; one at ${node.name} is at ${position && textOf(position)} of ${room}, which is at ${textOf(heads.get(room))}`);
    }
  }
}
