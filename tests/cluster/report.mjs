// From results to the page docs/proof.md.

const table = (head, rows) => [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n');
const cell = text => `${text}`.replaceAll('|', '\\|').replaceAll('\n', ' ');
const words = name => name.replace(/([A-Z])/g, letter => ` ${letter.toLowerCase()}`);

const machine = ({ virtual, cores, processor, kernel, dotnet, redis, node, clients }) =>
  `${virtual ? 'A virtual machine with' : 'A machine with'} ${cores} cores (${processor}), Linux ${kernel}; .NET ${dotnet}, Redis ${redis ?? 'not there'}, Node ${node}; npm ${clients}.`;

const when = ({ date, commit, changed }) => `${date}, commit ${commit}${changed ? ' with changes' : ''}`;

export const verdict = ({ skipped, faults }) => skipped ? `left out: ${skipped}` : faults.length === 0 ? 'holds' : '**does not hold**';

/** All there is about one scenario. */
export function section({ name, title }, { about, skipped, numbers, counts, faults, seconds }) {
  if (skipped) { return `## ${name}\n\n${title}.\n\nLeft out: ${skipped}.`; }
  const asked = Object.entries(numbers).map(([number, value]) => `${words(number)} ${value}`).join(', ');
  return [
    `## ${name}`, `${title}.`, `${when(about)}; ${seconds} s. Asked for: ${asked}.`,
    ...Object.keys(counts).length > 0 ? [table(['', ''], Object.entries(counts).map(([what, count]) => [words(what), cell(count)]))] : [],
    ...faults.length > 0 ? [faults.map(fault => `- **${cell(fault)}**`).join('\n')] : [],
  ].join('\n\n');
}

export const page = proved => `${[
  '# The proof that a cluster loses nothing',
  `Written by \`tests/load/proof --write\`; how it is done stands in [tests/load](../tests/load/README.md#the-proof).`,
  [...new Set(proved.map(({ result: { about } }) => machine(about)))].join('\n\n'),
  table(['', 'what', 'verdict'], proved.map(({ scenario: { name, title }, result }) => [`[${name}](#${name})`, cell(title), cell(verdict(result))])),
  ...proved.map(({ scenario, result }) => section(scenario, result)),
].join('\n\n')}\n`;
