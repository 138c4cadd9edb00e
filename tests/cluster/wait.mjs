// The suite waits for what it expects, never for time to pass; a limit only says when to give up.

import { setTimeout as wait } from 'node:timers/promises';

export { wait };

const patience = 120_000;

/**
 * Looks again and again until `done` gives something; what it throws means: not yet.
 * @returns what `done` gave
 */
export async function until(done, what, { limit = patience, every = 50 } = {}) {
  const end = performance.now() + limit;
  for (let trouble; ; await wait(every)) {
    try {
      const found = await done();
      if (found) { return found; }
      trouble = undefined;
    } catch (e) {
      trouble = e;
    }
    if (performance.now() > end) { throw new Error(`${what}: not within ${limit / 1_000} s${trouble ? ` (${trouble.cause?.message ?? trouble.message})` : ''}`); }
  }
}

/** Between nothing and `most` milliseconds, so that those who begin together do not go on together. */
export const jitter = most => wait(Math.random() * most);
