// table.mjs FOLDER SCENARIO: one row per server (min / median / max), and the ratios of ours to the others, pair by pair.
import { readFileSync } from 'node:fs';

const [folder, scenario] = process.argv.slice(2);
const names = ['ours', 'loop', 'limit'];
const rows = Object.fromEntries(names.map(name =>
  [name, readFileSync(`${folder}/${name}.${scenario}.jsonl`, 'utf8').trim().split('\n').map(line => JSON.parse(line))]));
const sorted = values => [...values].sort((a, b) => a - b);
const median = values => { const s = sorted(values); return (s[(s.length - 1) >> 1] + s[s.length >> 1]) / 2; };
const spread = (values, digits) => {
  const s = sorted(values);
  return [s[0], median(s), s.at(-1)].map(v => v.toLocaleString('en', { maximumFractionDigits: digits })).join(' / ');
};

console.log(`| ${scenario} | deliveries per CPU-second, thousands | deliveries/s, thousands | p50 ms | p99 ms | missing, duplicate, reordered |`);
console.log('|---|---|---|---|---|---|');
for (const name of names) {
  const of = pick => rows[name].map(pick);
  const wrong = ['missing', 'duplicates', 'reordered'].map(k => of(r => r[k]).reduce((a, b) => a + b, 0)).join(', ');
  console.log(`| ${name} | ${spread(of(r => r.deliveries_per_cpu_s / 1e3), 0)} | ${spread(of(r => r.deliveries_per_s / 1e3), 0)} `
    + `| ${spread(of(r => r.lat_ms.p50), 1)} | ${spread(of(r => r.lat_ms.p99), 1)} | ${wrong} |`);
}

// The paired 90 % interval of the median ratio, from the order statistics of the pairs (sign test).
const interval = ratios => {
  const s = sorted(ratios), n = s.length;
  let k = 0, below = 0, term = 0.5 ** n;
  while (below + term <= 0.05) { below += term; term *= (n - k) / (k + 1); k += 1; }
  return k === 0 ? [s[0], s.at(-1)] : [s[k - 1], s[n - k]];
};
for (const name of names.slice(1)) {
  const ratios = rows.ours.map((r, i) => r.deliveries_per_cpu_s / rows[name][i].deliveries_per_cpu_s);
  const [low, high] = interval(ratios);
  console.log(`\nours / ${name}, per CPU-second: ${median(ratios).toFixed(2)} (90 %: ${low.toFixed(2)} to ${high.toFixed(2)})`);
}
