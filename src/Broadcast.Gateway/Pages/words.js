// What codes, numbers and bytes are called on this page.

const decimal = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

export const number = value => whole.format(value);
export const count = (value, one, many = `${one}s`) => `${number(value)} ${value === 1 ? one : many}`;

const scaled = (value, step, units) => {
  let unit = 0;
  while (Math.abs(value) >= step * 0.9995 && unit < units.length - 1) { value /= step; unit++; }
  return `${(value >= 100 || unit === 0 ? whole : decimal).format(value)} ${units[unit]}`;
};

export const bytes = value => scaled(value, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB']);
export const bytesPerSecond = value => scaled(value, 1000, ['B/s', 'kB/s', 'MB/s', 'GB/s']);
export const percent = value => `${(value < 9.95 ? decimal : whole).format(value)} %`;
export const perSecond = value => `${(value < 10 ? decimal : whole).format(value)} per second`;

export const clock = time => new Date(time).toLocaleTimeString('en-GB');
export function ago(time, now = Date.now()) {
  const seconds = Math.max(0, Math.round((now - time) / 1000));
  if (seconds < 1) { return 'just now'; }
  if (seconds < 90) { return `${seconds} s ago`; }
  return seconds < 5400 ? `${Math.round(seconds / 60)} min ago` : `at ${clock(time)}`;
}

export function duration(seconds) {
  const [length, unit] = [[86_400, 'day'], [3_600, 'hour'], [60, 'minute'], [1, 'second']].find(([each]) => seconds >= 2 * each) ?? [1, 'second'];
  return count(Math.floor(seconds / length), unit);
}

export const range = (from, to) => from === to ? number(from) : `${number(from)} to ${number(to)}`;

const gapReasons = {
  behind: 'this client was too far behind',
  latest: 'the room sends only the latest',
  conflated: 'the room sends only the newest of each key',
  expired: 'older than what the room keeps',
  epoch: 'the room lost its history and counts anew',
  ahead: 'the position was newer than anything the room has',
  unheard: 'named events for which nothing listens here',
  untold: 'left out by the rule of the room, which this protocol does not announce',
  unannounced: 'and the server did not say so',
};
export const gapReason = reason => gapReasons[reason] ?? reason;

const closeCodes = {
  1000: 'the connection was closed',
  1001: 'the other side went away',
  1002: 'something broke the WebSocket protocol',
  1006: 'the connection broke off',
  1007: 'a text was not valid UTF-8',
  1009: 'a message was too big',
  3001: 'the node is being stopped',
  3004: 'the room could not be opened',
  3008: 'this client fell too far behind',
  3010: 'the node cannot read the history',
  3012: 'this client did not answer a ping',
  3507: 'publishing is not permitted here',
};
export const closeCode = (code, reason) => closeCodes[code] ?? (reason || `the connection was closed with code ${code}`);
