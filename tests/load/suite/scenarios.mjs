// What is measured, and what is wanted. A scenario has rows, which run one after the other and pair after pair, so that noise spreads evenly; what is
// wanted of them is a figure of one row, or its ratio to another row of the same pair.
//
// drawn: what the picture shows of it.
//
// load: options of the generator. It polls instead of sleeping (`spin`) wherever it has its core for itself, for every server alike: in a virtual
// machine each wake-up of a sleeping client costs the server an interrupt, and the slower the server, the more often the generator sleeps.

import * as figures from './figures.mjs';
import { asked, inProcess, timeToFirstAnswer } from './measures.mjs';
import { servers } from './servers.mjs';

const KiB = 1024, MiB = 1024 * KiB;
const kinds = [
  { kind: 'plain', ours: 'ours', limit: 'limit' },
  { kind: 'Centrifuge', ours: 'ours-centrifuge', limit: 'limit-centrifuge' },
];
const both = wanted => kinds.flatMap(wanted);

/** A server in a scenario's one load, or in its own. */
const row = (server, load, name = server, title = servers[server].title) => ({ name, title, server, generators: { only: { room: 'bench', load } } });
const rows = (names, load) => names.map(name => row(name, load));
/** Rows of which nothing is wanted: three runs are enough to show where they stand. */
const shown = (names, load) => rows(names, load).map(row => ({ ...row, pairs: 3 }));

const times = value => value.toFixed(2), inKiB = value => (value / KiB).toFixed(1), inMiB = value => (value / MiB).toFixed(1);
const ratio = (text, figure, of, to, target) => ({ text, target, rows: [of, to], value: pair => figure.of(pair[of]) / figure.of(pair[to]), show: times, unit: '×' });
const figure = (text, of, target, value, show, unit) => ({ text, target, rows: of, value, show, unit });

const closedLoop = { payload: 128, rate: 0, spin: 1, 'warmup-sec': 3, duration: 4 };
/** By then the runtime has compiled what is hot: with 1,000 clients it is at it for some seconds after they came (docs/decisions/0008). */
const warm = { ...closedLoop, 'warmup-sec': 8 };
const throughput = [figures.perCpuSecond, figures.perSecond, figures.p50, figures.p99, figures.perSend, figures.serverCore, figures.generatorCore];

const perCpuSecond = { figure: figures.perCpuSecond, title: 'deliveries per CPU-second', best: 'most', show: v => v < 1e6 ? `${(v / 1e3).toFixed(0)} k` : `${(v / 1e6).toFixed(1)} M` };

const a = {
  name: 'A',
  title: '1,000 clients, 128 bytes, 64 messages in flight',
  rows: rows(['ours', 'limit', 'ours-centrifuge', 'limit-centrifuge', 'bun', 'signalr'], { ...warm, clients: 1_000, window: 64 }),
  columns: throughput,
  drawn: perCpuSecond,
  wanted: both(({ kind, ours, limit }) => [
    ratio(`${kind}: per CPU-second, of the C loop`, figures.perCpuSecond, ours, limit, { least: 0.65 }),
    ratio(`${kind}: per CPU-second, of Bun`, figures.perCpuSecond, ours, 'bun', { least: 1.6 }),
    ratio(`${kind}: per CPU-second, of SignalR`, figures.perCpuSecond, ours, 'signalr', { least: 10 }),
    ratio(`${kind}: deliveries/s, of the C loop`, figures.perSecond, ours, limit, { least: 0.65 }),
    ratio(`${kind}: p50, of the C loop`, figures.p50, ours, limit, { most: 1.6 }),
  ]),
};

const oneInFlight = { ...warm, clients: 1_000, window: 1 };
const a1 = {
  name: 'A1',
  title: '1,000 clients, 128 bytes, one message in flight: nothing to coalesce',
  rows: [...rows(['ours', 'limit', 'ours-centrifuge', 'limit-centrifuge', 'bun'], oneInFlight), ...shown(['loop'], oneInFlight)],
  columns: throughput,
  drawn: perCpuSecond,
  wanted: both(({ kind, ours, limit }) => ratio(`${kind}: per CPU-second, of the C loop`, figures.perCpuSecond, ours, limit, { least: 0.8 })),
};

// Over 100 rounds, so that one slow round does not decide the p99; and not while the runtime compiles, as for A.
const steady = { clients: 5_000, payload: 128, rate: 10, spin: 1, 'warmup-sec': 8, duration: 10.5 };
const b = {
  name: 'B',
  title: '5,000 clients, 128 bytes, 10 messages a second',
  rows: [...rows(['ours', 'limit', 'ours-centrifuge', 'limit-centrifuge'], steady), ...shown(['bun'], steady)],
  columns: [figures.p50, figures.p99, figures.cpuPerDelivery, figures.serverCore, figures.generatorCore],
  drawn: { figure: figures.p99, title: 'p99 of the latency', best: 'least', show: v => `${v.toFixed(0)} ms` },
  wanted: both(({ kind, ours, limit }) => [
    ratio(`${kind}: p99, of the C loop`, figures.p99, ours, limit, { most: 1.7 }),
    ratio(`${kind}: CPU per delivery, of the C loop`, figures.cpuPerDelivery, ours, limit, { most: 1.4 }),
  ]),
};

const idle = { clients: 10_000, payload: 128, rate: 4, messages: 3, settle: 3 };
const c = {
  name: 'C',
  title: '10,000 idle subscribers (three messages at the end prove that they are)',
  rows: [...rows(['ours', 'ours-centrifuge'], idle), ...shown(['limit', 'bun', 'channels', 'signalr'], idle)],
  columns: [figures.perConnection, figures.residentEmpty, figures.connecting],
  drawn: { figure: figures.perConnection, title: 'resident memory per connection', best: 'least', show: v => `${(v / KiB).toFixed(1)} KiB` },
  wanted: both(({ kind, ours }) =>
    figure(`${kind}: resident memory per connection`, [ours], { most: 15 * KiB }, pair => figures.perConnection.of(pair[ours]), inKiB, 'KiB')),
};

const big = { ...closedLoop, clients: 1_000, payload: 16_384, window: 16 };
const d = {
  name: 'D',
  title: '1,000 clients, 16 KiB, 16 messages in flight',
  rows: [...rows(['ours', 'limit', 'ours-centrifuge', 'limit-centrifuge'], big), ...shown(['bun'], big)],
  columns: throughput,
  drawn: perCpuSecond,
  wanted: both(({ kind, ours, limit }) => ratio(`${kind}: per CPU-second, of the C loop`, figures.perCpuSecond, ours, limit, { least: 0.65 })),
};

// The room's window is the server's default. Both loads last equally long, since the heap grows in both until it has found its size; what the
// stalled clients cost is the difference.
const window = 4 * MiB, stalled = 50;
const e2 = {
  name: 'E2',
  title: '100 clients, 4 KiB, 16 messages in flight, beside 50 that never read; and without those',
  rows: ['ours', 'ours-centrifuge'].flatMap(server => {
    const load = { ...closedLoop, clients: 100, payload: 4_096, window: 16, 'warmup-sec': 8, duration: 8 };
    return [
      row(server, { ...load, stalled }, server, `${servers[server].title}, ${stalled} stalled`),
      row(server, load, `${server}-alone`, `${servers[server].title}, none stalled`),
    ];
  }),
  columns: [figures.perCpuSecond, figures.perSecond, figures.p99, figures.residentGrowth, figures.kernelGrowth, figures.stalledClosed],
  wanted: both(({ kind, ours }) => {
    const alone = `${ours}-alone`;
    const more = of => pair => of.of(pair[ours]) - of.of(pair[alone]);
    return [
      ratio(`${kind}: per CPU-second, of the same without stalled ones`, figures.perCpuSecond, ours, alone, { least: 0.9 }),
      ratio(`${kind}: deliveries/s, of the same without stalled ones`, figures.perSecond, ours, alone, { least: 0.9 }),
      figure(`${kind}: resident growth beyond that without stalled ones (window + 64 KiB each)`, [ours, alone], { most: window + stalled * 64 * KiB },
        more(figures.residentGrowth), inMiB, 'MiB'),
      figure(`${kind}: kernel TCP memory, each stalled one`, [ours, alone], { most: 512 * KiB },
        pair => more(figures.kernelGrowth)(pair) / stalled, inKiB, 'KiB'),
    ];
  }),
};

// Two generators share a core here, so that neither may poll.
const besides = rate => ({
  large: { room: 'bench', load: { clients: 10_000, payload: 128, rate, 'warmup-sec': 1.5, duration: 6 } },
  small: { room: 'bench-small', load: { clients: 2, payload: 128, rate: 20, 'warmup-sec': 1.5, duration: 6 } },
});
const beside = (server, rate) => ({ name: server, title: servers[server].title, server, generators: besides(rate) });
const small = { p50: figures.part('small', figures.p50), p99: figures.part('small', figures.p99) };
const large = {
  p50: figures.part('large', figures.p50), p99: figures.part('large', figures.p99), perSend: figures.part('large', figures.perSend),
  drift: figures.part('large', figures.residentDrift, 'resident growth, MB'), core: figures.part('large', figures.serverCore, 'server core'),
};

const w = {
  name: 'W',
  title: 'a room of 10,000 at 4 messages a second beside a room of 2 at 20',
  rows: ['ours', 'ours-centrifuge'].map(server => beside(server, 4)),
  columns: [small.p50, small.p99, large.p50, large.p99, large.core],
  wanted: both(({ kind, ours }) => [
    figure(`${kind}: p99 of the small room`, [ours], { most: 15 }, pair => small.p99.of(pair[ours]), v => v.toFixed(1), 'ms'),
    figure(`${kind}: p99 of the small room, of the large room's`, [ours], { most: 0.25 }, pair => small.p99.of(pair[ours]) / large.p99.of(pair[ours]), times, '×'),
  ]),
};

const w20 = {
  name: 'W20',
  title: 'a room of 10,000 at 20 messages a second, more than the core can send one by one, beside the room of 2',
  rows: ['ours', 'ours-centrifuge'].map(server => beside(server, 20)),
  columns: [large.perSend, large.drift, small.p99, large.p50, large.p99, large.core],
  wanted: both(({ kind, ours }) => [
    figure(`${kind}: deliveries per read of the large room (it coalesces)`, [ours], { least: 1.1 }, pair => large.perSend.of(pair[ours]), times, ''),
    figure(`${kind}: resident growth under overload (a room's window, and as much again for the heap)`, [ours], { most: 2 * window },
      pair => large.drift.of(pair[ours]), inMiB, 'MiB'),
  ]),
};

// One in flight: each delivery is then one visit of one connection, and what grows is the cost of that visit, not the luck of how batches fall.
const sizes = [100, 1_000, 10_000];
const g = {
  name: 'G',
  title: '300,000 deliveries to 100, 1,000 and 10,000 clients, 128 bytes, one message in flight',
  rows: sizes.flatMap(clients => ['ours', 'limit'].map(server =>
    row(server, { clients, payload: 128, rate: 0, window: 1, spin: 1, 'warmup-sec': 1, messages: 300_000 / clients },
      `${server}-${clients}`, `${servers[server].title}, ${clients.toLocaleString('en')} clients`))),
  columns: [figures.cpuPerDelivery, figures.perCpuSecond, figures.p50, figures.serverCore],
  wanted: sizes.slice(1).map(clients => {
    const growth = (pair, server) => figures.cpuPerDelivery.of(pair[`${server}-${clients}`]) / figures.cpuPerDelivery.of(pair[`${server}-100`]);
    return figure(`plain: growth of CPU per delivery from 100 to ${clients.toLocaleString('en')} clients, of the C loop's growth`,
      ['ours', 'limit'].flatMap(server => [`${server}-100`, `${server}-${clients}`]), { most: 1.3 }, pair => growth(pair, 'ours') / growth(pair, 'limit'), times, '×');
  }),
};

const storming = server => ({
  name: server, title: servers[server].title, server,
  generators: {
    members: { room: 'bench', load: { clients: 100, payload: 128, rate: 20, 'warmup-sec': 2, duration: 6 } },
    crowd: { room: 'bench-crowd', load: { clients: 10_000, concurrency: 10_000, publish: 'none', duration: 0.1 }, startsIn: 'members' },
  },
});
const crowd = figures.part('crowd', figures.connecting, '10,000 connected after s'), members = figures.part('members', figures.p99, "members' p99 ms");
const storm = {
  name: 'storm',
  title: '10,000 connect at once, while 100 members of another room get 20 messages a second',
  rows: ['ours', 'channels'].map(storming),
  columns: [crowd, figures.part('members', figures.p50, "members' p50 ms"), members],
  wanted: [
    ratio('time until all are connected, of channel per connection', crowd, 'ours', 'channels', { most: 1.3 }),
    ratio("p99 of those already there, of channel per connection", members, 'ours', 'channels', { most: 1.3 }),
  ],
};

const start = {
  name: 'start',
  title: 'from starting the built server to its first 200 at /health/live',
  rows: [{ name: 'ours', title: 'this server', server: 'ours', measure: timeToFirstAnswer, seconds: 1.5 }],
  columns: [{ title: 's', of: r => r.seconds, show: times }],
  wanted: [figure('time to the first answer', ['ours'], { most: 1 }, pair => pair.ours.seconds, times, 's')],
};

const perCall = { title: 'CPU per call, µs', of: r => r.cpu_us_per_call, show: v => v.toFixed(1) };
const h = {
  name: 'H',
  title: '100 clients ask a handler over WebSocket, 128 bytes there and back, one call of each under way',
  rows: ['ours-handlers', 'signalr'].map(server => ({ name: server, title: server === 'signalr' ? 'ASP.NET Core SignalR, a hub method' : servers[server].title, server, measure: asked, seconds: 16 })),
  columns: [perCall, { title: 'calls/s, thousands', of: r => r.calls_per_s, show: v => (v / 1e3).toFixed(1) }, figures.p50, figures.p99, figures.serverCore],
  wanted: [ratio('CPU per call, of SignalR', perCall, 'ours-handlers', 'signalr', { most: 1.3 })],
};

const thousands = value => (value / 1e3).toFixed(0);
const l = {
  name: 'L',
  title: 'in process, fake transports: a fan-out of 1,000 by one and by two event loops',
  rows: [{ name: 'core', title: 'the core alone', on: 'all', seconds: 4.5 }],
  measure: inProcess('L'),
  columns: [
    { title: 'one loop, deliveries/s, thousands', of: r => r.one, show: thousands },
    { title: 'two loops, deliveries/s, thousands', of: r => r.two, show: thousands },
  ],
  wanted: [figure('two loops, of one', ['core'], { least: 1.6 }, pair => pair.core.ratio, times, '×')],
};

const r = {
  name: 'R',
  title: 'in process, fake transports: publications spread over 10,000 rooms of 1–3 members; 100,000 idle rooms',
  rows: [
    { name: 'core', title: 'on one core', on: 'server', seconds: 9 },
    { name: 'spread', title: 'on all cores, a loop on each', on: 'all', seconds: 9 },
  ],
  measure: inProcess('R'),
  columns: [
    { title: 'publications per CPU-second, thousands', of: r => r.publications_per_cpu_s, show: thousands },
    { title: 'bytes per idle room', of: r => r.bytes_per_idle_room, show: v => v.toFixed(0) },
  ],
  wanted: [
    figure('publications per CPU-second', ['core'], { least: 200_000 }, pair => pair.core.publications_per_cpu_s, thousands, 'thousand'),
    figure('memory of an idle room', ['core'], { most: 1_024 }, pair => pair.core.bytes_per_idle_room, v => v.toFixed(0), 'bytes'),
  ],
};

const share = value => value.toFixed(3), milliseconds = value => value.toFixed(2);
const m = {
  name: 'M',
  title: 'in process, sockets of TCP: a publication for one percent of a room of 10,000 against one for all of it',
  rows: [{ name: 'core', title: 'one event loop', on: 'server', seconds: 6 }],
  measure: inProcess('M'),
  columns: [
    { title: 'for all, ms', of: r => r.all_ms, show: milliseconds },
    { title: 'for one percent, ms', of: r => r.some_ms, show: milliseconds },
    { title: '64 at once, for all, ms each', of: r => r.all_at_once_ms, show: milliseconds },
    { title: '64 at once, for one percent, ms each', of: r => r.some_at_once_ms, show: milliseconds },
  ],
  wanted: [
    figure('for one percent, of sending to all', ['core'], { most: 0.1 }, pair => pair.core.ratio, share, '×'),
    figure('64 at once: for one percent, of sending to all', ['core'], { most: 0.1 }, pair => pair.core.ratio_at_once, share, '×'),
  ],
};

const n = {
  name: 'N',
  title: 'in process: who of 1,000,000 is within 10 km of a point, by the index of places',
  rows: [{ name: 'core', title: '1,000 questions', on: 'server', seconds: 4 }],
  measure: inProcess('N'),
  columns: [
    { title: 'in a random city, ms', of: r => r.median_ms, show: milliseconds },
    { title: 'in the largest one, ms', of: r => r.largest_ms, show: milliseconds },
    { title: 'a look at all, ms', of: r => r.all_ms, show: milliseconds },
    { title: 'found in the largest one', of: r => r.most, show: v => v.toLocaleString('en') },
    { title: 'bytes per place', of: r => r.bytes_each, show: v => v.toFixed(0) },
  ],
  wanted: [figure('in a random city, median', ['core'], { most: 1 }, pair => pair.core.median_ms, milliseconds, 'ms')],
};

const delivery = 'delivery/Broadcast.Load.Delivery.dll';
const perCpu = value => (value / 1e3).toFixed(0), bytes = value => value.toFixed(0);
const la = {
  name: 'LA',
  title: 'in process, fake transports: a fan-out by event loops and by an actor for each client',
  rows: [1_000, 10_000].map(clients => ({
    name: `${clients}`, title: `${clients.toLocaleString('en')} clients`, on: 'all', seconds: 9, program: delivery, options: ['--clients', `${clients}`],
  })),
  measure: inProcess('LA', delivery),
  columns: [
    { title: 'loops, deliveries per CPU-second, thousands', of: r => r.loops, show: perCpu },
    { title: 'actors, deliveries per CPU-second, thousands', of: r => r.actors, show: perCpu },
    { title: 'loops, one at a time', of: r => r.loops_one, show: perCpu },
    { title: 'actors, one at a time', of: r => r.actors_one, show: perCpu },
    { title: 'loops, heap bytes per client', of: r => r.loops_bytes, show: bytes },
    { title: 'actors, heap bytes per client', of: r => r.actors_bytes, show: bytes },
  ],
  wanted: [],
};

const backplanes = 'backplanes/Broadcast.Load.Backplanes.dll';
const p = {
  name: 'P',
  title: 'backplanes alone: publications of 128 bytes, 64 in flight',
  rows: [{ name: 'backplanes', title: 'publications/s, thousands', on: 'all', seconds: 11 }],
  measure: inProcess('P', backplanes),
  columns: [
    { title: 'memory', of: r => r.memory, show: thousands },
    { title: 'SQLite, `Power`', of: r => r.sqlite, show: thousands },
    { title: 'SQLite, `Process`', of: r => r.sqlite_process, show: thousands },
    { title: 'Redis', of: r => r.redis, show: thousands },
    { title: 'the script alone', of: r => r.script, show: thousands },
  ],
  wanted: [figure('Redis, of what the script alone reaches', ['backplanes'], { least: 0.7 }, pair => pair.backplanes.redis / pair.backplanes.script, times, '×')],
};

const published = { ...figures.perSecond, title: 'publications/s, thousands' };
const s = {
  name: 'S',
  title: 'one publisher, 64 messages of 128 bytes in flight, one member: what a backplane costs a node',
  rows: rows(['ours', 'ours-sqlite', 'ours-redis'], { ...closedLoop, spin: 0, clients: 1, window: 64 }),
  columns: [published, figures.p50, figures.p99, figures.serverCore],
  wanted: [ratio('SQLite: publications/s, of memory', published, 'ours-sqlite', 'ours', { least: 0.5 })],
};

const ar = {
  name: 'AR',
  title: 'scenario A through Redis: fan-out on a node is unchanged by the backplane',
  rows: rows(['ours', 'ours-redis'], { ...warm, spin: 0, clients: 1_000, window: 64 }),
  columns: throughput,
  wanted: [ratio('plain: per CPU-second, of the same in memory', figures.perCpuSecond, 'ours-redis', 'ours', { least: 0.9 })],
};

const micro = value => value.toFixed(0);
const t = {
  name: 'T',
  title: 'from a hub to a client on another node, through Redis, one at a time',
  rows: [{ name: 'backplanes', title: 'medians of 2,000', on: 'all', seconds: 4 }],
  measure: inProcess('T', backplanes),
  columns: [
    { title: 'node to node, µs', of: r => r.ours_us, show: micro },
    { title: 'a bare message, µs', of: r => r.bare_us, show: micro },
  ],
  wanted: [figure('node to node, of a bare message with the same client library', ['backplanes'], { most: 2 }, pair => pair.backplanes.ours_us / pair.backplanes.bare_us, times, '×')],
};

const br = {
  name: 'BR',
  title: 'scenario B through Redis',
  rows: rows(['ours', 'ours-redis'], { ...steady, spin: 0 }),
  columns: [figures.p50, figures.p99, figures.cpuPerDelivery, figures.serverCore],
  wanted: [
    ratio('plain: CPU per delivery, of the same in memory', figures.cpuPerDelivery, 'ours-redis', 'ours', { most: 1.1 }),
    ratio('plain: p99, of the same in memory', figures.p99, 'ours-redis', 'ours', { most: 1.5 }),
  ],
};

const ak = {
  name: 'AK',
  title: 'what writes to clients: event loops or an actor for each; 128 bytes, 64 messages in flight',
  rows: [1_000, 10_000].flatMap(clients => ['ours-akka-loops', 'ours-akka-actors'].map(server =>
    row(server, { ...warm, clients, window: 64 }, `${server}-${clients}`, `${servers[server].title}, ${clients.toLocaleString('en')} clients`))),
  columns: [figures.perCpuSecond, figures.perSecond, figures.p50, figures.p99, figures.perConnection, figures.connecting, figures.serverCore],
  wanted: [],
};

const v = {
  name: 'V',
  title: '10,000 clients of one room that looks different to eight classes of them; 128 bytes, one message in flight',
  rows: rows(['ours-views-0', 'ours-views-8'], { ...warm, clients: 10_000, window: 1 }),
  columns: [figures.cpuPerDelivery, figures.perSecond, figures.p50, figures.p99, figures.serverCore],
  wanted: [ratio('8 views: CPU per delivery, of none', figures.cpuPerDelivery, 'ours-views-8', 'ours-views-0', { most: 1.2 })],
};

export const scenarios = [a, a1, b, c, d, e2, w, w20, g, storm, start, h, l, la, r, m, n, p, t, s, ar, br, ak, v];
