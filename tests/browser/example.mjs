// The application of docs/application.md, as it stands there: built against this build, run, and stopped by its pid.

import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { within } from './wait.mjs';

const at = path => fileURLToPath(new URL(`../../${path}`, import.meta.url));

const project = `<Project Sdk="Microsoft.NET.Sdk.Web">
  <PropertyGroup>
    <TargetFramework>net10.0</TargetFramework>
    <Nullable>enable</Nullable>
    <ImplicitUsings>enable</ImplicitUsings>
  </PropertyGroup>
  <ItemGroup>
    <ProjectReference Include="${at('src/Broadcast.Gateway/Broadcast.Gateway.csproj')}" />
  </ItemGroup>
</Project>
`;

function run(folder, args) {
  const child = spawn('dotnet', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  child.said = '';
  child.ended = new Promise((resolve, reject) => { child.once('error', reject); child.once('close', resolve); });
  for (const stream of [child.stdout, child.stderr]) { stream.setEncoding('utf8').on('data', chunk => { child.said += chunk; child.emit('said'); }); }
  return child;
}

/**
 * Called at the top of a test file, so that the application lives as long as the file does.
 * @returns its base address, without a slash at its end
 */
export async function openExample() {
  const page = await readFile(at('docs/application.md'), 'utf8');
  const block = language => page.split(`\`\`\`${language}\n`)[1].split('\n```')[0];
  const folder = await mkdtemp(join(tmpdir(), 'broadcast-example-'));
  await mkdir(join(folder, 'wwwroot'));
  await Promise.all([
    writeFile(join(folder, 'Chat.csproj'), project),
    writeFile(join(folder, 'Program.cs'), block('csharp')),
    writeFile(join(folder, 'wwwroot', 'index.html'), block('html')),
  ]);
  const build = run(folder, ['build', '-c', 'Release', '-p:BuildProjectReferences=false', '-m:1', '--verbosity', 'quiet', '--disable-build-servers']);
  if (await build.ended !== 0) { throw new Error(build.said); }
  const application = run(folder, [join(folder, 'bin/Release/net10.0/Chat.dll'), '--urls', 'http://127.0.0.1:0']);
  after(async () => {
    application.kill('SIGTERM');
    const killer = setTimeout(() => application.kill('SIGKILL'), 20_000);
    await application.ended;
    clearTimeout(killer);
    await rm(folder, { recursive: true });
  });
  const listening = new Promise((resolve, reject) => {
    application.on('said', () => {
      const address = /Now listening on: (http:\/\/\S+)/.exec(application.said);
      if (address) { resolve(address[1]); }
    });
    application.ended.then(code => reject(new Error(`The application ended with ${code} before it listened:\n${application.said}`)), reject);
  });
  return within(60_000, listening, () => `The application did not say where it listens:\n${application.said}`);
}
