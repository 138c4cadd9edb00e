// What a figure is called, how it comes out of a line of the generator, and how it is shown. `of` gets one run's result.

const digits = count => value => value.toLocaleString('en', { minimumFractionDigits: count, maximumFractionDigits: count });
const short = value => digits(Math.abs(value) < 10 ? 1 : 0)(value);
const inThousands = value => digits(value < 1e5 ? 1 : 0)(value / 1e3);
const inMegabytes = value => digits(1)(value / 1e6);

export const perCpuSecond = { title: 'deliveries per CPU-second, thousands', of: r => r.deliveries_per_cpu_s, show: inThousands };
export const perSecond = { title: 'deliveries/s, thousands', of: r => r.deliveries_per_s, show: inThousands };
export const cpuPerDelivery = { title: 'CPU per delivery, µs', of: r => 1e6 / r.deliveries_per_cpu_s, show: digits(2) };
export const p50 = { title: 'p50 ms', of: r => r.lat_ms.p50, show: short };
export const p99 = { title: 'p99 ms', of: r => r.lat_ms.p99, show: short };
export const perSend = { title: 'deliveries per read', of: r => r.deliveries_per_recv, show: digits(1) };
export const serverCore = { title: 'server core', of: r => 100 * r.server_util, show: value => `${digits(0)(value)} %` };
export const generatorCore = { title: 'generator core', of: r => 100 * r.gen_util, show: value => `${digits(0)(value)} %` };
export const perConnection = { title: 'resident bytes per connection', of: r => r.rss_per_conn, show: digits(0) };
export const connecting = { title: 'connecting s', of: r => r.connect_s, show: digits(2) };
export const residentEmpty = { title: 'resident before, MB', of: r => r.rss_start, show: inMegabytes };
/** From all being connected to the last delivery. */
export const residentGrowth = { title: 'resident growth, MB', of: r => r.rss_after - r.rss_idle, show: inMegabytes };
/** From the end of the warm-up to the last delivery. */
export const residentDrift = { title: 'resident growth, MB', of: r => r.rss_after - r.rss_before, show: inMegabytes };
/** Both ends of each connection: they are on the same machine. */
export const kernelGrowth = { title: 'kernel TCP growth, MB', of: r => (r.kernel_tcp_mb[2] - r.kernel_tcp_mb[1]) * 1e6, show: inMegabytes };
export const stalledClosed = { title: 'stalled closed', of: r => r.stalled_closed, show: digits(0) };

/** A figure of one of two generators that ran together. */
export const part = (name, figure, title = `${name}: ${figure.title}`) => ({ ...figure, title, of: r => figure.of(r[name]) });

/** The generators' own results in a run: one, or several by name. */
export const parts = result => 'expected' in result ? [result] : Object.values(result).filter(value => value && typeof value === 'object' && 'expected' in value);

/** What must not be: [missing, duplicate, reordered, corrupt, connections lost]. */
export function losses(result) {
  const sum = pick => parts(result).reduce((total, r) => total + pick(r), 0);
  return [sum(r => r.missing), sum(r => r.duplicates), sum(r => r.reordered), sum(r => r.corrupt), sum(r => r.closed)];
}
