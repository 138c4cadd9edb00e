// The ways in and out of a room, each through a client that anyone may have.

import { spawn } from 'node:child_process';
import { EventSource } from 'eventsource';
import WebSocket from 'ws';
import { Inbox, patience, within } from './wait.mjs';

export const path = (room, rest) => `/rooms/${encodeURIComponent(room)}/${rest}`;

export class Ways {
  #open = new Set();

  constructor(base) { this.base = base; }

  closeAll() {
    for (const close of this.#open) { close(); }
    this.#open.clear();
  }

  address(rest, query = {}) {
    const url = new URL(this.base + rest);
    for (const [name, value] of Object.entries(query)) { for (const each of [value].flat()) { url.searchParams.append(name, each); } }
    return url.href;
  }

  async post(room, body, { type = 'text/plain; charset=utf-8', query = {}, headers = {} } = {}) {
    return fetch(this.address(path(room, 'messages'), query), { method: 'POST', body, headers: { 'Content-Type': type, ...headers } });
  }

  async publish(room, body, options) {
    const response = await this.post(room, body, options);
    const answer = await response.json();
    if (response.status !== 200) { throw new Error(`POST was answered ${response.status}: ${JSON.stringify(answer)}`); }
    return answer;
  }

  async read(room, query) { return (await fetch(this.address(path(room, 'messages'), query))).json(); }

  /** A bare socket: frames in `frames` as `{text}` or `{binary}`. */
  async bare(room, query = {}, options = {}) {
    const frames = new Inbox(`bare socket of ${room}`);
    const socket = await this.#socket(room, query, options, (data, binary) => frames.add(binary ? { binary: data } : { text: data.toString() }));
    return { socket, frames, closed: socket.closed };
  }

  /** An envelope socket: every object the server said in `said`; `command` resolves with the answer. */
  async envelope(room, query = {}, options = {}) {
    const said = new Inbox(`envelope socket of ${room}`);
    const publications = new Inbox(`publications of ${room}`);
    const socket = await this.#socket(room, { envelope: 1, ...query }, options, data => {
      const object = JSON.parse(data);
      said.add(object);
      if (object.offset !== undefined) { publications.add(object); }
    });
    await said.count(1);
    let ids = 0;
    const command = async what => {
      const id = ++ids;
      socket.send(JSON.stringify({ id, ...what }));
      return said.find(answer => answer.id === id);
    };
    return { socket, said, publications, command, closed: socket.closed };
  }

  async #socket(room, query, options, onMessage) {
    const socket = new WebSocket(this.address(path(room, 'socket'), query).replace(/^http/, 'ws'), options);
    this.#open.add(() => socket.terminate());
    socket.on('message', onMessage);
    socket.closed = new Promise(resolve => socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() })));
    await within(patience, new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('unexpected-response', (_, response) => reject(Object.assign(new Error(`refused with ${response.statusCode}`), { status: response.statusCode })));
      socket.once('error', reject);
    }), () => `The socket of ${room} did not open.`);
    return socket;
  }

  /** Server-sent events of one room or several, through the npm client. */
  async events(rooms, query = {}, { names = [], base = this.base } = {}) {
    const several = Array.isArray(rooms);
    const url = (several ? this.address('/events', { room: rooms, ...query }) : this.address(path(rooms, 'events'), query)).replace(this.base, base);
    const events = new Inbox(`events of ${rooms}`);
    const opens = new Inbox(`opens of ${rooms}`);
    const source = new EventSource(url);
    this.#open.add(() => source.close());
    for (const name of ['message', 'binary', 'gap', 'source', ...names]) {
      source.addEventListener(name, ({ type, data, lastEventId }) => events.add({ type, data, id: lastEventId }));
    }
    source.addEventListener('open', () => opens.add('open'));
    await opens.count(1);
    return { source, events, opens };
  }

  /** `curl -N` on an event stream: its blocks, as lines. */
  curlEvents(room, query = {}, ...args) {
    const blocks = new Inbox(`curl -N of ${room}`);
    const child = spawn('curl', ['-sS', '-N', ...args, this.address(path(room, 'events'), query)], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#open.add(() => child.kill());
    let rest = '';
    child.stdout.setEncoding('utf8').on('data', chunk => {
      const parts = (rest + chunk).split('\n\n');
      rest = parts.pop();
      for (const part of parts) { blocks.add(part.split('\n')); }
    });
    return { blocks };
  }

  /** curl, run to its end. */
  async curl(...args) {
    const child = spawn('curl', ['-sS', '--max-time', String(patience / 1_000), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '', complaints = '';
    child.stdout.setEncoding('utf8').on('data', chunk => { out += chunk; });
    child.stderr.setEncoding('utf8').on('data', chunk => { complaints += chunk; });
    const code = await new Promise((resolve, reject) => { child.once('error', reject); child.once('close', resolve); });
    if (code !== 0) { throw new Error(`curl ended with ${code}: ${complaints}`); }
    return out;
  }
}
