// Who is in a room, as nodes tell it, held against who is.

import { nodesKnowEachOther } from './abilities.mjs';
import { groupBy } from './groups.mjs';
import { until } from './wait.mjs';

/** Of the issue: so long after a node was killed, presence is right. */
export const allowed = 10_000;

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
 * @returns milliseconds from then to when any of them was seen last
 */
export function departed(cluster, ids, killed) {
  return lastWrong(killed, async () => {
    for (const [room, gone] of ids) {
      if ((await told(cluster, room)).some(seen => gone.some(id => seen.has(id)))) { return false; }
    }
    return true;
  });
}

/** @returns milliseconds from now to when others than those who are in a room, or not all of them, were seen there last */
export function exact(cluster, clients) {
  const rooms = groupBy(clients, ({ room }) => room);
  return lastWrong(performance.now(), async () => {
    for (const [room, members] of rooms) {
      const ids = new Set(members.map(({ id }) => id));
      if (!(await told(cluster, room)).every(seen => equal(seen, ids))) { return false; }
    }
    return true;
  });
}

/** A node that does not answer in time has not said anything wrong: only what was asked for too late, and is wrong, is a fault. */
async function lastWrong(since, right) {
  let wrong = since;
  await until(async () => {
    const asked = performance.now(), isRight = await right();
    if (!isRight) { wrong = asked; }
    return isRight;
  }, 'presence is right', { every: 250 });
  return wrong - since;
}
