// Nodes are asked to stop and started again, one after the other.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Akka } from '../akka.mjs';
import { prove, seconds } from '../prove.mjs';
import { mostWithin } from '../rates.mjs';

const span = 1_000;

/** @param drainRate connections a second that a node may move @param akka whether nodes are an Akka.NET cluster */
export function rollingRestart({ drainRate, akka = false, ...numbers }) {
  const settings = { Drain: { Rate: drainRate, Deadline: '00:02:00' } };
  return prove({ insist: true, settings, ...numbers, ...akka && { backplane: new Akka() } }, async ({ cluster, load, verdict }) => {
    const delays = monitorEventLoopDelay();
    delays.enable();
    const stops = [];
    for (const node of cluster.nodes) {
      const before = performance.now(), there = load.clients.filter(client => client.node === node).length;
      const code = await node.stop('SIGTERM');
      const took = performance.now() - before;
      if (code !== 0) { verdict.fault(`${node.name} ended with ${code}`); }
      await load.allIn();
      stops.push({ took, there, times: load.clients.flatMap(({ ends }) => ends).filter(end => end.node === node && end.at >= before).map(({ at }) => at) });
      await node.start();
    }
    delays.disable();
    const healed = await load.healed();
    const late = delays.max / 1e6, densest = Math.max(...stops.map(({ times }) => mostWithin(times, span)));
    // What this process was late to notice, it notices together, and so does what the node was late to end.
    if (densest > drainRate * (span + late + 1_000) / 1_000) { verdict.fault(`${densest} clients of one node were moved within a second, and ${drainRate} is the rate`); }
    for (const { took, times } of stops) {
      const least = 1_000 * (Math.ceil(times.length / drainRate) - 1);
      if (took < least) { verdict.fault(`${times.length} clients were moved in ${seconds(took)}; at the rate of ${drainRate} it takes ${seconds(least)} at least`); }
    }

    verdict.count({
      restarts: stops.length, 'clients moved by each': stops.map(({ there }) => there).join(', '), 'took': stops.map(({ took }) => seconds(took)).join(', '),
      'most moved within a second, as this process noticed': densest, 'which was late by up to': seconds(late), 'until all were healed': seconds(healed),
    });
    return { epochLost: akka && 'some' };
  });
}
