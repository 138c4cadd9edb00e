// Clients of the application of tests/Broadcast.Example, each on one node: a plain socket with envelopes, and a stream of events.

import { createHmac } from 'node:crypto';
import { EventSource } from 'eventsource';
import WebSocket from 'ws';

export const secret = 'a secret of more than thirty-two bytes';
const patience = 120_000;

const encode = value => Buffer.from(JSON.stringify(value)).toString('base64url');

function tokenOf(user) {
  const text = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ sub: user, exp: Math.floor(Date.now() / 1_000) + 3_600 })}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

/** What a client heard, and a way to wait for more of it. */
class Heard {
  all = [];
  #waiting = new Set();

  add(item) {
    this.all.push(item);
    for (const look of this.#waiting) { look(); }
  }

  /** @returns the first that fits, heard already or still to come */
  find(fits) {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = this.all.find(fits);
        if (found === undefined) { return; }
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve(found);
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(look);
        reject(new Error(`Waited in vain for ${fits}; heard ${JSON.stringify(this.all)}`));
      }, patience);
      this.#waiting.add(look);
      look();
    });
  }
}

/** @returns a socket in a room of that node, which `ask`s handlers */
export async function person(node, { room = 'lobby', user, since } = {}) {
  const query = new URLSearchParams({ envelope: 1, ...user && { token: tokenOf(user) }, ...since && { since } });
  const socket = new WebSocket(`${node.base.replace(/^http/, 'ws')}/rooms/${room}/socket?${query}`);
  const heard = new Heard();
  socket.on('message', data => heard.add(JSON.parse(data)));
  socket.on('error', error => heard.add({ failed: error.message }));
  const closed = new Promise(resolve => socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() })));
  const { open } = await heard.find(each => each.open || each.failed);
  let ids = 0;
  return {
    id: open.client, socket, heard, closed,
    async ask(method, data) {
      const id = ++ids;
      socket.send(JSON.stringify({ id, rpc: { method, data } }));
      const { result, error } = await heard.find(each => each.id === id);
      if (error) { throw new Error(JSON.stringify(error)); }
      return result.data;
    },
    told: text => heard.find(each => each.message?.data.html.includes(text)),
    published: fits => heard.find(each => each.offset !== undefined && fits(each.data)).then(each => each.data),
    entries: () => heard.all.filter(each => each.offset !== undefined).map(each => each.data),
    close: () => socket.terminate(),
  };
}

/** @returns a stream of a room's events on that node */
export async function listener(node, room) {
  const source = new EventSource(`${node.base}/rooms/${room}/events`);
  const heard = new Heard();
  for (const name of ['connection', 'message']) { source.addEventListener(name, ({ type, data }) => heard.add({ type, data })); }
  const { data } = await heard.find(each => each.type === 'connection');
  return { id: /client (\w+)/.exec(data)[1], heard, close: () => source.close() };
}
