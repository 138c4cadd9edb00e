// One run of one row: fresh processes, the server on its core, the generators on theirs. Each measure takes the row and the bench
// ({ folder, cores: { server, generator, all } }) and gives a result, or throws with a sentence.

import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Generator } from './generator.mjs';
import { start, startLogged, stop, until } from './processes.mjs';
import { port, servers } from './servers.mjs';

/** Generators against a server. Those that do not start in another's measured time begin to publish together, once all are connected. */
export async function served({ server, generators }, bench) {
  const { beside } = servers[server];
  const beside_ = beside && startLogged(bench.cores.generator, beside.command, join(bench.folder, `${server}-beside.log`));
  if (beside) { await until(listensAt(beside.port), 20, beside_, beside.command[0]); }
  const server_ = startServer(server, bench);
  const started = {};
  try {
    await until(listensAt(port), 20, server_, server);
    await wait(300);
    const begin = name => started[name] = new Generator(servers[server], generators[name], server_.pid, bench);
    const names = Object.keys(generators), first = names.filter(name => !generators[name].startsIn);
    first.forEach(begin);
    await Promise.all(first.map(name => started[name].connected));
    first.forEach(name => started[name].open());
    await Promise.all(names.filter(name => !first.includes(name)).map(async name => {
      await started[generators[name].startsIn].measuring;
      await wait(500);
      begin(name).open();
    }));
    const results = await Promise.all(names.map(async name => [name, await started[name].result]));
    return names.length === 1 ? results[0][1] : Object.fromEntries(results);
  } finally {
    await Promise.all(Object.values(started).map(generator => stop(generator.child)));
    await stop(server_);
    if (beside) { await stop(beside_); }
  }
}

/** Clients that ask a server and wait for its answers: tests/load/requests. */
export async function asked({ server }, bench) {
  const server_ = startServer(server, bench);
  try {
    await until(listensAt(port), 20, server_, server);
    await wait(300);
    const [url, ...options] = servers[server].asking;
    const child = start(
      bench.cores.generator, ['dotnet', join(bench.folder, 'requests/Broadcast.Load.Requests.dll'), url, '--pid', `${server_.pid}`, ...options], ['ignore', 'pipe', 'inherit']);
    let said = '';
    child.stdout.on('data', chunk => said += chunk);
    const patience = setTimeout(() => child.kill('SIGKILL'), 60_000);
    const code = await child.ended;
    clearTimeout(patience);
    if (code !== 0) { throw new Error(`the clients ended with ${code}`); }
    return JSON.parse(said);
  } finally {
    await stop(server_);
  }
}

export async function timeToFirstAnswer(row, bench) {
  const begun = performance.now();
  const server = startServer(row.server, bench);
  try {
    await until(lives, 20, server, 'the server');
    return { seconds: (performance.now() - begun) / 1_000 };
  } finally {
    await stop(server);
  }
}

/**
 * tests/load/core, tests/load/backplanes and tests/load/delivery: no server, and one process for all repetitions, since what it sets up first takes longer than they do.
 * @returns a result for each repetition
 */
export const inProcess = (scenario, program = 'core/Broadcast.Load.dll') => async (row, { folder, cores }, repetitions) => {
  const child = start(cores[row.on], ['dotnet', join(folder, program), scenario, ...(row.options ?? []), '--json', '--repeat', `${repetitions}`], ['ignore', 'pipe', 'inherit']);
  let said = '';
  child.stdout.on('data', chunk => said += chunk);
  const patience = setTimeout(() => child.kill('SIGKILL'), 1_000 * (60 + 20 * repetitions));
  const code = await child.ended;
  clearTimeout(patience);
  if (code !== 0) { throw new Error(`it ended with ${code}`); }
  return said.trim().split('\n').map(line => JSON.parse(line));
};

/** Waits, for at most ten seconds, until the machine has little else to do. */
export async function quiet() {
  for (let i = 0; i < 15; i++) {
    const before = processorTimes();
    await wait(600);
    const after = processorTimes();
    if (after.busy - before.busy < 0.15 * (after.all - before.all)) { return; }
  }
}

function processorTimes() {
  const [user, nice, system, idle, ioWait, interrupts, softInterrupts, steal] = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0].split(/\s+/).slice(1).map(Number);
  const busy = user + nice + system + interrupts + softInterrupts + steal;
  return { busy, all: busy + idle + ioWait };
}

function startServer(name, { folder, cores }) {
  for (const fresh of servers[name].fresh ?? []) {
    rmSync(join(folder, fresh), { recursive: true, force: true });
    mkdirSync(join(folder, fresh));
  }

  const [file, ...options] = servers[name].command.map(word => existsSync(join(folder, word)) ? join(folder, word) : word);
  return startLogged(cores.server, file.endsWith('.dll') ? ['dotnet', file, ...options] : [file, ...options], join(folder, `${name}.log`));
}

/** Whether what a row runs was built; a peer that could not be had leaves its rows empty. */
export const available = ({ server, program }, { folder }) => existsSync(join(folder, server ? servers[server].command[0] : program ?? 'core/Broadcast.Load.dll'));

const listensAt = at => () => new Promise(resolve => {
  const socket = connect(at, '127.0.0.1');
  socket.once('connect', () => { socket.destroy(); resolve(true); }).once('error', () => resolve(false));
});

const lives = () => new Promise(resolve => {
  const socket = connect(port, '127.0.0.1', () => socket.write('GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n'));
  socket.once('data', answer => { socket.destroy(); resolve(answer.toString('latin1').startsWith('HTTP/1.1 200')); }).once('error', () => resolve(false));
});
