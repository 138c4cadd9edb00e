// kill -9 of nodes that own rooms: others take them over, with a new history, and everybody is told.

import { Akka } from '../akka.mjs';
import * as presence from '../presence.mjs';
import { prove, seconds } from '../prove.mjs';
import { wait } from '../wait.mjs';

/** @param kills how many @param away seconds until a killed node is started again @param every seconds between two @param rightWithin seconds after which presence has to be right */
export function killedAkkaNodes({ kills, away, every, rightWithin, ...numbers }) {
  return prove({ insist: true, ...numbers, backplane: new Akka() }, async ({ cluster, load, verdict }) => {
    let departed = 0, longest = 0;
    for (let kill = 0; kill < kills; kill++) {
      const node = cluster.nodes[kill % cluster.nodes.length], ids = load.idsAt(node), due = wait(1_000 * every);
      const killed = performance.now();
      await node.kill();
      departed = Math.max(departed, await presence.departed(cluster, ids, killed));
      await wait(Math.max(0, killed + 1_000 * away - performance.now()));
      // Publications to rooms that it owned wait for the new owner.
      longest = Math.max(longest, await load.publishers.untilAllAnswered() - killed);
      await node.start();
      await due;
    }
    await load.allIn();
    const exact = await presence.exact(cluster, load.clients);
    if (departed > 1_000 * rightWithin) { verdict.fault(`clients of a killed node were seen in a room for ${seconds(departed)}`); }
    if (exact > 1_000 * rightWithin) { verdict.fault(`when everybody was back, presence was not right for ${seconds(exact)}`); }
    verdict.count({
      kills, 'clients of a killed node were seen for': seconds(departed), 'all rooms accepted publications again after': seconds(longest),
      'when all were back, presence was wrong for': seconds(exact),
    });
    return { epochLost: 'some' };
  });
}
