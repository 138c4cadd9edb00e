// The charts: what the source `machine` measures on the node, one publication a second.

import { sources } from './server.js';
import { svg } from './svg.js';
import { bytes, bytesPerSecond, count, duration, number, percent } from './words.js';

const show = {
  cpu: { name: 'Processor', series: ['first'], unit: percent, max: 100 },
  memory: { name: 'Memory', series: ['first'], unit: bytes, max: 1 },
  network: { name: 'Network', series: ['first', 'second'], unit: bytesPerSecond, least: 1_000 },
  disk: { name: 'Disk', series: ['first', 'second'], unit: bytesPerSecond, least: 1_000 },
};

export class Machine {
  #parts = {};
  #clock = new Clock();
  #charts; #notice; #node; #seen = false;

  /** @param draw makes the chart of one kind in its place */
  constructor(feed, { charts, notice, node, template, draw }) {
    this.#charts = charts;
    this.#notice = notice;
    this.#node = node;
    for (const [key, kind] of Object.entries(show)) {
      const figure = template.content.cloneNode(true).firstElementChild;
      figure.dataset.chart = key;
      figure.querySelector('.chart-name').textContent = kind.name;
      charts.append(figure);
      const [value, foot, plot] = ['.chart-value', '.chart-foot', '.plot'].map(name => figure.querySelector(name));
      this.#parts[key] = { figure, value, foot, plot, chart: draw(plot, kind, this.#clock) };
    }
    feed.addEventListener('history', ({ detail: { messages } }) => {
      for (const { data } of messages) { this.#take(data, false); }
      this.#clock.begin(messages.at(-1)?.data?.time);
      this.#explainSilence(feed);
    });
    feed.addEventListener('publication', ({ detail: { publication, caughtUp } }) => {
      if (publication.event !== undefined && publication.event !== 'machine' && publication.event !== 'message') { return; }
      const data = typeof publication.data === 'string' ? JSON.parse(publication.data) : publication.data;
      if (!caughtUp) { this.#clock.live(data.time); }
      this.#take(data, caughtUp);
    });
    feed.addEventListener('source', ({ detail: { source } }) => {
      if (source.state === 'ended') { this.#say(`The source ${source.name} has ended; the charts stand still.`); }
      else if (source.state === 'failed') { this.#say(`The source ${source.name} failed: ${source.reason ?? 'no reason given'}. It is tried again.`); }
    });
    feed.addEventListener('change', () => {
      charts.dataset.state = feed.state;
      if (feed.state === 'refused' && !this.#seen) { this.#say(`The machine's room cannot be shown. ${feed.verdict}`, true); }
    });
  }

  #take(data, caughtUp) {
    const at = Date.parse(data?.time);
    if (Number.isNaN(at)) { return; }
    this.#seen = true;
    this.#charts.hidden = false;
    this.#notice.hidden = true;
    // What the machine's system does not offer is left out; so is its chart.
    for (const key of Object.keys(show)) { this.#parts[key].figure.hidden = !data[key]; }
    const { cpu, memory, network, disk, load } = data;
    if (cpu) {
      const cores = cpu.corePercents ?? [];
      this.#add('cpu', at, [cpu.percent, ...(cores.length <= 8 ? cores : [])], caughtUp, percent(cpu.percent));
      this.#meters(cores, load?.oneMinute);
    }
    if (memory) {
      this.#parts.memory.chart.max = memory.totalBytes;
      this.#add('memory', at, [memory.usedBytes], caughtUp, bytes(memory.usedBytes));
      this.#foot('memory', [[null, `of ${bytes(memory.totalBytes)}`], [null, `${bytes(memory.availableBytes)} free`]]);
    }
    if (network) { this.#pair('network', at, ['in', network.receivedBytesPerSecond], ['out', network.sentBytesPerSecond], caughtUp); }
    if (disk) { this.#pair('disk', at, ['read', disk.readBytesPerSecond], ['written', disk.writtenBytesPerSecond], caughtUp); }
    this.#node.textContent = nodeInWords(data);
  }

  #pair(key, at, [one, first], [other, second], caughtUp) {
    this.#add(key, at, [first, second], caughtUp, bytesPerSecond(first + second));
    this.#foot(key, [['first', `${one} ${bytesPerSecond(first)}`], ['second', `${other} ${bytesPerSecond(second)}`]]);
  }

  #add(key, at, values, caughtUp, words) {
    const { chart, value, plot } = this.#parts[key];
    chart.add(at, values, caughtUp);
    value.textContent = words;
    plot.setAttribute('aria-label', `${show[key].name} over the last minute, now ${words}`);
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
    average.textContent = load === undefined ? '' : `load ${load.toFixed(2)}`;
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
      const source = (await sources())?.find(each => each.room === feed.room);
      this.#say(source && source.state !== 'running'
        ? `The source ${source.name} is ${source.state}${source.reason ? `: ${source.reason}` : ''}.`
        : source ? `The source ${source.name} runs, but has published nothing yet.`
          : `Nothing feeds the room ${feed.room} on this node. Started with --source ${feed.room}=machine, it would draw charts here.`, true);
    }, 4_000);
  }
}

/** What this computer's clock is ahead of the machine's, plus the shortest way that a publication had. */
class Clock {
  skew = 0;
  #known = false;

  /** From history only a guess: what is older than some seconds tells of a source at rest, not of a clock. */
  begin(newest) {
    const age = Date.now() - Date.parse(newest);
    if (!this.#known && Math.abs(age) < 10_000) { this.skew = age; }
  }

  live(time) {
    const age = Date.now() - Date.parse(time);
    this.skew = this.#known ? Math.min(this.skew, age) : age;
    this.#known = true;
  }
}

function nodeInWords({ process, loopback, uptimeSeconds }) {
  const words = [];
  if (process) { words.push(`The node takes ${percent(process.cpuPercent)} of one CPU and ${bytes(process.residentBytes)} in ${count(process.threads, 'thread')}.`); }
  if (loopback) { words.push(`Within the machine go ${bytesPerSecond(loopback.receivedBytesPerSecond)}.`); }
  if (uptimeSeconds) { words.push(`The machine has been up for ${duration(uptimeSeconds)}.`); }
  return words.join(' ');
}

export const sourceInWords = (source, listeners) =>
  `Measured on the node, read once${source.read ? ` (${number(source.read)} times so far)` : ''}, sent to ${count(listeners, 'listener')}.`;
