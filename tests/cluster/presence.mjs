// Who is in a room, as nodes tell it, held against who is.

import { groupBy } from './groups.mjs';
import { until } from './wait.mjs';

/**
 * @returns `seen`: sets of client ids, what each node that is up says of the room; `whole`: whether none of them missed the answer of another
 */
async function told({ up }, room) {
  const answers = await Promise.all(up.map(async ({ base, name }) => {
    const response = await fetch(`${base}/rooms/${encodeURIComponent(room)}/presence`, { signal: AbortSignal.timeout(10_000) });
    if (!response.ok) { throw new Error(`${name} answered ${response.status}`); }
    return response.json();
  }));
  return {
    seen: answers.map(({ members }) => new Set(members.map(({ client }) => client))),
    whole: answers.every(({ incomplete }) => !incomplete),
  };
}

const equal = (one, other) => one.size === other.size && [...one].every(each => other.has(each));

/**
 * @param ids of clients that a killed node had, by room
 * @returns milliseconds from then to when any of them was seen last
 */
export function departed(cluster, ids, killed) {
  return lastWrong(killed, [...ids].map(([room, gone]) => async () => {
    const { seen } = await told(cluster, room);
    return !seen.some(set => gone.some(id => set.has(id)));
  }));
}

/** @returns milliseconds from now to when others than those who are in a room, or not all of them, were told last */
export function exact(cluster, clients) {
  return lastWrong(performance.now(), [...groupBy(clients, ({ room }) => room)].map(([room, members]) => async () => {
    const ids = new Set(members.map(({ id }) => id)), { seen, whole } = await told(cluster, room);
    return whole && seen.every(set => equal(set, ids));
  }));
}

/** A node that does not answer in time has not said anything wrong: only what was asked for too late, and is wrong, is a fault. */
async function lastWrong(since, rooms) {
  let wrong = since;
  await until(async () => {
    const asked = performance.now(), areRight = (await Promise.all(rooms.map(isRight => isRight()))).every(isRight => isRight);
    if (!areRight) { wrong = asked; }
    return areRight;
  }, 'presence is right', { every: 250 });
  return wrong - since;
}
