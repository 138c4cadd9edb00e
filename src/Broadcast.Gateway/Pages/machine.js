// The charts: what the source `machine` measures on the node, one publication a second.

import { Chart } from './charts.js';
import { ask } from './server.js';
import { svg } from './svg.js';
import { bytes, bytesPerSecond, count, number, percent } from './words.js';

const show = {
  cpu: { name: 'Processor', series: ['first'], unit: percent, max: 100 },
  memory: { name: 'Memory', series: ['first'], unit: bytes, max: 1 },
  network: { name: 'Network', series: ['first', 'second'], unit: bytesPerSecond, least: 1_000 },
  disk: { name: 'Disk', series: ['first', 'second'], unit: bytesPerSecond, least: 1_000 },
};

export class Machine {
  #parts = {};
  #clock = new Clock();
  #notice; #seen = false;

  constructor(feed, { charts, notice, template }) {
    this.#notice = notice;
    for (const [key, kind] of Object.entries(show)) {
      const part = template.content.cloneNode(true).firstElementChild;
      part.dataset.chart = key;
      part.querySelector('.chart-name').textContent = kind.name;
      charts.append(part);
      this.#parts[key] = {
        figure: part, value: part.querySelector('.chart-value'), foot: part.querySelector('.chart-foot'),
        plot: part.querySelector('.plot'), chart: new Chart(part.querySelector('.plot'), kind),
      };
    }
    feed.addEventListener('history', ({ detail: { messages } }) => {
      const newest = messages.at(-1)?.offset;
      for (const message of messages) { this.#take(message.data, message.offset, Date.now() - (newest - message.offset) * 1_000, false); }
      this.#explainSilence(feed);
    });
    feed.addEventListener('publication', ({ detail: { publication, position, caughtUp } }) => {
      if (publication.event !== 'machine' && publication.event !== 'message') { return; }
      this.#take(JSON.parse(publication.data), position.offset, null, caughtUp);
    });
    feed.addEventListener('source', ({ detail: { source } }) => {
      if (source.state === 'ended') { this.#say(`The source ${source.name} has ended; the charts stand still.`); }
      else if (source.state === 'failed') { this.#say(`The source ${source.name} failed: ${source.reason ?? 'no reason given'}. It is tried again.`); }
    });
    feed.addEventListener('state', ({ detail: { state } }) => {
      charts.dataset.state = state;
      if (state === 'refused' && !this.#seen) { this.#say(`The machine's room cannot be shown: ${feed.verdict || 'the node refuses it.'}`, true); }
    });
    feed.addEventListener('change', () => {
      if (feed.state === 'refused' && !this.#seen) { this.#say(`The machine's room cannot be shown. ${feed.verdict}`, true); }
    });
    this.#charts = charts;
  }
  #charts;

  #take(data, offset, at, caughtUp) {
    if (!data?.cpu || !data.memory) { return; }
    if (!this.#seen) { this.#seen = true; this.#charts.hidden = false; }
    this.#notice.hidden = true;
    at = at ?? this.#clock.at(offset, caughtUp);
    this.#clock.seen(offset, at);
    const { cpu, memory, network = {}, disk = {} } = data;
    const received = network.receivedBytesPerSecond ?? 0, sent = network.sentBytesPerSecond ?? 0;
    const read = disk.readBytesPerSecond ?? 0, written = disk.writtenBytesPerSecond ?? 0;
    const cores = cpu.cores ?? [];

    this.#parts.memory.chart.max = memory.totalBytes;
    this.#parts.cpu.chart.add(at, [cpu.percent, ...(cores.length <= 8 ? cores : [])], caughtUp);
    this.#parts.memory.chart.add(at, [memory.usedBytes], caughtUp);
    this.#parts.network.chart.add(at, [received, sent], caughtUp);
    this.#parts.disk.chart.add(at, [read, written], caughtUp);

    this.#value('cpu', percent(cpu.percent));
    this.#value('memory', bytes(memory.usedBytes));
    this.#value('network', bytesPerSecond(received + sent));
    this.#value('disk', bytesPerSecond(read + written));
    this.#meters(cores, data.load);
    this.#foot('memory', [[null, `of ${bytes(memory.totalBytes)}`], [null, data.process?.workingSetBytes ? `node ${bytes(data.process.workingSetBytes)}` : '']]);
    this.#foot('network', [['first', `in ${bytesPerSecond(received)}`], ['second', `out ${bytesPerSecond(sent)}`]]);
    this.#foot('disk', [['first', `read ${bytesPerSecond(read)}`], ['second', `written ${bytesPerSecond(written)}`]]);
  }

  #value(key, words) {
    const part = this.#parts[key];
    part.value.textContent = words;
    part.plot.setAttribute('aria-label', `${show[key].name} over the last minute, now ${words}`);
  }

  #foot(key, entries) {
    const { foot } = this.#parts[key];
    if (foot.childElementCount !== entries.length) {
      foot.replaceChildren(...entries.map(([series]) => {
        const entry = document.createElement('span');
        if (series) { entry.className = `key ${series}`; }
        return entry;
      }));
    }
    entries.forEach(([, words], index) => { foot.children[index].textContent = words; });
  }

  /** One upright bar per core. */
  #meters(cores, load) {
    const { foot } = this.#parts.cpu;
    const width = cores.length > 32 ? 3 : cores.length > 12 ? 5 : 8;
    if (foot.dataset.cores !== String(cores.length)) {
      foot.dataset.cores = cores.length;
      foot.replaceChildren(
        svg('svg', { class: 'meters', width: cores.length * (width + 2), height: 16, 'aria-hidden': 'true' },
          ...cores.flatMap((_, index) => [
            svg('rect', { class: 'meter-room', x: index * (width + 2), y: 0, width, height: 16, rx: 1 }),
            svg('rect', { class: 'meter', x: index * (width + 2), width, rx: 1 }),
          ])),
        document.createElement('span'), document.createElement('span'));
    }
    foot.querySelectorAll('.meter').forEach((bar, index) => {
      const high = Math.max(1, 16 * Math.min(100, cores[index]) / 100);
      bar.setAttribute('y', 16 - high);
      bar.setAttribute('height', high);
    });
    const [, name, average] = foot.children;
    name.textContent = cores.length > 4 ? count(cores.length, 'core') : cores.map(core => percent(core)).join(' · ');
    average.textContent = load === undefined ? '' : `load ${(Array.isArray(load) ? load[0] : load).toFixed(2)}`;
  }

  #say(words, instead = false) {
    this.#notice.textContent = words;
    this.#notice.hidden = false;
    if (instead) { this.#charts.hidden = true; }
  }

  /** An empty room is not an error; after some seconds without a word the page asks whether anyone feeds it. */
  #explainSilence(feed) {
    setTimeout(async () => {
      if (this.#seen || feed.state === 'refused') { return; }
      const sources = await ask('sources').then(answer => answer.sources, () => null);
      const source = sources?.find(each => each.room === feed.room);
      this.#say(source && source.state !== 'running'
        ? `The source ${source.name} is ${source.state}${source.reason ? `: ${source.reason}` : ''}.`
        : source ? `The source ${source.name} runs, but has published nothing yet.`
          : `Nothing feeds the room ${feed.room} on this node. Started with --source ${feed.room}=machine, it would draw charts here.`, true);
    }, 4_000);
  }
}

/** When a publication was measured: live ones now; those caught up on a second apart, as they were published. */
class Clock {
  #offset = null; #at = 0;

  at(offset, caughtUp) {
    const now = Date.now();
    if (!caughtUp || this.#offset === null) { return now; }
    return Math.min(now, this.#at + (offset - this.#offset) * 1_000);
  }

  seen(offset, at) { this.#offset = offset; this.#at = at; }
}

export const sourceInWords = (source, listeners) => source === undefined ? null
  : `Measured on the node, read once${source.read ? ` (${number(source.read)} times so far)` : ''}, sent to ${count(listeners, 'listener')}.`;
