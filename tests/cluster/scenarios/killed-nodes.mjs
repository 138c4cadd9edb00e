// kill -9 of one node after the other, each started again at once.

import * as presence from '../presence.mjs';
import { prove, seconds } from '../prove.mjs';
import { wait } from '../wait.mjs';

/** @param kills how many @param every seconds between two @param rightWithin seconds after which presence has to be right */
export function killedNodes({ kills, every, rightWithin, ...numbers }) {
  return prove({ insist: true, ...numbers }, async ({ cluster, load, verdict }) => {
    const departures = [];
    for (let kill = 0; kill < kills; kill++) {
      const node = cluster.nodes[kill % cluster.nodes.length], due = wait(1_000 * every);
      const ids = load.idsAt(node);
      const killed = performance.now();
      await node.kill();
      const departure = presence.departed(cluster, ids, killed);
      departure.catch(() => {});
      departures.push(departure);
      await Promise.all([node.start(), due]);
    }
    await load.allIn();
    const exact = await presence.exact(cluster, load.clients);
    const gone = Math.max(...await Promise.all(departures));
    if (gone > 1_000 * rightWithin) { verdict.fault(`clients of a killed node were seen in a room for ${seconds(gone)}`); }
    if (exact > 1_000 * rightWithin) { verdict.fault(`when everybody was back, presence was not right for ${seconds(exact)}`); }
    verdict.count({ kills, 'clients of a killed node were seen for': seconds(gone), 'when all were back, presence was wrong for': seconds(exact) });
  });
}
