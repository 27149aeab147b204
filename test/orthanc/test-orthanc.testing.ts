import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** An Orthanc of this test alone, with its storage in a folder that goes with it. */
export interface TestOrthanc {
  /** DICOMweb root. */
  readonly root: string;
  stop(): Promise<void>;
}

const START_TRIES = 300;

/** Starts Debian's Orthanc with its DICOMweb plugin on a free port of the loopback; `settings` go into its configuration. */
export async function startTestOrthanc(settings: Record<string, unknown> = {}): Promise<TestOrthanc> {
  const folder = await mkdtemp(join(tmpdir(), 'prelector-orthanc-'));
  const port = await freePort();
  const configuration = {
    Name: 'Prelector test',
    StorageDirectory: folder,
    IndexDirectory: folder,
    Plugins: ['/usr/share/orthanc/plugins/libOrthancDicomWeb.so'],
    HttpPort: port,
    HttpDescribeErrors: true,
    DicomServerEnabled: false,
    RemoteAccessAllowed: false,
    AuthenticationEnabled: false,
    DicomWeb: { Enable: true, Root: '/dicom-web/' },
    ...settings,
  };
  const file = join(folder, 'orthanc.json');
  await writeFile(file, JSON.stringify(configuration));
  const child = spawn('Orthanc', [file], { stdio: 'ignore', env: { PATH: `${process.env.PATH}:/usr/sbin` } });
  const stop = async () => {
    await ended(child);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await answering(child, `http://127.0.0.1:${port}/system`);
  } catch (error) {
    await stop();
    throw error;
  }
  return { root: `http://127.0.0.1:${port}/dicom-web`, stop };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function answering(child: ChildProcess, url: string): Promise<void> {
  for (let attempt = 0; attempt < START_TRIES; attempt += 1) {
    if (child.exitCode !== null) throw new Error(`Orthanc ended with ${child.exitCode}`);
    const status = await fetch(url).then(
      (response) => response.status,
      () => 0,
    );
    if (status > 0) return;
    await sleep(100);
  }
  throw new Error('Orthanc did not start');
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.pid === undefined) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}
