// A node stands still with all its connections open, and goes on as if no time had passed.

import { prove, seconds } from '../prove.mjs';
import { wait } from '../wait.mjs';

/** @param frozen seconds @param unheard whether Redis forgets meanwhile who listens to it */
export function frozenNode({ frozen, unheard, ...numbers }) {
  // Publishers lose patience while it stands still: what it does later comes twice.
  return prove({ insist: true, patience: 2_000, ...numbers }, async ({ cluster, load, verdict }) => {
    const [node] = cluster.nodes;
    const there = load.clients.filter(client => client.node === node);
    node.freeze();
    await wait(500 * frozen);
    if (unheard) { await cluster.backplane.ask('CLIENT KILL TYPE pubsub'); }
    await wait(500 * frozen);
    node.thaw();
    const healed = await load.healed();
    verdict.count({ 'clients at that node': there.length, 'until they were healed': seconds(healed) });
  });
}
