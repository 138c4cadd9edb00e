// A node of an Akka.NET cluster stands still for so long that the others put it out, and goes on as if no time had passed.

import { Akka } from '../akka.mjs';
import { prove, seconds } from '../prove.mjs';
import { wait } from '../wait.mjs';

const putOut = 4;

/** @param frozen seconds */
export function frozenAkkaNode({ frozen, ...numbers }) {
  // Publishers lose patience while it stands still: what it does later must not be taken for done.
  return prove({ insist: true, patience: 2_000, ...numbers, backplane: new Akka() }, async ({ cluster, load, verdict }) => {
    const [node] = cluster.nodes;
    const there = load.clients.filter(client => client.node === node);
    node.freeze();
    await wait(1_000 * frozen);
    node.thaw();
    const thawed = performance.now(), code = await node.ended;
    const ended = performance.now();
    node.isUp = false;
    if (code !== putOut) { verdict.fault(`the node that was put out ended with ${code}`); }
    const falsely = load.publishers.within(thawed, ended, node).filter(({ outcome }) => outcome === 'accepted').length;
    await node.start();
    const healed = await load.healed();
    verdict.count({
      'clients at that node': there.length, 'it ended after': seconds(ended - thawed), 'publications it accepted before that': falsely, 'until all clients were healed': seconds(healed),
    });
    return { epochLost: 'some' };
  });
}
