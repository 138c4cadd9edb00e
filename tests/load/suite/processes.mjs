// Processes of a run: each on the cores it is given, none left behind.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, closeSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

const running = new Set();
process.on('exit', () => running.forEach(child => child.kill('SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM']) { process.on(signal, () => process.exit(130)); }

/** @param cores as taskset -c takes them; taskset becomes the command, so that the child's pid is the server's */
export function start(cores, command, stdio) {
  const child = spawn('taskset', ['-c', cores, ...command], { stdio });
  running.add(child);
  child.ended = once(child, 'close').then(([code, signal]) => {
    running.delete(child);
    return signal ?? code;
  });
  return child;
}

export function startLogged(cores, command, log) {
  const file = openSync(log, 'w');
  const child = start(cores, command, ['ignore', file, file]);
  closeSync(file);
  return child;
}

/** Asks it to stop, and after 3 s no longer asks. */
export async function stop(child) {
  child.kill('SIGTERM');
  const patience = setTimeout(() => child.kill('SIGKILL'), 3_000);
  await child.ended;
  clearTimeout(patience);
}

/** Polls until `done` is true; @throws once `seconds` have passed, or when the child has ended before. */
export async function until(done, seconds, child, what) {
  let gone;
  child.ended.then(code => gone = code);
  const end = performance.now() + 1_000 * seconds;
  while (!await done()) {
    if (gone !== undefined) { throw new Error(`${what}: it ended with ${gone}`); }
    if (performance.now() > end) { throw new Error(`${what}: not within ${seconds} s`); }
    await wait(5);
  }
}
