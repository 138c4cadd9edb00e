// The ways into a room, each through a client that anyone may have. Each is open(base, room, since, told) and gives a function that ends it; `told` gets
//   letIn(client, position)    the server named the client, and where it begins
//   publication(position, payload), gap({ from, to, reason })
//   ended(why)                 it goes on elsewhere; called once or more

import { Centrifuge } from 'centrifuge';
import { EventSource } from 'eventsource';
import WebSocket from 'ws';
import { positionOf, textOf } from './positions.mjs';

const address = (base, room, rest) => `${base}/rooms/${encodeURIComponent(room)}/${rest}`;

/** The npm SDK; a room that it cannot go on in is told by what its subscription says it recovered. */
function centrifuge(base, room, since, told) {
  const client = new Centrifuge(`${base.replace(/^http/, 'ws')}/connection/websocket`, { websocket: WebSocket });
  const subscription = client.newSubscription(room, { positioned: true, recoverable: true, minResubscribeDelay: 100, maxResubscribeDelay: 1_000, ...since && { since } });
  let id, position = since;
  client.on('connected', context => { id = context.client; });
  subscription.on('subscribed', ({ wasRecovering, recovered, streamPosition }) => {
    if (wasRecovering && !recovered) {
      const reason = streamPosition.epoch === position.epoch ? 'expired' : 'epoch';
      told.gap({ from: { ...position, offset: position.offset + 1 }, to: streamPosition, reason });
    }
    position = wasRecovering && recovered ? position : streamPosition;
    told.letIn(id, position);
  });
  subscription.on('publication', ({ offset, data }) => {
    position = { offset, epoch: position.epoch };
    told.publication(position, data);
  });
  subscription.on('unsubscribed', ({ code, reason }) => told.ended(`${code} ${reason}`));
  client.on('connecting', ({ code, reason }) => { if (code !== 0) { told.ended(`${code} ${reason}`); } });
  client.on('disconnected', ({ code, reason }) => told.ended(`${code} ${reason}`));
  client.on('error', ({ error }) => told.ended(`${error.code} ${error.message}`));
  subscription.subscribe();
  client.connect();
  return () => client.disconnect();
}

/** A plain socket with envelopes. */
function socket(base, room, since, told) {
  const socket = new WebSocket(`${address(base, room, 'socket').replace(/^http/, 'ws')}?envelope=1${since ? `&since=${textOf(since)}` : ''}`);
  socket.on('message', data => {
    const said = JSON.parse(data);
    if (said.open) {
      told.letIn(said.open.client, positionOf(said.open.position));
    } else if (said.gap) {
      told.gap({ from: positionOf(said.gap.from), to: positionOf(said.gap.to), reason: said.gap.reason });
    } else if (said.position) {
      told.publication(positionOf(said.position), said.data);
    }
  });
  socket.on('error', error => told.ended(error.message));
  socket.on('close', (code, reason) => told.ended(`${code} ${reason}`));
  return () => socket.terminate();
}

/** Server-sent events through the npm client. What another stream saw last is said in the header with which a stream comes back. */
function events(base, room, since, told) {
  const source = new EventSource(address(base, room, 'events'), {
    fetch: (url, init) => fetch(url, { ...init, headers: { ...since && { 'Last-Event-ID': textOf(since) }, ...init.headers } }),
  });
  source.addEventListener('connection', ({ data, lastEventId }) => told.letIn(/client (\w+)/.exec(data)[1], positionOf(lastEventId)));
  source.addEventListener('message', ({ data, lastEventId }) => told.publication(positionOf(lastEventId), data));
  source.addEventListener('gap', ({ data }) => {
    const { gap } = JSON.parse(data);
    told.gap({ from: positionOf(gap.from), to: positionOf(gap.to), reason: gap.reason });
  });
  source.addEventListener('error', ({ code, message }) => told.ended(`${code ?? ''} ${message ?? 'the stream ended'}`.trim()));
  return () => source.close();
}

export const ways = [centrifuge, socket, events];
