// kill -9 of a node that keeps its histories on disk: the suite in C# that does it, asked for the long form.

import { spawn } from 'node:child_process';

const kills = 50;

export const killedWithData = {
  name: 'killed-with-data', long: { kills },
  title: 'kill -9 of a node with --data at random moments while it is published to: acknowledged is readable, each time',
  run: async () => {
    const { code, said } = await run('dotnet', 'test', 'tests/Broadcast.System.Tests', '-c', 'Release', '--no-build',
      '--filter', 'FullyQualifiedName~KilledNodeTests', '--logger', 'console;verbosity=detailed');
    const acknowledged = [...said.matchAll(/killed after (\d+) acknowledged publications/g)].map(([, count]) => Number(count));
    const faults = code === 0 ? [] : [said.slice(-4_000)];
    if (acknowledged.length !== kills) { faults.push(`${acknowledged.length} kills of ${kills} were told of`); }
    return { counts: { kills: acknowledged.length, 'publications acknowledged and readable': acknowledged.reduce((a, b) => a + b, 0) }, faults };
  },
};

async function run(...command) {
  let said = '';
  const child = spawn(command[0], command.slice(1), { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, KILLS: `${kills}` } });
  for (const stream of [child.stdout, child.stderr]) { stream.setEncoding('utf8').on('data', text => { said += text; }); }
  const code = await new Promise((resolve, reject) => { child.once('error', reject); child.once('close', resolve); });
  return { code, said };
}
