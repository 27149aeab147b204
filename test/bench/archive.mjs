import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '@prelector/platform';

const programs = ['/usr/sbin/Orthanc', '/usr/local/sbin/Orthanc', '/usr/bin/Orthanc'];
const pluginFolders = ['/usr/share/orthanc/plugins', '/usr/local/share/orthanc/plugins'];

export const orthancProgram = programs.find((path) => existsSync(path));

/** Starts an Orthanc of the benchmark's own on a free port of loopback. */
export async function startOrthanc(folder) {
  const port = await freePort();
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const configuration = join(folder, 'orthanc.json');
  await writeFile(
    configuration,
    JSON.stringify({
      StorageDirectory: join(folder, 'storage'),
      IndexDirectory: join(folder, 'storage'),
      Plugins: pluginFolders.filter((path) => existsSync(path)),
      HttpPort: port,
      DicomServerEnabled: false,
      RemoteAccessAllowed: false,
      AuthenticationEnabled: false,
      DicomWeb: { Enable: true, Root: '/dicom-web/' },
    }),
  );
  const child = spawn(orthancProgram, [configuration], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}/dicom-web`;
  for (let tries = 0; ; tries++) {
    const answer = await fetch(`${url}/studies?limit=1`).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.ok) break;
    if (tries >= 150 || child.exitCode !== null) throw new Error('Orthanc did not start');
    await new Promise((wait) => setTimeout(wait, 200));
  }
  return { title: 'Orthanc', profile: 'orthanc', url, pid: child.pid, stop: () => ended(child) };
}

/** Starts the project's own DICOMweb simulator, where there is no Orthanc. */
export async function startSimulator(folder) {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const entry = fileURLToPath(import.meta.resolve('@prelector/pacs-simulator/main'));
  const child = spawn(process.execPath, [entry, '--port', '0', '--storage', folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const line = await new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error('the simulator did not start')));
    child.stdout.setEncoding('utf8').once('data', resolve);
  });
  const { url } = JSON.parse(line.split('\n')[0]);
  return {
    title: 'simulator',
    profile: 'prelector-simulator',
    url,
    pid: child.pid,
    stop: () => ended(child),
  };
}

async function ended(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await exit;
}

/** Makes a phantom, or takes the one that lies there. Returns its folder and what it says of itself. */
export async function phantom(out, choices) {
  const truth = join(out, 'truth.json');
  if (!existsSync(truth)) {
    const entry = fileURLToPath(import.meta.resolve('@prelector/phantoms/main'));
    const made = spawnSync(process.execPath, [entry, 'chest-ct', '--out', out, ...choices, '--json'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    if (made.status !== 0) throw new Error(`no phantom: ${String(made.stderr)}`);
  }
  const { identity } = createRequire(import.meta.url)(truth);
  return { folder: out, identity, files: await dicomFiles(out) };
}

async function dicomFiles(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.dcm'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
