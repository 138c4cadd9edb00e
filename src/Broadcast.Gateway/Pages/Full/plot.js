// A chart of the last minute, drawn by npm `uplot`; fed like the charts of the first page, one point at a time.

import uPlot from 'uplot';
import { nice } from '../charts.js';
import { onWidth } from '../svg.js';
import { ago } from '../words.js';

const span = 60_000, height = 150, framesPerSecond = 15;
/** A point is drawn this long after it was measured, so that the line enters at the edge instead of jumping there. */
const lag = 1_200;
const still = matchMedia('(prefers-reduced-motion: reduce)');
const colour = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
let colours = {};
const readColours = () => { for (const name of ['live', 'live-soft', 'second', 'caught', 'hair', 'soft', 'card']) { colours[name] = colour(`--${name}`); } };
const all = new Set();

export class Plot {
  #clock; #element; #when; #series; #unit; #max; #fixedMax; #least; #width = 0; #lines = 0; #plot = null; #points = []; #usual = 1_000;

  /** @param about as for the charts of the first page */
  constructor(element, { series, unit, max = null, least = 1 }, clock) {
    [this.#element, this.#series, this.#unit, this.#clock] = [element, series, unit, clock];
    this.#when = element.closest('figure').querySelector('.chart-when');
    this.#fixedMax = max;
    this.#least = least;
    this.#max = max ?? least;
    onWidth(element, width => {
      this.#width = width;
      if (this.#plot) { this.#plot.setSize({ width, height }); } else { this.#build(); }
    });
    all.add(this);
    slide();
  }

  set max(value) { this.#fixedMax = value; }

  /** @param caughtUp came after a resume */
  add(at, values, caughtUp = false) {
    const before = this.#points.at(-1);
    if (before && at <= before.at) { return; }
    // Time in which nothing was measured is left blank rather than bridged.
    if (before && at - before.at > Math.max(4_000, 2.5 * this.#usual)) { this.#points.push({ at: (before.at + at) / 2, values: [] }); }
    else if (before) { this.#usual = at - before.at; }
    this.#points.push({ at, values, caughtUp });
    const old = this.#edge() - span - 5_000;
    while (this.#points.length > 2 && this.#points[1].at < old) { this.#points.shift(); }
    this.#max = this.#fixedMax ?? nice(Math.max(this.#least, ...this.#points.flatMap(point => point.values.slice(0, this.#series.length))));
    if (values.length !== this.#lines) {
      this.#lines = values.length;
      this.#plot?.destroy();
      this.#plot = null;
    }
    if (this.#plot) { this.#plot.setData(this.#data(), false); this.slide(); } else { this.#build(); }
  }

  slide() {
    const max = this.#edge();
    this.#plot?.batch(() => {
      this.#plot.setScale('x', { min: max - span, max });
      this.#plot.setScale('y', { min: 0, max: this.#max });
    });
  }

  paint() { this.#plot?.redraw(false); }

  #edge() { return Date.now() - this.#clock.skew - lag; }

  #data() {
    const points = this.#points;
    const line = index => points.map(({ values }) => values[index] ?? null);
    // What came after a resume is drawn over, in the strips' colour for it; it joins on to what was there.
    const caught = points.map((point, index) => point.caughtUp || points[index + 1]?.caughtUp ? point.values[0] ?? null : null);
    return [points.map(point => point.at), ...Array.from({ length: this.#lines }, (_, index) => line(index)), caught];
  }

  #build() {
    if (this.#width === 0 || this.#lines === 0) { return; }
    const paths = uPlot.paths.spline();
    const line = (name, about) => ({ stroke: () => colours[name], width: 1.75, paths, points: { show: false }, pxAlign: 0, ...about });
    const lines = Array.from({ length: this.#lines }, (_, index) =>
      index === 0 ? line('live', { fill: () => `${colours['live-soft']}bf` })
        : index < this.#series.length ? line('second', { dash: [1, 4], cap: 'round', width: 2 })
          : line('live', { width: 1, alpha: .35 }));
    const unseen = { show: true, size: 0, gap: 0, ticks: { show: false }, values: () => [], grid: { stroke: () => colours.hair, width: 1 } };
    this.#plot = new uPlot({
      width: this.#width, height, ms: 1, legend: { show: false }, padding: [18, 6, 22, 6],
      scales: { x: { time: false, auto: false }, y: { auto: false } },
      axes: [{ show: false }, { ...unseen, splits: () => [0, this.#max / 2, this.#max] }],
      series: [{}, ...lines, line('caught', { width: 2.5 })],
      cursor: { y: false, drag: { x: false, y: false }, sync: { key: 'machine' }, points: { size: 7, show: true } },
      hooks: { draw: [plot => this.#label(plot)], setCursor: [plot => this.#tell(plot.cursor.idx)] },
    }, this.#data(), this.#element);
    this.slide();
  }

  /** Words over the lines, in the places they have on the first page. */
  #label({ ctx, bbox }) {
    const pxRatio = devicePixelRatio;
    const at = (words, x, y, align) => {
      ctx.textAlign = align;
      ctx.strokeText(words, x, y);
      ctx.fillText(words, x, y);
    };
    ctx.save();
    ctx.font = `${11 * pxRatio}px ${getComputedStyle(document.body).fontFamily}`;
    [ctx.fillStyle, ctx.strokeStyle, ctx.lineWidth, ctx.lineJoin] = [colours.soft, colours.card, 3 * pxRatio, 'round'];
    for (const part of [.5, 1]) { at(this.#unit(this.#max * part), bbox.left, bbox.top + bbox.height * (1 - part) - 4 * pxRatio, 'left'); }
    const foot = bbox.top + bbox.height + 16 * pxRatio;
    at('60 s ago', bbox.left, foot, 'left');
    at('30 s', bbox.left + bbox.width / 2, foot, 'center');
    at('now', bbox.left + bbox.width, foot, 'right');
    ctx.restore();
  }

  /** What was measured where the pointer is, on all charts at once. */
  #tell(index) {
    const point = this.#points[index];
    this.#when.textContent = !point || point.values.length === 0 ? ''
      : `${point.values.slice(0, this.#series.length).map(this.#unit).join(', ')} ${ago(point.at, Date.now() - this.#clock.skew)}`;
  }
}

readColours();
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { readColours(); for (const plot of all) { plot.paint(); } });

let sliding = false;
function slide() {
  if (sliding) { return; }
  sliding = true;
  let before = 0;
  const frame = time => {
    if (time - before >= (still.matches ? 1_000 : 1_000 / framesPerSecond)) {
      before = time;
      for (const plot of all) { plot.slide(); }
    }
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}
