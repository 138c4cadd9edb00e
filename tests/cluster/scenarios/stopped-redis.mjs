// Redis ends, stays away, and comes back with all it had written, or with nothing.

import { prove, seconds } from '../prove.mjs';
import { until, wait } from '../wait.mjs';

/**
 * @param away seconds
 * @param signal what ends it
 * @param keepsData whether it comes back with what it had
 * @param promised whether that is what is held against it
 */
export function stoppedRedis({ away, signal, keepsData, promised = keepsData, ...numbers }) {
  return prove({ insist: false, ...numbers }, async ({ cluster, load, verdict }) => {
    const redis = cluster.backplane, { publishers } = load;
    await redis.stop(signal);
    const ended = performance.now();
    await wait(1_000 * away);
    await until(() => publishers.within(ended, performance.now()).length > 0, 'publishers get answers while Redis is away');
    if (!keepsData) { await redis.forget(); }
    const returned = performance.now();
    await redis.start();
    const accepted = () => publishers.attempts.some(({ began, outcome }) => began > returned && outcome === 'accepted');
    await until(accepted, 'publications are accepted again');
    const open = performance.now() - returned;
    const healed = await load.healed();
    const told = publishers.within(ended, returned);
    const falsely = told.filter(({ outcome }) => outcome === 'accepted').length;
    if (falsely > 0) { verdict.fault(`${falsely} publications were acknowledged while Redis was away`); }
    verdict.count({ 'answers while it was away': told.length, 'false successes': falsely, 'until publications were accepted': seconds(open), 'then until all clients were healed': seconds(healed) });
    return { epochLost: !promised };
  });
}
