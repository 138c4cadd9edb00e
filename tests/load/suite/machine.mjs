// Where and with what it was measured.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { join } from 'node:path';

const say = (...command) => {
  try { return execFileSync(command[0], command.slice(1), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim(); } catch { return undefined; }
};

export function about(folder, cores) {
  const bun = join(folder, 'bun/node_modules/bun/bin/bun.exe');
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: say('git', 'rev-parse', '--short', 'HEAD') ?? 'unknown',
    changed: Boolean(say('git', 'status', '--porcelain', '--untracked-files=no', '--', 'src', 'tests/load')),
    processor: cpus()[0].model.trim(),
    cores: cpus().length,
    virtual: /^flags.*\bhypervisor\b/m.test(readFileSync('/proc/cpuinfo', 'utf8')),
    server: cores.server,
    generator: cores.generator,
    kernel: release(),
    congestion: readFileSync('/proc/sys/net/ipv4/tcp_congestion_control', 'utf8').trim(),
    dotnet: say('dotnet', '--list-runtimes')?.match(/Microsoft\.AspNetCore\.App (10\.\S+)/g)?.at(-1)?.split(' ')[1],
    node: process.versions.node,
    bun: existsSync(bun) ? say(bun, '--version') : undefined,
    gcc: say('gcc', '-dumpfullversion'),
  };
}

export const sentence = about =>
  `${about.virtual ? 'A virtual machine with' : 'A machine with'} ${about.cores} cores (${about.processor}), Linux ${about.kernel}, TCP ${about.congestion}; the server on core `
  + `${about.server}, the generator on core ${about.generator}. .NET ${about.dotnet}, Bun ${about.bun ?? 'not there'}, gcc ${about.gcc}, Node ${about.node}.`;

export const version = about => `${about.date}, commit ${about.commit}${about.changed ? ' with changes' : ''}`;
