// The same things from a shell: command lines that match the room and the message being written.

import { address, roomPath } from './server.js';

const quote = words => `'${words.replaceAll("'", `'\\''`)}'`;

export class Commands {
  #place; #codes;

  constructor(place, template) {
    this.#place = place;
    this.#codes = ['Listen', 'Publish', 'Read back'].map(name => {
      const row = template.content.cloneNode(true).firstElementChild;
      row.querySelector('h3').textContent = name;
      const code = row.querySelector('code'), button = row.querySelector('button');
      button.setAttribute('aria-label', `Copy the command: ${name}`);
      button.addEventListener('click', async () => {
        button.textContent = await copy(code) ? 'Copied' : 'Selected';
        setTimeout(() => { button.textContent = 'Copy'; }, 2_000);
      });
      place.append(row);
      return code;
    });
  }

  show(room, { text, kind }) {
    const at = (rest, query) => quote(address(roomPath(room, rest), query));
    const data = text || (kind === 'json' ? '{"hello":"room"}' : 'hello');
    // curl reads a file where -d begins with @.
    const body = data.startsWith('@') || data.includes('\n') ? `--data-raw ${quote(data)}` : `-d ${quote(data)}`;
    const lines = [
      `curl -N ${at('events', { since: 'start' })}`,
      `curl ${kind === 'json' ? "-H 'Content-Type: application/json' " : ''}${body} ${at('messages')}`,
      `curl ${at('messages', { limit: 10, reverse: true })}`,
    ];
    this.#codes.forEach((code, index) => { code.textContent = lines[index]; });
  }
}

/** Without HTTPS a page may not write to the clipboard: then the line is selected, and copied the old way where that is allowed. */
async function copy(code) {
  try {
    await navigator.clipboard.writeText(code.textContent);
    return true;
  } catch {
    getSelection().selectAllChildren(code);
    return document.execCommand('copy');
  }
}
