// Nodes that share rooms, through a Redis of their own if nothing else is said.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { positionOf } from './positions.mjs';
import { Node } from './node.mjs';
import { Redis } from './redis.mjs';
import { until } from './wait.mjs';

/** Everything is kept for as long as a proof takes, so that whatever is missing was lost. */
const settingsOf = more => ({
  Broadcast: {
    Rooms: [{ Name: '*', Subscribe: 'Anyone', Publish: 'Anyone', Presence: 'Anyone', Rule: { History: { MaxCount: 1_000_000, MaxBytes: 1_073_741_824 } } }],
    ...more,
  },
  Logging: { LogLevel: { Default: 'Warning', 'Broadcast.Redis': 'Information', 'Broadcast.Actors': 'Information' } },
});

const path = (room, rest) => `/rooms/${encodeURIComponent(room)}/${rest}`;

export class Cluster {
  nodes = [];

  constructor(backplane = new Redis()) { this.backplane = backplane; }

  /** @param hosts where each node runs, if not beside the others: options of Node */
  static async open({ nodes = 3, settings, backplane, hosts = [] } = {}) {
    const cluster = new Cluster(backplane);
    try {
      cluster.folder = await mkdtemp(join(tmpdir(), 'broadcast-cluster-'));
      const file = join(cluster.folder, 'settings.json');
      await writeFile(file, JSON.stringify(settingsOf(settings)));
      await cluster.backplane.start(nodes);
      cluster.nodes = Array.from({ length: nodes }, (_, index) => new Node(`node-${index + 1}`, { more: cluster.backplane.argumentsOf(index), settings: file, ...hosts[index] }));
      await Promise.all(cluster.nodes.map(node => node.start()));
      return cluster;
    } catch (e) {
      const words = cluster.lastWords;
      await cluster.close();
      throw new Error(`${e.message}\n${words}`, { cause: e });
    }
  }

  get up() { return this.nodes.filter(node => node.isUp); }

  get lastWords() { return [this.backplane, ...this.nodes].map(each => each.lastWords).join('\n'); }

  /** @returns the newest position of a room, from any node that is up */
  head(room) {
    return until(async () => positionOf((await this.#get(room, 'limit=0')).position), `the newest position of ${room} can be read`);
  }

  /** @returns all that a room has kept */
  async history(room) {
    const messages = [];
    for (let since = 'start'; ;) {
      const page = await until(() => this.#get(room, `limit=1000&since=${since}`), `the history of ${room} can be read`);
      if (page.messages.length === 0) { return { epoch: positionOf(page.position).epoch, messages }; }
      for (const { offset, data } of page.messages) { messages.push({ offset, payload: data }); }
      since = page.messages.at(-1).position;
    }
  }

  async close() {
    await Promise.all([...this.nodes, this.backplane].map(each => each.close()));
    if (this.folder) { await rm(this.folder, { recursive: true }); }
  }

  async #get(room, query) {
    const [node] = this.up;
    const response = await fetch(`${node.base}${path(room, `messages?${query}`)}`, { signal: AbortSignal.timeout(10_000) });
    if (!response.ok) { throw new Error(`${node.name} answered ${response.status}`); }
    return response.json();
  }
}
