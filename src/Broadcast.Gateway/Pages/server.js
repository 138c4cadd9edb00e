// Requests to the node this page came from. Addresses are relative to the page, so that a path in front of it does no harm.

export function address(path, query = {}, scheme = '') {
  const url = new URL(path, document.baseURI);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null) { url.searchParams.set(name, value); }
  }
  if (scheme === 'ws') { url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'; }
  return url.href;
}

export const roomPath = (room, rest) => `rooms/${encodeURIComponent(room)}/${rest}`;

/** The server said no, in words. `status` is 0 if it said nothing at all. */
export class Refusal extends Error {
  constructor(status, message) { super(message); this.status = status; }
}

export async function ask(path, query, options = {}) {
  let response;
  try {
    response = await fetch(address(path, query), { cache: 'no-store', signal: AbortSignal.timeout(10_000), ...options });
  } catch {
    throw new Refusal(0, 'The server does not answer.');
  }
  if (response.status === 204) { return {}; }
  const answer = await response.json().catch(() => null);
  if (!response.ok || answer === null) {
    throw new Refusal(response.status, answer?.error?.message ?? `The server answered ${response.status} ${response.statusText}`.trim() + '.');
  }
  return answer;
}

export const recentMessages = (room, limit) => ask(roomPath(room, 'messages'), { reverse: true, limit });
export const headOf = async room => (await ask(roomPath(room, 'messages'), { limit: 0 })).position;

/** What not everyone may ask is asked until the first no: null from then on. */
const refused = new Set();
async function askIfAllowed(what, path) {
  if (refused.has(what)) { return null; }
  try {
    return await ask(path);
  } catch (refusal) {
    if (refusal.status >= 400 && refusal.status < 500) { refused.add(what); }
    return null;
  }
}

/** @returns a number, or null if it is not to be had */
export const presenceOf = async room => (await askIfAllowed('presence', roomPath(room, 'presence')))?.count ?? null;
/** @returns a list, or null if it is not to be had */
export const sources = async () => (await askIfAllowed('sources', 'sources'))?.sources ?? null;

/** Holds back one subscription on the node, as operators may, or lets it go on. */
export const pauseClient = (client, room, pause) => ask(`connections/${client}/${pause ? 'pause' : 'resume'}`, { room }, { method: 'POST' })
  .catch(refusal => ({ error: refusal }));

/** Two words stand for a random key where `crypto.randomUUID` needs HTTPS. */
export const randomKey = () => Array.from(crypto.getRandomValues(new Uint32Array(4)), word => word.toString(36)).join('');

export const publish = (room, body, kind, key) => ask(roomPath(room, 'messages'), {}, {
  method: 'POST',
  body,
  headers: {
    'Content-Type': kind === 'json' ? 'application/json' : 'text/plain; charset=utf-8',
    'Idempotency-Key': key,
  },
});
