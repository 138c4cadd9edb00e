// Nodes that are an Akka.NET cluster, with nothing beside them. What is said to all of them is where each is reached.

import { execFileSync } from 'node:child_process';
import { freePort } from './processes.mjs';
import { server } from './node.mjs';

/** Why there can be none here; false if there can. */
export function missing() {
  try {
    execFileSync('dotnet', [server, '--backplane', 'akka', '--cluster', 'nowhere'], { stdio: ['ignore', 'ignore', 'pipe'], timeout: 60_000 });
  } catch (e) {
    return /built without Akka/.test(e.stderr) && 'the server was built without Akka.NET (-p:Akka=true)';
  }
  throw new Error('A node began at an address that is none.');
}

export class Akka {
  #addresses = []; #hosts;

  /** @param hosts where each node is reached by the others, if not on loopback */
  constructor(...hosts) { this.#hosts = hosts; }

  lastWords = '';

  async start(nodes) {
    for (let index = 0; index < nodes; index++) { this.#addresses.push(`${this.#hosts[index] ?? '127.0.0.1'}:${await freePort()}`); }
  }

  argumentsOf(index) { return ['--cluster', this.#addresses[index], '--seed', this.#addresses.join(',')]; }

  close() {}
}
