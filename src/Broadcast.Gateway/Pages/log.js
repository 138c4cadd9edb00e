// The list of messages. What others wrote becomes text, never markup.

import { clock, number } from './words.js';

const keep = 300;
const longest = 2_000;

export class MessageLog {
  #list; #empty; #queue = []; #pending = false;

  constructor(list, empty) { this.#list = list; this.#empty = empty; }

  clear() { this.#queue = []; this.#list.replaceChildren(); this.#empty.hidden = false; }

  message(publication, status) {
    const row = document.createElement('li');
    row.className = `message ${status}`;
    row.append(
      part('span', 'offset', number(publication.offset)),
      body(publication),
      part('time', '', status === 'past' ? 'earlier' : clock(Date.now())));
    this.add(row);
  }

  mark(words, tone) {
    const row = document.createElement('li');
    row.className = `mark ${tone}`;
    row.append(part('span', '', words));
    this.add(row);
  }

  add(row) {
    this.#queue.push(row);
    if (this.#queue.length > keep) { this.#queue.shift(); }
    if (this.#pending) { return; }
    this.#pending = true;
    requestAnimationFrame(() => {
      this.#pending = false;
      const list = this.#list;
      const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
      list.append(...this.#queue);
      this.#queue = [];
      while (list.childElementCount > keep) { list.firstElementChild.remove(); }
      this.#empty.hidden = list.childElementCount > 0;
      if (atEnd) { list.scrollTop = list.scrollHeight; }
    });
  }
}

export function part(name, className, words) {
  const element = document.createElement(name);
  if (className) { element.className = className; }
  element.textContent = words;
  return element;
}

function body({ kind, data, b64, event, key }) {
  const element = part('div', `body ${kind}`, '');
  for (const [name, value] of [['event', event], ['key', key]]) {
    if (value) { element.append(part('span', 'label', `${name} ${value}`), ' '); }
  }
  let words = kind === 'json' ? JSON.stringify(data) : kind === 'binary' ? hex(b64) : String(data);
  if (words.length > longest) { words = `${words.slice(0, longest)} … (${number(words.length)} characters)`; }
  element.append(words);
  return element;
}

function hex(b64) {
  const all = atob(b64);
  const first = Array.from(all.slice(0, 16), byte => byte.charCodeAt(0).toString(16).padStart(2, '0')).join(' ');
  return `${number(all.length)} bytes: ${first}${all.length > 16 ? ' …' : ''}`;
}
