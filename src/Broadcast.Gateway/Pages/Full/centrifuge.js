// A way to listen, as those of the first page: through the npm `centrifuge` client, one client for each subscription.

import { Centrifuge } from 'centrifuge';
import { format, parse } from '../position.js';
import { address, pauseClient } from '../server.js';

export const newClient = () => new Centrifuge(address('connection/websocket', {}, 'ws'), { timeout: 10_000 });

export const centrifuge = {
  name: 'centrifuge',
  pauses: true,
  /** A hole that a rule makes by design is seen from the offsets only. */
  jumps: 'untold',
  open(room, since, on) {
    const client = newClient();
    let { offset, epoch } = parse(since);
    let id = '', opened = false;
    const subscription = client.newSubscription(room, { since: { offset, epoch } });
    client.on('connected', ({ client: name }) => { id = name; });
    client.on('message', ({ data }) => { if (data.source) { on.source(data.source); } });
    subscription.on('subscribed', ({ wasRecovering, recovered, streamPosition: at }) => {
      if (!opened) { opened = true; on.open(); }
      if (at && wasRecovering && !recovered) {
        const from = at.epoch === epoch ? { offset: offset + 1, epoch } : { offset, epoch };
        on.gap({ from: format(from), to: format(at), reason: at.epoch === epoch ? 'expired' : 'epoch' });
        offset = at.offset;
      }
      epoch = at?.epoch ?? epoch;
    });
    subscription.on('publication', ({ data, offset: next }) => {
      offset = next;
      on.publication(contentOf(data), { offset, epoch });
    });
    // The node says that something was left out; the client asks for it again, from where it was.
    subscription.on('subscribing', ({ code }) => { if (opened && code >= 2500) { on.again(); } });
    subscription.on('unsubscribed', ({ code, reason }) => on.closed(code === 103 ? 3507 : 3500, reason));
    // The feed comes back by itself, for all ways alike.
    client.on('connecting', ({ code, reason }) => { if (id !== '') { on.closed(code < 3000 ? 1006 : code, reason); } });
    client.on('error', () => { if (!opened) { on.closed(1006, ''); } });
    client.on('disconnected', ({ code, reason }) => on.closed(code, reason));
    subscription.subscribe();
    client.connect();
    return {
      command: ({ pause }) => pauseClient(id, room, Boolean(pause)),
      drop() {
        client.removeAllListeners();
        subscription.removeAllListeners();
        client.disconnect();
      },
    };
  },
};

function contentOf(data) {
  if (typeof data === 'string') { return { kind: 'text', data }; }
  return typeof data?.b64 === 'string' ? { kind: 'binary', b64: data.b64 } : { kind: 'json', data };
}
