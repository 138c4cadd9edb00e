// A way to listen, as those of the first page: through the browser's own EventSource and nothing else.

import { parse } from '../position.js';
import { address, pauseClient, roomPath } from '../server.js';

export const eventSource = {
  name: 'EventSource',
  pauses: true,
  /** It hands over only events whose names it was told. */
  jumps: 'unheard',
  open(room, since, on) {
    const source = new EventSource(address(roomPath(room, 'events'), { since, envelope: 1 }));
    let id = '';
    const hear = (name, then) => source.addEventListener(name, event => then(event.data, event.lastEventId));
    // Not when the answer begins: without its id the connection cannot be paused.
    hear('connection', words => { id = words.split(' ').at(-1); on.open(); });
    hear('message', (data, position) => on.publication(JSON.parse(data), parse(position)));
    hear('gap', data => on.gap(JSON.parse(data).gap));
    hear('source', data => on.source(JSON.parse(data).source));
    // It would reconnect by itself with Last-Event-ID, but every 5 s for ever and without saying when.
    source.onerror = () => { source.close(); on.closed(1006, ''); };
    return {
      command: ({ pause }) => pauseClient(id, room, Boolean(pause)),
      drop() { source.close(); },
    };
  },
};
