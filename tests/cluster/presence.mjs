// Who is in a room, as nodes tell it, held against who is.

import { nodesKnowEachOther } from './abilities.mjs';
import { groupBy } from './groups.mjs';
import { until } from './wait.mjs';

/** Of the issue: so long after a node was killed, presence is right. */
const allowed = 10_000;

/** @returns sets of client ids: what each node that is up says of the room, or, while nodes do not know each other, what all of them say together */
async function told({ up }, room) {
  const sets = await Promise.all(up.map(async ({ base, name }) => {
    const response = await fetch(`${base}/rooms/${encodeURIComponent(room)}/presence`, { signal: AbortSignal.timeout(5_000) });
    if (!response.ok) { throw new Error(`${name} answered ${response.status}`); }
    return new Set((await response.json()).members.map(({ client }) => client));
  }));
  return nodesKnowEachOther ? sets : [sets.reduce((all, some) => new Set([...all, ...some]), new Set())];
}

const equal = (one, other) => one.size === other.size && [...one].every(each => other.has(each));

/**
 * @param ids of clients that a killed node had, by room
 * @returns milliseconds until nobody saw any of them, or undefined if that took too long
 */
export function departed(cluster, ids, killed) {
  return inTime(killed, async () => {
    for (const [room, gone] of ids) {
      if ((await told(cluster, room)).some(seen => gone.some(id => seen.has(id)))) { return false; }
    }
    return true;
  });
}

/** @returns milliseconds from `since` until exactly those who are in each room were seen there, or undefined if that took too long */
export function exact(cluster, clients, since) {
  return inTime(since, async () => {
    const rooms = groupBy(clients, client => client.room);
    for (const [room, members] of rooms) {
      const ids = new Set(members.map(({ id }) => id));
      if (!(await told(cluster, room)).every(seen => equal(seen, ids))) { return false; }
    }
    return true;
  });
}

async function inTime(since, right) {
  try {
    let asked;
    // What counts is when the answer was asked for, not how long this suite took to read it.
    await until(() => { asked = performance.now(); return right(); }, 'presence is right', { limit: since + 2 * allowed - performance.now(), every: 250 });
    return asked - since <= allowed ? asked - since : undefined;
  } catch {
    return undefined;
  }
}
