// Who takes part: how a server is started, and how the generator speaks to it. All listen on the same port, one at a time.

export const port = 9020;
const redisPort = 9021;
const at = `127.0.0.1:${port}`;
const node = ['server/Broadcast.Server', '--urls', `http://${at}`, '--settings', 'node.json'];
const akka = settings => ['akka/Broadcast.Server', '--urls', `http://${at}`, '--settings', settings, '--cluster', '127.0.0.1:9022'];
const views = count => ['views/Broadcast.Load.Views', `${count}`, '--urls', `http://${at}`];
const limit = ['limit', `${port}`, '-k', '64'];
const subscribeAt = path => ['--url', at + path];
const publishAt = path => ['--pub-path', path];

const plain = room => [...subscribeAt(`/rooms/${room}/socket`), ...publishAt(`/rooms/${room}/socket`)];

/** What a Centrifuge client gets for one publication; {p} is the payload, as in the generator's --pub-frame. */
const push = room => `{"push":{"channel":"${room}","pub":{"data":"{p}","info":{"user":"","client":"${'0'.repeat(32)}"},"offset":12345}}}`;

/**
 * title     for the tables
 * short     for the picture
 * command   a file of the artifacts folder and its arguments; .dll files are run by dotnet
 * fresh     folders that are emptied before
 * beside    what runs beside it, on the generator's core, with its port
 * generator options for one room; servers without rooms have the one
 * asking    options of tests/load/requests
 */
export const servers = {
  'ours': {
    title: 'this server, plain sockets',
    short: 'this server',
    command: node,
    generator: plain,
  },
  'ours-centrifuge': {
    title: 'this server, Centrifuge JSON',
    short: 'this server, Centrifuge',
    command: node,
    generator: room => [
      ...subscribeAt('/connection/websocket'),
      '--hello', `{"id":1,"connect":{}}\n{"id":2,"subscribe":{"channel":"${room}"}}`, '--ready', '"id":2,"subscribe"', '--reply', '{}=>{}',
      ...publishAt('/connection/websocket'), '--pub-hello', '{"id":1,"connect":{}}', '--pub-ready', '"id":1,"connect"',
      '--pub-frame', `{"id":3,"publish":{"channel":"${room}","data":"{p}"}}`],
  },
  'ours-sqlite': {
    title: 'this server, histories in SQLite',
    short: 'this server, SQLite',
    command: [...node, '--data', 'data'],
    fresh: ['data'],
    generator: plain,
  },
  'ours-redis': {
    title: 'this server, rooms in Redis',
    short: 'this server, Redis',
    command: [...node, '--redis', `127.0.0.1:${redisPort}`],
    beside: { port: redisPort, command: ['redis-server', '--port', `${redisPort}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'] },
    generator: plain,
  },
  'ours-views-0': {
    title: 'this server in an application, no views',
    short: 'this server, no views',
    command: views(0),
    generator: plain,
  },
  'ours-views-8': {
    title: 'this server in an application, 8 views of the room',
    short: 'this server, 8 views',
    command: views(8),
    generator: plain,
  },
  'ours-akka-loops': {
    title: 'this server on Akka.NET, event loops write',
    short: 'this server, Akka.NET',
    command: akka('node.json'),
    generator: plain,
  },
  'ours-akka-actors': {
    title: 'this server on Akka.NET, an actor for each client writes',
    short: 'this server, actors',
    command: akka('node-actors.json'),
    generator: plain,
  },
  'ours-handlers': {
    title: 'this server, a handler',
    short: 'this server, handler',
    command: ['handlers/Broadcast.Load.Handlers.dll'],
    asking: [`ws://${at}/rooms/bench/socket?envelope=1`, '--frame', '{"id":1,"rpc":{"method":"Echo","data":"{p}"}}'],
  },
  'limit': {
    title: '`limit`, a C loop that only sends',
    short: 'C loop',
    command: limit,
    generator: () => [...subscribeAt('/sub'), ...publishAt('/pub')],
  },
  // The same loop sends the bytes a Centrifuge client would get: what the protocol's longer frames cost the kernel is in both.
  'limit-centrifuge': {
    title: '`limit`, frames as long as those of Centrifuge JSON',
    short: 'C loop, Centrifuge frames',
    command: limit,
    generator: room => [...subscribeAt('/sub'), ...publishAt('/pub'), '--pub-frame', push(room)],
  },
  'loop': {
    title: '`loop`, the design in 80 lines',
    short: 'the design in 80 lines',
    command: ['loop/loop.dll'],
    generator: () => [...subscribeAt('/sub'), ...publishAt('/pub')],
  },
  'bun': {
    title: 'Bun, `server.publish`',
    short: 'Bun',
    command: ['bun/node_modules/bun/bin/bun.exe', 'bun/bun.js'],
    generator: () => [...subscribeAt('/sub'), ...publishAt('/pub')],
  },
  'channels': {
    title: 'ASP.NET Core, a channel and a task per connection',
    short: 'channel per connection',
    command: ['channels/channels.dll'],
    generator: room => [...subscribeAt(`/sub/${room}`), ...publishAt(`/pub/${room}`)],
  },
  'signalr': {
    title: 'ASP.NET Core SignalR, `Clients.All`',
    short: 'SignalR',
    command: ['signalr/signalr.dll'],
    generator: () => {
      const hello = '{"protocol":"json","version":1}\x1e', ping = '{"type":6}\x1e';
      return [
        ...subscribeAt('/hub'), '--hello', hello, '--ready', '{}', '--reply', `${ping}=>${ping}`,
        ...publishAt('/hub'), '--pub-hello', hello, '--pub-ready', '{}', '--pub-frame', '{"type":1,"target":"P","arguments":["{p}"]}\x1e'];
    },
    asking: [
      `ws://${at}/hub`, '--hello', '{"protocol":"json","version":1}\x1e', '--frame', '{"type":1,"invocationId":"1","target":"Echo","arguments":["{p}"]}\x1e'],
  },
};
