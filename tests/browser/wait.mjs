// Tests wait for what they expect, never for time to pass; a limit only says when to give up.

export const patience = 60_000;

export async function within(limit, promise, complaint) {
  let timer;
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(complaint())), limit); });
  try { return await Promise.race([promise, late]); } finally { clearTimeout(timer); }
}

/** What came in, in order, and a way to wait for more of it. */
export class Inbox {
  all = [];
  #name; #waiting = new Set();

  constructor(name) { this.#name = name; }

  add(item) {
    this.all.push(item);
    for (const look of this.#waiting) { look(); }
  }

  /** @returns the items once there are this many */
  async count(wanted, limit = patience) {
    await this.#until(() => this.all.length >= wanted, limit, () => `waited for ${wanted} items`);
    return this.all.slice(0, wanted);
  }

  /** @returns the first item, already here or still to come, that fits */
  async find(fits, limit = patience) {
    let found;
    await this.#until(() => (found = this.all.find(fits)) !== undefined, limit, () => `waited for ${fits}`);
    return found;
  }

  async #until(done, limit, wish) {
    if (done()) { return; }
    let look;
    const came = new Promise(resolve => { look = () => { if (done()) { resolve(); } }; });
    this.#waiting.add(look);
    try { await within(limit, came, () => `${this.#name}: ${wish()}, got ${JSON.stringify(this.all)}`); } finally { this.#waiting.delete(look); }
  }
}
