// What is proved, with the numbers of the short form, which runs with all other tests, and of the long one, which are the issue's.

import { missing as missingAkka } from './akka.mjs';
import { missing } from './host.mjs';
import { cutOffAkkaNode } from './scenarios/cut-off-akka-node.mjs';
import { cutOffNode } from './scenarios/cut-off-node.mjs';
import { frozenAkkaNode } from './scenarios/frozen-akka-node.mjs';
import { frozenNode } from './scenarios/frozen-node.mjs';
import { killedAkkaNodes } from './scenarios/killed-akka-nodes.mjs';
import { killedNodes } from './scenarios/killed-nodes.mjs';
import { rollingRestart } from './scenarios/rolling-restart.mjs';
import { stoppedRedis } from './scenarios/stopped-redis.mjs';

// So long after a node was killed, presence is right; the short form runs on a machine that does other things as well.
const shortly = 30, promised = 10;

const short = { clients: 60, rooms: 10, rate: 100 };
const long = { clients: 300, rooms: 20, rate: 500, around: 5 };

export const scenarios = [
  {
    name: 'killed-nodes', run: killedNodes, short: { ...short, kills: 4, every: 4, rightWithin: shortly }, long: { ...long, kills: 12, every: 5, rightWithin: promised },
    title: 'kill -9 of a node, again and again: no client misses anything or gets it twice, and presence is right within 10 s',
  },
  {
    name: 'redis-with-data', run: stoppedRedis, short: { ...short, away: 3, signal: 'SIGKILL', keepsData: true }, long: { ...long, away: 10, signal: 'SIGKILL', keepsData: true },
    title: 'kill -9 of Redis, which comes back with its data: no false success, and nothing acknowledged is lost',
  },
  {
    name: 'redis-stopped', run: stoppedRedis, long: { ...long, away: 10, signal: 'SIGTERM', keepsData: true },
    title: 'Redis is stopped and comes back with its data: the same',
  },
  {
    name: 'redis-without-data', run: stoppedRedis, short: { ...short, away: 3, signal: 'SIGTERM', keepsData: false }, long: { ...long, away: 10, signal: 'SIGTERM', keepsData: false },
    title: 'Redis comes back with nothing: no false success, and every client is told of the new epoch',
  },
  {
    name: 'frozen-node', run: frozenNode, short: { ...short, frozen: 8, unheard: false }, long: { ...long, frozen: 20, unheard: false },
    title: 'SIGSTOP of a node: nothing stale or out of order is delivered, and its clients are healed',
  },
  {
    name: 'frozen-unheard', run: frozenNode, long: { ...long, frozen: 20, unheard: true },
    title: 'SIGSTOP of a node, and Redis forgets meanwhile who listens: the same',
  },
  {
    name: 'rolling-restart', run: rollingRestart, short: { ...short, drainRate: 10 }, long: { ...long, drainRate: 25 },
    title: 'A rolling restart of three nodes: nothing is lost, and no more clients are moved in a second than the set rate',
  },
  {
    name: 'cut-off-node', run: cutOffNode, missing, long: { ...long, cut: 15, impaired: 15 },
    title: 'A node loses the network to Redis: it acknowledges nothing, and its clients are healed',
  },
  {
    name: 'akka-killed-nodes', run: killedAkkaNodes, missing: missingAkka, short: { ...short, kills: 1, away: 0, every: 1, rightWithin: shortly }, long: { ...long, kills: 6, away: 15, every: 30, rightWithin: promised },
    title: 'Akka.NET: kill -9 of a node that owns rooms, again and again: clients are told of the new epoch and go on, and presence is right within 10 s',
  },
  {
    name: 'akka-frozen-node', run: frozenAkkaNode, missing: missingAkka, long: { ...long, frozen: 20 },
    title: 'Akka.NET: SIGSTOP of a node for so long that it is put out: it acknowledges and delivers nothing stale, and ends',
  },
  {
    name: 'akka-rolling-restart', run: rollingRestart, missing: missingAkka, long: { ...long, drainRate: 25, akka: true },
    title: 'Akka.NET: a rolling restart of three nodes: only rooms that moved begin a new epoch, and everybody is told',
  },
  {
    name: 'akka-cut-off-node', run: cutOffAkkaNode, missing: () => missing() || missingAkka(), long: { ...long, cut: 20, lease: 4 },
    title: 'Akka.NET: a node loses the network to the others: it refuses to publish, with a reason, and ends; its clients go on elsewhere',
  },
];
