// kill -9 of one node after the other, each started again at once.

import * as presence from '../presence.mjs';
import { prove, slowest } from '../prove.mjs';
import { wait } from '../wait.mjs';

/** @param kills how many @param every seconds between two */
export function killedNodes({ kills, every, ...numbers }) {
  return prove({ insist: true, ...numbers }, async ({ cluster, load, verdict }) => {
    const departures = [];
    for (let kill = 0; kill < kills; kill++) {
      const node = cluster.nodes[kill % cluster.nodes.length], due = wait(1_000 * every);
      const ids = load.idsAt(node);
      const killed = performance.now();
      await node.kill();
      departures.push(presence.departed(cluster, ids, killed));
      await Promise.all([node.start(), due]);
    }
    await load.allIn();
    const right = await presence.exact(cluster, load.clients, performance.now());
    const gone = await Promise.all(departures);
    if (gone.includes(undefined)) { verdict.fault('clients of a killed node were seen in a room for more than 10 s'); }
    if (right === undefined) { verdict.fault('presence was not right within 10 s after everybody was back'); }
    verdict.count({ kills, 'until nobody saw those who were at a killed node': slowest(gone), 'then until presence was exact': slowest([right]) });
  });
}
