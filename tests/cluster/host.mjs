// A host of its own for one node, as far as a network can tell: a network namespace, with one wire to clients and another to what nodes share. Needs root.

import { execFileSync } from 'node:child_process';

const run = (...command) => execFileSync(command[0], command.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] });
const works = (...command) => { try { run(...command); return true; } catch { return false; } };

/** Why there can be none here; false if there can. */
export function missing() {
  if (process.getuid?.() !== 0) { return 'network namespaces need root'; }
  if (!works('ip', '-V')) { return 'ip (package iproute2) is not installed'; }
  const name = `broadcast-${process.pid}-try`;
  if (!works('ip', 'netns', 'add', name)) { return 'network namespaces cannot be made here'; }
  works('ip', 'netns', 'delete', name);
  return false;
}

export class Host {
  #name = `broadcast-${process.pid}`;
  #atExit = () => this.close();

  /** @throws where `missing` gives a reason */
  static open() {
    const host = new Host();
    process.once('exit', host.#atExit);
    try {
      run('ip', 'netns', 'add', host.#name);
      host.#in('ip', 'link', 'set', 'lo', 'up');
      // Of the range that is set apart for trying networks (RFC 2544).
      host.clients = host.#wire('c', '198.18.77');
      host.inner = host.#wire('r', '198.18.78');
      return host;
    } catch (e) {
      host.close();
      throw e;
    }
  }

  /** What a process of that host is started by. */
  get command() { return ['ip', 'netns', 'exec', this.#name]; }

  /** Nothing goes through to what nodes share, and neither end is told. */
  cut() { run('ip', 'link', 'set', this.inner.name, 'down'); }

  mend() { run('ip', 'link', 'set', this.inner.name, 'up'); }

  /** Makes what comes from there late and lossy, as far as this kernel can. @returns what was done, in words */
  impair() {
    const queue = (...discipline) => works('tc', 'qdisc', 'add', 'dev', this.inner.name, 'root', ...discipline);
    return queue('netem', 'delay', '50ms', 'loss', '5%') ? 'for a while what came from Redis was 50 ms late, and 5 % of the packets were lost'
      : queue('tbf', 'rate', '256kbit', 'burst', '4kb', 'latency', '100ms') ? 'for a while 256 kbit/s came through from Redis, up to 100 ms late, and what was more was lost (this kernel has no netem)'
      : 'the network stayed good: this kernel has neither netem nor tbf';
  }

  /** @returns how many packets were lost meanwhile */
  repair() {
    const [, lost] = /dropped (\d+)/.exec(run('tc', '-s', 'qdisc', 'show', 'dev', this.inner.name)) ?? [];
    works('tc', 'qdisc', 'delete', 'dev', this.inner.name, 'root');
    return Number(lost ?? 0);
  }

  close() {
    process.off('exit', this.#atExit);
    works('ip', 'netns', 'delete', this.#name);
    for (const wire of ['c', 'r']) { works('ip', 'link', 'delete', this.#near(wire)); }
  }

  #in(...command) { return run(...this.command, ...command); }

  // Names of network devices have 15 characters at most.
  #near(wire) { return `bc${process.pid}${wire}`; }

  #wire(wire, net) {
    const name = this.#near(wire), far = `${name}f`;
    run('ip', 'link', 'add', name, 'type', 'veth', 'peer', 'name', far, 'netns', this.#name);
    run('ip', 'address', 'add', `${net}.1/30`, 'dev', name);
    run('ip', 'link', 'set', name, 'up');
    this.#in('ip', 'address', 'add', `${net}.2/30`, 'dev', far);
    this.#in('ip', 'link', 'set', far, 'up');
    return { name, here: `${net}.1`, there: `${net}.2` };
  }
}
