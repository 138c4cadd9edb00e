// The node under test: the one at BROADCAST_URL, or one started for this file and stopped by its pid. A file whose tests need settings of
// their own always starts one.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { within } from './wait.mjs';

/** @returns the program that a project builds to */
export const serverOf = (folder, name) => fileURLToPath(new URL(`../../${folder}/bin/Release/net10.0/${name}.dll`, import.meta.url));

/**
 * Called at the top of a test file, so that the node lives as long as the file does.
 * @param settings what stands under `Broadcast` in its settings file
 * @param server what is started
 * @returns the base address, without a slash at its end
 */
export async function openNode(settings, server = serverOf('src/Broadcast.Server', 'Broadcast.Server')) {
  if (process.env.BROADCAST_URL && !settings) { return process.env.BROADCAST_URL.replace(/\/+$/, ''); }
  if (!existsSync(server)) { throw new Error(`${server} is not there: build with -c Release, or set BROADCAST_URL.`); }
  const folder = await mkdtemp(join(tmpdir(), 'broadcast-tests-'));
  const file = join(folder, 'settings.json');
  if (settings) { await writeFile(file, JSON.stringify({ Broadcast: settings })); }
  const child = spawn('dotnet', [server, '--urls', 'http://127.0.0.1:0', ...settings ? ['--settings', file] : []], {
    env: { ...process.env, ASPNETCORE_ENVIRONMENT: 'Development' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise(resolve => child.once('exit', resolve));
  after(async () => {
    child.kill('SIGTERM');
    const killer = setTimeout(() => child.kill('SIGKILL'), 20_000);
    await ended;
    clearTimeout(killer);
    await rm(folder, { recursive: true });
  });
  let said = '';
  const listening = new Promise((resolve, reject) => {
    const hear = chunk => {
      said += chunk;
      const address = /Now listening on: (http:\/\/\S+)/.exec(said);
      if (address) { resolve(address[1]); }
    };
    child.stdout.setEncoding('utf8').on('data', hear);
    child.stderr.setEncoding('utf8').on('data', hear);
    child.once('error', reject);
    child.once('exit', code => reject(new Error(`The node ended with ${code} before it listened:\n${said}`)));
  });
  return within(60_000, listening, () => `The node did not say where it listens:\n${said}`);
}

let rooms = 0;
/** No test shares a room with another, nor with an earlier run on the same node. */
export const freshRoom = name => `${name}-${process.pid}-${Date.now().toString(36)}-${++rooms}`;
