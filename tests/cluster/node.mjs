// One node as a process of its own, that comes back under the address it had.

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { freePort, Process } from './processes.mjs';
import { until } from './wait.mjs';

export const server = fileURLToPath(new URL('../../src/Broadcast.Server/bin/Release/net10.0/Broadcast.Server.dll', import.meta.url));

export class Node {
  /** Whether clients and publishers can expect an answer of it. */
  isUp = false;
  #arguments; #within; #program; #process;

  /**
   * @param more flags that say how it shares rooms with the others
   * @param within a command that it is started by, as one of a network namespace
   * @param host where it listens
   * @param program what is started
   */
  constructor(name, { more, settings, host = '127.0.0.1', within = [], program = server }) {
    if (!existsSync(program)) { throw new Error(`${program} is not there: build with -c Release.`); }
    this.#program = program;
    this.name = name;
    this.host = host;
    this.#within = within;
    this.#arguments = ['--node', name, '--settings', settings, ...more];
  }

  get base() { return `http://${this.host}:${this.port}`; }

  get lastWords() { return this.#process?.lastWords ?? ''; }

  async start() {
    this.port ??= await freePort();
    const child = this.#process = new Process(this.name, [...this.#within, 'dotnet', this.#program, '--urls', this.base, ...this.#arguments], {
      env: { ...process.env, DOTNET_NOLOGO: '1', ASPNETCORE_ENVIRONMENT: 'Production' },
    });
    await until(async () => child.end !== undefined || (await fetch(`${this.base}/health/ready`, { signal: AbortSignal.timeout(10_000) })).ok, `${this.name} is ready`);
    if (child.end !== undefined) { throw new Error(`${this.name} ended with ${child.end} before it was ready.`); }
    this.isUp = true;
  }

  /** Resolves with its exit code, or the signal that ended it. */
  get ended() { return this.#process.ended; }

  /** Ends it without a word to anybody. */
  kill() { return this.stop('SIGKILL'); }

  /** @returns its exit code, or the signal that ended it */
  stop(signal = 'SIGTERM') {
    this.isUp = false;
    return this.#process.stop(signal);
  }

  /** Takes the processor away from it; its connections stay. */
  freeze() {
    this.isUp = false;
    this.#process.freeze();
  }

  thaw() {
    this.#process.thaw();
    this.isUp = true;
  }

  async close() {
    this.isUp = false;
    await this.#process?.stop('SIGKILL');
  }
}
