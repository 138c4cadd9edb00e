// A line chart of the last minute that slides with time; drawn in pixels, fed one point at a time.

import { onWidth, svg } from './svg.js';

const span = 60_000;
const height = 150, left = 6, right = 6, top = 18, bottom = 22;
const still = matchMedia('(prefers-reduced-motion: reduce)');
const running = new Set();
/** A point is drawn this long after it was measured, so that the line enters at the edge instead of jumping there. */
const lag = 1_200;
let clipIds = 0;

export class Chart {
  #clock; #element; #series; #unit; #fixedMax; #width = 0; #points = [];
  #plot; #axes; #blank; #max; #drawnAt = 0; #paths;

  /**
   * @param series names of classes, the first of which gets a filled area
   * @param max a number, or null to follow the values, which are then drawn against `least` or more
   * @param clock its `skew` is what this computer's clock is ahead of the one that measured
   */
  constructor(element, { series, unit, max = null, least = 1 }, clock) {
    this.#clock = clock;
    this.#element = element; this.#series = series; this.#unit = unit; this.#fixedMax = max;
    this.#max = max ?? least;
    this.least = least;
    element.setAttribute('height', height);
    onWidth(element, width => { this.#width = width; this.#build(); });
    running.add(this);
    slide();
  }

  set max(value) { if (value !== this.#fixedMax) { this.#fixedMax = value; this.#scale(); } }

  /** @param at when it was measured, by the clock that measured; @param values one per series, more than named are thin lines; @param caughtUp came after a resume */
  add(at, values, caughtUp = false) {
    this.#points.push({ at, values, caughtUp });
    const old = this.#now() - span - 5_000;
    while (this.#points.length > 2 && this.#points[1].at < old) { this.#points.shift(); }
    this.#scale();
  }

  #scale() {
    const most = this.#fixedMax ?? nice(Math.max(this.least, ...this.#points.flatMap(point => point.values.slice(0, this.#series.length))));
    const changed = most !== this.#max;
    this.#max = most;
    if (changed) { this.#build(); } else { this.#draw(); }
  }

  #y(value) { return top + (height - top - bottom) * (1 - Math.min(value, this.#max) / this.#max); }

  #build() {
    if (this.#width === 0) { return; }
    const [w, base] = [this.#width, height - bottom];
    const clip = svg('clipPath', { id: `plot-${++clipIds}` }, svg('rect', { x: left, y: 0, width: w - left - right, height: base + 1 }));
    this.#axes = svg('g', { class: 'axes' });
    const labels = svg('g', { class: 'labels' });
    for (const part of [0, .5, 1]) {
      const y = Math.round(this.#y(this.#max * part)) + .5;
      this.#axes.append(svg('line', { x1: left, x2: w - right, y1: y, y2: y }));
      if (part > 0) { labels.append(svg('text', { x: left, y: y - 4 }, this.#unit(this.#max * part))); }
    }
    for (const [part, words, anchor] of [[0, '60 s ago', 'start'], [.5, '30 s', 'middle'], [1, 'now', 'end']]) {
      labels.append(svg('text', { x: left + (w - left - right) * part, y: height - 5, 'text-anchor': anchor }, words));
    }
    this.#plot = svg('g');
    this.#element.setAttribute('viewBox', `0 0 ${w} ${height}`);
    this.#element.replaceChildren(clip, this.#axes, svg('g', { 'clip-path': `url(#plot-${clipIds})` }, this.#plot), labels);
    this.#paths = new Map();
    this.#blank = svg('rect', { class: 'blank', y: top, height: base - top, width: 2 * w });
    this.#plot.append(this.#blank);
    this.#draw();
  }

  #path(name) {
    if (!this.#paths.has(name)) { const path = svg('path', { class: name }); this.#paths.set(name, path); this.#plot[name.startsWith('area') ? 'prepend' : 'append'](path); }
    return this.#paths.get(name);
  }

  #draw() {
    if (this.#width === 0 || this.#points.length === 0) { return; }
    this.#drawnAt = this.#now();
    const perMs = (this.#width - left - right) / span;
    const edge = this.#width - right;
    const place = (point, value) => [edge - (this.#drawnAt - lag - point.at) * perMs, this.#y(value)];
    const runs = split(this.#points);
    const base = height - bottom;
    const lines = Math.max(...this.#points.map(point => point.values.length));
    for (let index = lines - 1; index >= 0; index--) {
      const name = this.#series[index] ?? 'core';
      const pieces = runs.map(run => run.map(point => place(point, point.values[index] ?? 0)));
      if (index === 0) {
        this.#path(`area ${name}`).setAttribute('d', pieces.map(piece => `${curve(piece)}L${round(piece.at(-1)[0])} ${base}L${round(piece[0][0])} ${base}Z`).join(''));
      }
      const key = name === 'core' ? `line core core-${index}` : `line ${name}`;
      this.#path(key).setAttribute('d', pieces.map(curve).join(''));
    }
    // What came after a resume is drawn over, in the strips' colour for it.
    const caught = runs.flatMap(run => pairs(run).filter(([, to]) => to.caughtUp));
    this.#path('line caught').setAttribute('d', caught.map(pair => `M${pair.map(point => place(point, point.values[0]).map(round).join(' ')).join('L')}`).join(''));
    this.#blank.setAttribute('x', round(place(this.#points.at(-1), 0)[0]));
    this.slide();
  }

  slide() {
    if (!this.#plot || this.#drawnAt === 0) { return; }
    const perMs = (this.#width - left - right) / span;
    this.#plot.setAttribute('transform', `translate(${round(-(this.#now() - this.#drawnAt) * perMs)} 0)`);
  }

  #now() { return Date.now() - this.#clock.skew; }
}

let sliding = false;
function slide() {
  if (sliding) { return; }
  sliding = true;
  let before = 0;
  const frame = time => {
    if (time - before >= (still.matches ? 1_000 : 40)) {
      before = time;
      for (const chart of running) { chart.slide(); }
    }
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

const round = value => Math.round(value * 10) / 10;
const pairs = run => run.slice(1).map((point, index) => [run[index], point]);

/** Time in which nothing was measured is left blank rather than bridged. */
function split(points) {
  const steps = pairs(points).map(([one, next]) => next.at - one.at).sort((one, other) => one - other);
  const usual = steps[steps.length >> 1] ?? 0;
  const runs = [[]];
  for (const point of points) {
    const before = runs.at(-1).at(-1);
    if (before && point.at - before.at > Math.max(4_000, 2.5 * usual)) { runs.push([]); }
    runs.at(-1).push(point);
  }
  return runs;
}

/** A curve through the points that never swings above or below them (Fritsch and Carlson, 1980). */
function curve(points) {
  if (points.length < 3) { return `M${points.map(point => point.map(round).join(' ')).join('L')}`; }
  const slopes = pairs(points).map(([[x0, y0], [x1, y1]]) => (y1 - y0) / Math.max(x1 - x0, .001));
  const tangents = points.map((_, index) => {
    const [before, after] = [slopes[index - 1] ?? slopes[index], slopes[index] ?? slopes[index - 1]];
    return before * after <= 0 ? 0 : 2 * before * after / (before + after);
  });
  let path = `M${round(points[0][0])} ${round(points[0][1])}`;
  for (const [index, [[x0, y0], [x1, y1]]] of pairs(points).entries()) {
    const third = (x1 - x0) / 3;
    path += `C${round(x0 + third)} ${round(y0 + tangents[index] * third)} ${round(x1 - third)} ${round(y1 - tangents[index + 1] * third)} ${round(x1)} ${round(y1)}`;
  }
  return path;
}

/** The next of 1, 2, 5, 10, 20, … */
export function nice(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map(step => step * power).find(step => step >= value * .999);
}
