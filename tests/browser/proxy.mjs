// A wire that can be cut: forwards TCP to the node.

import { connect, createServer } from 'node:net';
import { once } from 'node:events';

export async function openProxy(base) {
  const { hostname, port } = new URL(base);
  const sockets = new Set();
  let isDown = false;
  const server = createServer(near => {
    if (isDown) { near.on('error', () => {}); near.resetAndDestroy(); return; }
    const far = connect(Number(port), hostname);
    for (const [one, other] of [[near, far], [far, near]]) {
      sockets.add(one);
      one.pipe(other);
      one.on('error', () => {});
      one.on('close', () => { sockets.delete(one); other.destroy(); });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    base: `http://127.0.0.1:${server.address().port}`,
    /** Resets every connection, as when a network goes away: what was under way is lost. */
    cut() { for (const socket of sockets) { socket.resetAndDestroy(); } },
    /** The same, and nobody gets through until it is up again. */
    down() { isDown = true; this.cut(); },
    up() { isDown = false; },
    /** Ends every connection after what was said before. */
    end() { for (const socket of sockets) { socket.end(); } },
    close() { this.cut(); server.close(); },
  };
}
