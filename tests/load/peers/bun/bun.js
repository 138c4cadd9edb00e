// Bun's own publish and subscribe: every subscriber joins one topic; a frame from /pub is published to it.
const server = Bun.serve({
  port: 9020, hostname: '127.0.0.1',
  fetch: (request, server) => server.upgrade(request, { data: { publisher: new URL(request.url).pathname === '/pub' } }) ? undefined : new Response('no', { status: 400 }),
  websocket: {
    perMessageDeflate: false, idleTimeout: 960,
    open(socket) { if (!socket.data.publisher) { socket.subscribe('bench'); } },
    message(socket, message) { if (socket.data.publisher) { server.publish('bench', message); } },
  },
});
