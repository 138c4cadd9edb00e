// Processes of this suite's own: each is killed, frozen and continued by its pid, and none outlives the suite.

import { spawn } from 'node:child_process';
import { createServer } from 'node:net';

const remembered = 40;
const running = new Set();
process.on('exit', () => running.forEach(child => child.kill('SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM']) { process.once(signal, () => process.exit(130)); }

export class Process {
  #name; #child; #said = [];

  constructor(name, [command, ...args], options = {}) {
    this.#name = name;
    const child = this.#child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(child);
    /** Resolves with the exit code, the signal that ended it, or why it could not be started; which is `end` from then on. */
    this.ended = new Promise(resolve => {
      const finish = end => {
        running.delete(child);
        resolve(this.end ??= end);
      };
      child.once('error', error => finish(error.message));
      child.once('close', (code, signal) => finish(signal ?? code));
    });
    for (const stream of [child.stdout, child.stderr]) { stream.setEncoding('utf8').on('data', text => this.#hear(text)); }
  }

  /** What it said last, for whoever has to find out what went wrong. */
  get lastWords() { return `--- ${this.#name}${this.end === undefined ? '' : `, ended with ${this.end}`}\n${this.#said.join('\n')}`; }

  /** Sends a signal and waits for its end. */
  async stop(signal) {
    this.#child.kill(signal);
    return this.ended;
  }

  freeze() { this.#child.kill('SIGSTOP'); }

  thaw() { this.#child.kill('SIGCONT'); }

  #hear(text) {
    this.#said.push(...text.split('\n').filter(line => line.length > 0));
    this.#said.splice(0, this.#said.length - remembered);
  }
}

/** Below the ports that the kernel gives to outgoing connections, so that who is killed finds its own free again. */
export async function freePort() {
  while (true) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const server = createServer();
    const free = await new Promise(resolve => {
      server.once('error', () => resolve(false));
      server.listen(port, () => server.close(() => resolve(true)));
    });
    if (free) { return port; }
  }
}
