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

const firstPort = 20_000, lanes = 24, laneWidth = 500;
let lane, lastPort = Math.floor(Math.random() * laneWidth);

/**
 * Below the ports that the kernel gives to outgoing connections, so that who is killed finds its own free again. Suites that run beside each other do not take
 * each other's: each process has a lane of its own, and holds its first port for as long as it lives. FreePort.cs of Broadcast.Testing does the same.
 */
export async function freePort() {
  const held = (await (lane ??= takeLane())).address().port;
  for (let attempt = 0; attempt < laneWidth; attempt++) {
    const port = held + 1 + ++lastPort % (laneWidth - 1);
    const server = await listen(port);
    if (server) {
      await new Promise(resolve => server.close(resolve));
      return port;
    }
  }
  throw new Error(`No port is free from ${held + 1} to ${held + laneWidth - 1}.`);
}

async function takeLane() {
  const begin = Math.floor(Math.random() * lanes);
  for (let i = 0; i < lanes; i++) {
    const server = await listen(firstPort + (begin + i) % lanes * laneWidth, '127.0.0.1');
    if (server) { return server.unref(); }
  }
  throw new Error(`${lanes} suites that need ports run already.`);
}

/** @returns nothing if somebody else listens there */
function listen(port, host) {
  const server = createServer();
  return new Promise(resolve => {
    server.once('error', () => resolve(undefined));
    server.listen(port, host, () => resolve(server));
  });
}
