// A redis-server of the suite's own, with a folder of its own: what it acknowledged is in its log.

import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, Process } from './processes.mjs';
import { until } from './wait.mjs';

export class Redis {
  #folder; #hosts; #process;

  /** @param hosts further addresses to listen on; the first node, which runs elsewhere, finds it at the first of them */
  constructor(...hosts) { this.#hosts = hosts; }

  get address() { return `127.0.0.1:${this.port}`; }

  argumentsOf(index) { return ['--redis', index === 0 && this.#hosts.length > 0 ? `${this.#hosts[0]}:${this.port}` : this.address]; }

  get lastWords() { return this.#process?.lastWords ?? ''; }

  async start() {
    this.port ??= await freePort();
    this.#folder ??= await mkdtemp(join(tmpdir(), 'broadcast-redis-'));
    const child = this.#process = new Process('redis-server', [
      'redis-server', '--port', `${this.port}`, '--bind', '127.0.0.1', ...this.#hosts, '--protected-mode', 'no', '--dir', this.#folder, '--appendonly', 'yes', '--appendfsync', 'no', '--save', '']);
    await until(async () => child.end !== undefined || await this.ask('PING') === '+PONG', 'redis-server answers');
    if (child.end !== undefined) { throw new Error(`redis-server ended before it answered: ${child.end}`); }
  }

  stop(signal) { return this.#process.stop(signal); }

  /** What it has on disk; to be called while it does not run. */
  async forget() {
    await rm(this.#folder, { recursive: true });
    this.#folder = undefined;
  }

  /** @returns the first line of the answer to a command, as one writes it on a line */
  async ask(command) {
    const socket = connect(this.port, '127.0.0.1');
    try {
      socket.setEncoding('utf8').write(`${command}\r\n`);
      const [answer] = await once(socket, 'data', { signal: AbortSignal.timeout(5_000) });
      return answer.slice(0, answer.indexOf('\r\n'));
    } finally {
      socket.destroy();
    }
  }

  async close() {
    await this.#process?.stop('SIGKILL');
    if (this.#folder) { await rm(this.#folder, { recursive: true }); }
  }
}
