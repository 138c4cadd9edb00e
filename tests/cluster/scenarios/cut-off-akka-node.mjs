// A node on a host of its own loses the network to the others, but not to its clients.

import { Akka } from '../akka.mjs';
import { Host } from '../host.mjs';
import { prove, seconds } from '../prove.mjs';
import { wait } from '../wait.mjs';

const putOut = 4;

/** @param cut seconds without the network @param lease seconds for which a node that is cut off may still order for its own rooms */
export async function cutOffAkkaNode({ cut, lease, ...numbers }) {
  const host = Host.open();
  try {
    const { here, there } = host.inner;
    const hosts = [{ host: host.clients.there, within: host.command }];
    return await prove({ insist: true, patience: 2_000, ...numbers, backplane: new Akka(there, here, here), hosts }, async ({ cluster, load, verdict }) => {
      const [node] = cluster.nodes, { publishers } = load;
      host.cut();
      const begun = performance.now();
      const ended = node.ended.then(code => {
        node.isUp = false;
        return code;
      });
      await wait(1_000 * cut);
      const mended = performance.now();
      host.mend();
      const code = await ended;
      if (code !== putOut) { verdict.fault(`the node that was cut off ended with ${code}`); }
      const told = publishers.within(begun + 1_000 * lease, mended, node);
      const [refused, falsely] = ['refused', 'accepted'].map(outcome => told.filter(each => each.outcome === outcome).length);
      if (refused === 0) { verdict.fault('no publisher was refused by the node that was cut off'); }
      if (falsely > 0) { verdict.fault(`${falsely} publications were acknowledged by a node that had been cut off for longer than its lease`); }
      const others = publishers.within(begun, mended).filter(each => each.node !== node && each.outcome === 'accepted').length;
      if (others === 0) { verdict.fault('the other nodes accepted nothing meanwhile'); }
      await node.start();
      const healed = await load.healed();
      verdict.count({
        'refused by the node that was cut off': refused, 'false successes after its lease': falsely, 'accepted by the others meanwhile': others, 'until all were healed': seconds(healed),
      });
      return { epochLost: 'some' };
    });
  } finally {
    host.close();
  }
}
