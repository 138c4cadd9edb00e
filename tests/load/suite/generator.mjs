// fanbench.cpp as a process: connected → (gate opened) → measuring → its line of JSON.

import { join } from 'node:path';
import { start } from './processes.mjs';

export class Generator {
  /** @param server entry of servers.mjs; @param task { room, load } */
  constructor(server, { room, load }, serverPid, { folder, cores }) {
    const options = Object.entries(load).flatMap(([name, value]) => [`--${name}`, `${value}`]);
    this.child = start(cores.generator, [
      join(folder, 'fanbench'), ...server.generator(room), ...options,
      '--gate', '1', '--server-pid', `${serverPid}`, '--server-cpu', cores.server, '--limit', `${Math.ceil(seconds(load)) + 60}`,
    ], ['pipe', 'pipe', 'pipe']);
    this.child.stdin.on('error', () => { });
    let said = '', complaints = '';
    this.child.stdout.on('data', chunk => said += chunk);
    this.child.stderr.setEncoding('utf8').on('data', chunk => complaints += chunk);
    const told = word => new Promise((resolve, reject) => {
      this.child.stderr.on('data', () => { if (complaints.includes(`${word}\n`)) { resolve(); } });
      this.child.ended.then(() => reject(new Error(`the generator ended: ${complaints}`)));
    });
    this.connected = told('connected');
    this.measuring = told('measuring');
    this.result = this.child.ended.then(code => {
      if (code !== 0) { throw new Error(`the generator ended with ${code}: ${complaints}`); }
      return JSON.parse(said);
    });
    // Whoever does not wait for one of them still hears of the failure from the others.
    for (const promise of [this.connected, this.measuring, this.result]) { promise.catch(() => { }); }
  }

  open() { this.child.stdin.write('\n'); }
}

/** About how long a load takes, without the server's start and stop. */
export function seconds(load) {
  const sending = load.duration ?? (load.rate > 0 ? load.messages / load.rate : load.messages * load.clients / 120_000);
  return load.clients / 6_000 + (load.settle ?? 0) + (load['warmup-sec'] ?? 0) + sending;
}
