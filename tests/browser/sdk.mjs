// Clients of the Centrifuge protocol: the npm SDK as anyone would use it, and a bare socket that says exactly what a test wants said.

import { createHmac } from 'node:crypto';
import { Centrifuge } from 'centrifuge';
import WebSocket from 'ws';
import { Inbox, patience, within } from './wait.mjs';

export const secret = 'a secret of more than thirty-two bytes';
export const apiKey = 'an-api-key-of-24-letters';

const encode = value => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token that is good for `life` seconds, or as long as the claims say. */
export function tokenOf(claims, { life, key = secret } = {}) {
  const exp = life === undefined ? {} : { exp: Math.floor(Date.now() / 1000) + life };
  const text = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ ...exp, ...claims })}`;
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
}

export const address = base => `${base.replace(/^http/, 'ws')}/connection/websocket`;

export class Clients {
  #open = new Set();

  constructor(base) { this.base = base; }

  closeAll() {
    for (const close of this.#open) { close(); }
    this.#open.clear();
  }

  /** An SDK client that is not connected yet, and what it tells. */
  client({ base = this.base, ...options } = {}) {
    const client = new Centrifuge(address(base), { websocket: WebSocket, minReconnectDelay: 10, maxReconnectDelay: 100, timeout: patience, maxServerPingDelay: patience, ...options });
    this.#open.add(() => client.disconnect());
    const heard = inboxes('client', client, 'connected', 'connecting', 'disconnected', 'error', 'subscribed', 'publication', 'message', 'join', 'leave');
    return Object.assign(client, { heard });
  }

  async connected(options) {
    const client = this.client(options);
    client.connect();
    await client.heard.connected.count(1);
    return client;
  }

  /** A subscription that is not begun yet, and what it tells. */
  subscription(client, room, options = {}) {
    const sub = client.newSubscription(room, { minResubscribeDelay: 10, maxResubscribeDelay: 100, ...options });
    return Object.assign(sub, { heard: inboxes(room, sub, 'subscribed', 'subscribing', 'unsubscribed', 'publication', 'join', 'leave', 'error') });
  }

  async subscribed(client, room, options) {
    const sub = this.subscription(client, room, options);
    sub.subscribe();
    await sub.heard.subscribed.count(1);
    return sub;
  }

  /** A socket without the SDK: every object the server said in `said`; `ask` resolves with the answer. */
  async raw({ base = this.base, headers = {}, answersPings = false } = {}) {
    const said = new Inbox('what the server said');
    const socket = new WebSocket(address(base), { headers });
    this.#open.add(() => socket.terminate());
    const closed = new Promise(resolve => socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() })));
    socket.on('message', data => {
      for (const line of data.toString().split('\n')) {
        if (answersPings && line === '{}') { socket.send('{}'); }
        said.add(JSON.parse(line));
      }
    });
    await within(patience, new Promise((resolve, reject) => { socket.once('open', resolve); socket.once('error', reject); }), () => 'The socket did not open.');
    let ids = 100;
    return {
      socket, said,
      closed: () => within(patience, closed, () => 'The socket was not closed.'),
      send: (...commands) => socket.send(commands.map(each => typeof each === 'string' ? each : JSON.stringify(each)).join('\n')),
      ask(what) {
        const id = ++ids;
        socket.send(JSON.stringify({ id, ...what }));
        return said.find(answer => answer.id === id);
      },
    };
  }

  /** As `raw`, after it was let in. */
  async rawConnected({ token, ...options } = {}) {
    const raw = await this.raw(options);
    const { connect } = await raw.ask({ connect: { token } });
    return { ...raw, connect };
  }
}

function inboxes(name, emitter, ...events) {
  return Object.fromEntries(events.map(event => {
    const inbox = new Inbox(`${event} of ${name}`);
    emitter.on(event, context => inbox.add(context));
    return [event, inbox];
  }));
}
