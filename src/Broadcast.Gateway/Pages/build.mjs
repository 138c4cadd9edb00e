// Bundles the page with npm's parts: node build.mjs PACKAGES TARGET. Other builds may do the same at the same time; each makes
// its own files, and then puts them in their place at once.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const [store, target] = process.argv.slice(2).map(path => resolve(path));
for (const folder of [store, target]) { mkdirSync(folder, { recursive: true }); }
const lock = readFileSync(join(here, 'package-lock.json'));
const packages = join(store, createHash('sha256').update(lock).digest('hex').slice(0, 12));

if (!existsSync(packages)) { inFolderOf(store, install); }
inFolderOf(target, bundle);

/** Renaming is at once only within one disk, hence beside what is made. */
function inFolderOf(place, make) {
  const work = mkdtempSync(join(place, 'work-'));
  try { make(work); } finally { rmSync(work, { recursive: true, force: true }); }
}

function install(work) {
  const place = join(work, 'packages');
  mkdirSync(place);
  for (const name of ['package.json', 'package-lock.json', '.npmrc']) { copyFileSync(join(here, name), join(place, name)); }
  // Without a network it fails soon. What packages would like to run is not run.
  const line = ['ci', '--ignore-scripts', '--prefer-offline', '--loglevel=error', '--fetch-retries=0', '--fetch-timeout=20000'];
  execFileSync('npm', line, { cwd: place, stdio: 'inherit', timeout: 180_000, shell: process.platform === 'win32' });
  try { renameSync(place, packages); } catch (error) { if (!existsSync(packages)) { throw error; } }
}

function bundle(work) {
  createRequire(join(packages, 'package.json'))('esbuild').buildSync({
    entryPoints: [join(here, 'Full', 'full.js')], outdir: work, nodePaths: [join(packages, 'node_modules')],
    bundle: true, minify: true, format: 'esm', target: 'es2022', legalComments: 'inline', logLevel: 'warning',
  });
  copyFileSync(join(here, 'Full', 'full.html'), join(work, 'full.html'));
  // Last, since by it the build knows that the others are there.
  for (const name of ['full.css', 'full.js', 'full.html']) { renameSync(join(work, name), join(target, name)); }
}
