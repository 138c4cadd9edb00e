// The picture: for each scenario that is drawn a panel of bars, the best on top. Bars begin at zero and show the median, the thin line is the
// smallest to the largest run. It follows the reader's light or dark mode.

import { version } from './machine.mjs';
import { servers } from './servers.mjs';
import { spread } from './statistics.mjs';

const panelWidth = 430, margin = 16, labels = 168, values = 62, head = 52, line = 24, bar = 14, foot = 14;

const style = `
  text { font-family: system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif; font-size: 12px; fill: #1f2328; }
  .title { font-size: 14px; font-weight: 600; }
  .faint { fill: #59636e; }
  .value { font-variant-numeric: tabular-nums; }
  .ours { fill: #0a7d6c; } .limit { fill: #8c959f; } .peer { fill: #c9d1d9; }
  .mine { font-weight: 600; }
  .spread { stroke: #1f2328; stroke-opacity: .55; stroke-width: 1; }
  .page { fill: #ffffff; } .axis { stroke: #d1d9e0; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; } .faint { fill: #9198a1; }
    .ours { fill: #2fbfa7; } .limit { fill: #848d97; } .peer { fill: #444c56; }
    .spread { stroke: #f0f6fc; } .page { fill: #0d1117; } .axis { stroke: #3d444d; }
  }`;

const escaped = text => text.replace(/[&<>]/g, c => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[c]);
const text = (x, y, content, attributes = '') => `<text x="${x}" y="${y}" ${attributes}>${escaped(content)}</text>`;
const kind = server => /^(ours|limit)/.exec(server)?.[0] ?? 'peer';

/** @param measured [{ scenario, about, pairs }] */
export function picture(measured) {
  const drawn = measured.filter(({ scenario }) => scenario.drawn);
  const panels = [...['most', 'least'].flatMap(best => drawn.filter(({ scenario }) => scenario.drawn.best === best)).map(panel).filter(p => p), key(drawn)];
  let y = margin;
  const placed = [];
  for (let i = 0; i < panels.length; i += 2) {
    const row = panels.slice(i, i + 2);
    row.forEach((p, j) => placed.push(`<g transform="translate(${margin + j * (panelWidth + margin)} ${y})">\n${p.body}\n</g>`));
    y += Math.max(...row.map(p => p.height)) + margin;
  }
  const width = 2 * panelWidth + 3 * margin;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" width="${width}" height="${y}" role="img" aria-label="This server, the C loop and peers">
<style>${style}
</style>
<rect class="page" width="${width}" height="${y}" rx="8"/>
${placed.join('\n')}
</svg>
`;
}

/** How to read it, and what was measured. */
function key(drawn) {
  const lines = [
    'Bars: medians of interleaved runs, from zero.',
    'Thin lines: smallest to largest run.',
    'Server on one core, all its clients on another.',
    'C loop: does nothing but send; what the kernel allows.',
    ...new Set(drawn.flatMap(({ about }) => [`${about.processor}, ${about.virtual ? 'virtual, ' : ''}Linux ${about.kernel.split('-')[0]}, .NET ${about.dotnet}, Bun ${about.bun}`, version(about)])),
  ];
  return { body: lines.map((words, i) => text(0, head + 10 + 18 * i, words, 'class="faint"')).join('\n'), height: head + 18 * lines.length };
}

function panel({ scenario: { name, title, rows, drawn }, pairs }) {
  const { figure, best, show } = drawn;
  const bars = rows.map(row => ({ row, results: pairs.map(pair => pair[row.name]).filter(result => result) }))
    .filter(({ results }) => results.length > 0)
    .map(({ row, results }) => ({ server: row.server, range: spread(results.map(figure.of)) }))
    .sort((a, b) => (a.range[1] - b.range[1]) * (best === 'most' ? -1 : 1));
  if (bars.length === 0) { return undefined; }
  const room = panelWidth - labels - values, scale = room / Math.max(...bars.map(({ range }) => range[2]));
  const body = [
    text(0, 16, `${name} · ${drawn.title}`, 'class="title"'),
    text(0, 34, `${title.split(/[:(]/)[0].trim()}; ${best === 'most' ? 'longer' : 'shorter'} is better`, 'class="faint"'),
    `<line class="axis" x1="${labels + .5}" x2="${labels + .5}" y1="${head - 6}" y2="${head + bars.length * line - 2}"/>`,
    ...bars.flatMap(({ server, range: [low, mid, high] }, i) => {
      const top = head + i * line, middle = top + bar / 2, long = Math.max(1, mid * scale);
      return [
        text(labels - 8, middle + 4, servers[server].short, `text-anchor="end" class="${kind(server) === 'ours' ? 'mine' : ''}"`),
        `<rect class="${kind(server)}" x="${labels + 1}" y="${top}" width="${long.toFixed(1)}" height="${bar}" rx="2"/>`,
        `<line class="spread" x1="${(labels + 1 + low * scale).toFixed(1)}" x2="${(labels + 1 + high * scale).toFixed(1)}" y1="${middle}" y2="${middle}"/>`,
        text((labels + 9 + high * scale).toFixed(1), middle + 4, show(mid), `class="value ${kind(server) === 'ours' ? 'mine' : ''}"`),
      ];
    }),
  ].join('\n');
  return { body, height: head + bars.length * line + foot };
}
