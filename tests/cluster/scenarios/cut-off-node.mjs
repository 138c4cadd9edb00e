// A node on a host of its own loses the network to Redis, but not to its clients; then that network is slow and loses packets.

import { Host } from '../host.mjs';
import { prove, seconds } from '../prove.mjs';
import { Redis } from '../redis.mjs';
import { until, wait } from '../wait.mjs';

/** @param cut seconds without the network @param impaired seconds with a bad one */
export async function cutOffNode({ cut, impaired, ...numbers }) {
  const host = Host.open();
  try {
    const hosts = [{ host: host.clients.there, within: host.command }];
    return await prove({ insist: false, ...numbers, backplane: new Redis(host.inner.here), hosts }, async ({ cluster, load, verdict }) => {
      const [node] = cluster.nodes, { publishers } = load;
      host.cut();
      const begun = performance.now();
      await wait(1_000 * cut);
      const mended = performance.now();
      host.mend();
      await until(() => publishers.attempts.some(each => each.node === node && each.began > mended && each.outcome === 'accepted'), 'the node accepts publications again');
      const healed = await load.healed();
      const told = publishers.within(begun, mended, node), falsely = told.filter(({ outcome }) => outcome === 'accepted').length;
      if (told.length === 0) { verdict.fault('no publisher had an answer of the node that was cut off'); }
      if (falsely > 0) { verdict.fault(`${falsely} publications were acknowledged by a node that was cut off`); }
      const others = publishers.within(begun, mended).filter(each => each.node !== node && each.outcome === 'accepted').length;
      if (others === 0) { verdict.fault('the other nodes accepted nothing meanwhile'); }
      const how = host.impair();
      await wait(1_000 * impaired);
      const lost = host.repair();
      const healedAgain = await load.healed();
      verdict.count({
        'answers of the node that was cut off': told.length, 'false successes': falsely, 'accepted by the others meanwhile': others, 'until all were healed': seconds(healed),
        then: how, 'packets lost': lost, 'until all were healed again': seconds(healedAgain),
      });
    });
  } finally {
    host.close();
  }
}
