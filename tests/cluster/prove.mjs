// A proof: a cluster, a load, something that is done to them, and a verdict.

import { Cluster } from './cluster.mjs';
import { Load } from './load.mjs';
import { wait } from './wait.mjs';

const mostFaults = 20;

export class Verdict {
  counts = {};
  faults = [];
  #more = 0;

  /** A bound method: it is handed around. */
  fault = sentence => {
    if (this.faults.length < mostFaults) { this.faults.push(sentence); } else { this.#more++; }
  };

  count(counts) { Object.assign(this.counts, counts); }

  /** Ends it: how many faults are not listed. */
  close() {
    if (this.#more > 0) { this.faults.push(`and ${this.#more} more`); }
    return this;
  }
}

/**
 * @param numbers those of the load; nodes, settings and places of the cluster; seconds of the load alone, around what is done
 * @param act what is done, given { cluster, load, verdict }; it may return options for the end of the load
 * @returns a verdict
 */
export async function prove({ nodes, settings, backplane, hosts, around = 0, ...numbers }, act) {
  const cluster = await Cluster.open({ nodes, settings, backplane, hosts });
  const verdict = new Verdict();
  const load = new Load(cluster, numbers);
  try {
    await load.begin();
    await wait(1_000 * around);
    const options = await act({ cluster, load, verdict });
    await wait(1_000 * around);
    await load.end(verdict, options);
    if (verdict.faults.length > 0) { verdict.words = cluster.lastWords; }
    return verdict.close();
  } catch (e) {
    throw new Error(`${e.message}\n${cluster.lastWords}`, { cause: e });
  } finally {
    load.close();
    await cluster.close();
  }
}

export const seconds = milliseconds => `${(milliseconds / 1_000).toFixed(1)} s`;
