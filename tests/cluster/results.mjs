// What was proved last, one file per scenario; and where and with what.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { join } from 'node:path';

const say = (...command) => {
  try { return execFileSync(command[0], command.slice(1), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim(); } catch { return undefined; }
};
const fileOf = (folder, name) => join(folder, `${name}.json`);

export function keep(folder, name, result) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(fileOf(folder, name), JSON.stringify(result));
}

export const read = (folder, name) => existsSync(fileOf(folder, name)) ? JSON.parse(readFileSync(fileOf(folder, name), 'utf8')) : undefined;

const version = name => JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url), 'utf8')).version;

export const about = () => ({
  date: new Date().toISOString().slice(0, 10),
  commit: say('git', 'rev-parse', '--short', 'HEAD') ?? 'unknown',
  changed: Boolean(say('git', 'status', '--porcelain', '--untracked-files=no', '--', 'src', 'tests')),
  processor: cpus()[0].model.trim(),
  cores: cpus().length,
  virtual: /^flags.*\bhypervisor\b/m.test(readFileSync('/proc/cpuinfo', 'utf8')),
  kernel: release(),
  dotnet: say('dotnet', '--list-runtimes')?.match(/Microsoft\.AspNetCore\.App (10\.\S+)/g)?.at(-1)?.split(' ')[1],
  redis: say('redis-server', '--version')?.match(/v=(\S+)/)?.[1],
  node: process.versions.node,
  clients: ['centrifuge', 'ws', 'eventsource'].map(name => `${name} ${version(name)}`).join(', '),
});
