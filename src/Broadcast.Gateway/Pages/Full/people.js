// Who is in a chat room. A user's name is what his token says; anyone else is called what he calls himself, or a guest.

import { part } from '../log.js';
import { number } from '../words.js';

const longestName = 40, shown = 60;

export class People {
  #list; #sum; #here = new Map(); #names = new Map(); #me = '';

  constructor(list, sum) { this.#list = list; this.#sum = sum; }

  iAm(client) { this.#me = client; this.#draw(); }
  isMe({ client }) { return client !== undefined && client === this.#me; }

  are(everyone) {
    this.#here = new Map(everyone.map(info => [info.client, info]));
    this.#draw();
  }

  /** @returns whether that is news, and someone else's */
  came(info) {
    const isNews = !this.#here.has(info.client) && !this.isMe(info);
    this.#here.set(info.client, info);
    this.#draw();
    return isNews;
  }

  /** @returns whether that is news, and someone else's */
  left(info) {
    const isNews = this.#here.delete(info.client) && !this.isMe(info);
    this.#draw();
    return isNews;
  }

  isCalled({ client }, name) {
    if (!client || name === '') { return; }
    this.#names.set(client, name.slice(0, longestName));
    this.#draw();
  }

  nameOf({ client = '', user = '' }) { return user || this.#names.get(client) || `guest ${client.slice(0, 4)}`; }

  #draw() {
    const everyone = [...this.#here.values()].sort((one, other) => this.isMe(other) - this.isMe(one));
    this.#sum.textContent = everyone.length === 0 ? '' : `${number(everyone.length)} here`;
    this.#list.replaceChildren(...everyone.slice(0, shown).map(info => {
      const person = part('li', '', this.nameOf(info));
      if (this.isMe(info)) { person.append(part('span', 'you', 'you')); }
      return person;
    }));
  }
}
