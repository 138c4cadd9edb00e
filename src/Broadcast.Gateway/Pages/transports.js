// The two ways to listen: both open at a position and report in the same words.

import { address, roomPath } from './server.js';
import { parse } from './position.js';

export const socket = {
  name: 'WebSocket',
  pauses: true,
  open(room, since, on) {
    const connection = new WebSocket(address(roomPath(room, 'socket'), { envelope: 1, since }, 'ws'));
    const answers = new Map();
    let lastId = 0;
    connection.onmessage = event => {
      const said = JSON.parse(event.data);
      if (said.offset !== undefined) { on.publication(said, parse(said.position)); }
      else if (said.open) { on.open(); }
      else if (said.gap) { on.gap(said.gap); }
      else if (said.source) { on.source(said.source); }
      else if (said.result || said.error) { answers.get(said.id)?.(said); answers.delete(said.id); }
    };
    connection.onclose = event => on.closed(event.code, event.reason);
    return {
      command(command) {
        const id = ++lastId;
        connection.send(JSON.stringify({ id, ...command }));
        return new Promise(resolve => answers.set(id, resolve));
      },
      // A page cannot pull the plug: it stops listening at once, and the closing handshake goes unheard.
      drop() {
        connection.onmessage = connection.onclose = null;
        connection.close();
      },
    };
  },
};

export const events = (...names) => ({
  name: 'SSE',
  pauses: false,
  open(room, since, on) {
    const source = new EventSource(address(roomPath(room, 'events'), { since }));
    source.onopen = () => on.open();
    for (const name of ['message', 'binary', ...names]) {
      source.addEventListener(name, event => on.publication({ event: name, data: event.data }, parse(event.lastEventId)));
    }
    source.addEventListener('gap', event => on.gap(JSON.parse(event.data).gap));
    source.addEventListener('source', event => on.source(JSON.parse(event.data).source));
    // EventSource would reconnect by itself with Last-Event-ID, but every 5 s for ever and without saying when.
    source.onerror = () => { source.close(); on.closed(1006, ''); };
    return { drop() { source.close(); } };
  },
});
