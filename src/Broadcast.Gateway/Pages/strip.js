// The room's log as this client has it: one tick per offset, and a cursor at the last one seen.

import { number } from './words.js';
import { onWidth, svg } from './svg.js';

const cell = 7;
const top = 4, tall = 26, axis = top + tall, height = 54;
/** What came in one go rises one after the other, so that the eye can count it. */
const stagger = 14, longestStagger = 700;

export class Strip {
  #element; #track; #width = 0; #ticks = []; #labels = []; #cursor;
  #base = 0; #first = null; #last = 0; #head = 0;
  #status = new Map();
  #cuts = new Map();
  #pending = false;

  constructor(element) {
    this.#element = element;
    this.#cursor = svg('path', { class: 'cursor', d: 'M0 0l4.5 6h-9z' });
    this.#track = svg('g', { class: 'track' });
    element.setAttribute('height', height);
    element.append(svg('line', { class: 'axis', x1: 0, x2: '100%', y1: axis + .5, y2: axis + .5 }), this.#track);
    onWidth(element, width => { this.#width = width; this.#build(); });
  }

  /** @param status past, live, caught or missing */
  mark(offset, status) {
    this.#status.set(offset, status);
    this.#first ??= offset;
    this.#last = Math.max(this.#last, offset);
    this.#status.delete(offset - 2_000);
    this.#draw();
  }

  markRange(from, to, status) {
    for (let offset = Math.max(from, to - 1_000); offset <= to; offset++) { this.mark(offset, status); }
  }

  /** The connection was left after this offset. */
  cut(offset) {
    if (!this.#cuts.has(offset)) { this.#cuts.set(offset, svg('line', { class: 'cut', y1: 0, y2: axis + 8 })); }
    this.#draw();
  }

  waitFor(head) {
    if (head === this.#head) { return; }
    this.#head = head ?? 0;
    this.#draw();
  }

  clear() {
    this.#status.clear();
    for (const line of this.#cuts.values()) { line.remove(); }
    this.#cuts.clear();
    this.#first = null; this.#last = this.#head = 0;
    this.#draw();
  }

  #build() {
    this.#element.setAttribute('viewBox', `0 0 ${this.#width} ${height}`);
    const slots = Math.ceil(this.#width / cell) + 2;
    this.#ticks = Array.from({ length: slots }, () => svg('rect', { rx: 1, width: 4 }));
    this.#labels = Array.from({ length: Math.ceil(slots / 10) + 2 }, () => svg('text', { y: height - 2, 'text-anchor': 'middle' }));
    this.#track.replaceChildren(...this.#ticks, ...this.#labels, this.#cursor);
    this.#draw();
  }

  #draw() {
    if (this.#pending) { return; }
    this.#pending = true;
    requestAnimationFrame(() => { this.#pending = false; this.#drawNow(); });
  }

  #drawNow() {
    if (this.#width === 0) { return; }
    const room = Math.floor((this.#width - 12) / cell);
    const end = Math.max(this.#last, this.#head);
    const start = Math.max(this.#first ?? 1, end - room + 1);
    // Coordinates stay small however large the offsets grow; a jump must not glide past thousands of ticks.
    const far = Math.abs(start - this.#base) > 5_000;
    if (far) { this.#base = start; }
    const x = offset => (offset - this.#base) * cell + 6;
    this.#track.classList.toggle('still', far);
    this.#track.style.transform = `translateX(${-(start - this.#base) * cell}px)`;

    let fresh = 0;
    for (let offset = start; offset < start + this.#ticks.length; offset++) {
      const tick = this.#ticks[offset % this.#ticks.length];
      const status = this.#status.get(offset) ?? (offset > this.#last && offset <= this.#head ? 'waiting' : 'none');
      tick.setAttribute('x', x(offset) - 2);
      tick.setAttribute('y', status === 'waiting' ? axis - 9 : status === 'missing' ? top + .5 : top);
      tick.setAttribute('height', status === 'waiting' ? 9 : status === 'missing' ? tall - 1 : tall);
      const name = `tick ${status}`;
      if (tick.getAttribute('class') !== name) {
        tick.setAttribute('class', name);
        tick.style.transitionDelay = status === 'caught' ? `${Math.min(longestStagger, fresh++ * stagger)}ms` : '';
      }
    }
    this.#drawCuts(start, x);
    for (const [index, label] of this.#labels.entries()) {
      const offset = (Math.ceil(start / 10) + index) * 10;
      const shown = this.#first !== null && offset <= end && x(offset) - x(start) < this.#width - 30 && offset - start > 1;
      label.textContent = shown ? number(offset) : '';
      label.setAttribute('x', x(offset));
    }
    this.#cursor.classList.toggle('off', this.#first === null);
    this.#cursor.style.transform = `translate(${x(this.#last)}px, ${axis + 3}px)`;
    this.#element.setAttribute('aria-label', this.#inWords(start, end));
  }

  #drawCuts(start, x) {
    for (const [offset, line] of this.#cuts) {
      if (offset < start) { line.remove(); this.#cuts.delete(offset); continue; }
      const at = x(offset) + cell / 2;
      for (const [name, value] of [['x1', at], ['x2', at]]) { line.setAttribute(name, value); }
      if (!line.isConnected) { this.#track.append(line); }
    }
  }

  #inWords(start, end) {
    if (this.#first === null) { return 'No publication yet'; }
    const tally = { past: 0, live: 0, caught: 0, missing: 0 };
    for (let offset = start; offset <= this.#last; offset++) { const status = this.#status.get(offset); if (status) { tally[status]++; } }
    return `Offsets ${start} to ${this.#last}: ${tally.past} from history, ${tally.live} live, ${tally.caught} caught up, `
      + `${tally.missing} missing, ${Math.max(0, end - this.#last)} waiting on the node`;
  }
}
