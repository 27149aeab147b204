import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { DicomWebClient } from '@prelector/dicomweb';
import { silentLog } from '@prelector/kernel';
import { loadProfile } from '@prelector/profiles';
import { startTestOrthanc } from '../orthanc/test-orthanc.testing.js';
import type { PhantomStudy } from '../system/phantom.testing.js';
import { HoldingGateway } from './holding-gateway.testing.js';

const simulator = fileURLToPath(new URL('../pacs-simulator/dist/main.js', import.meta.url));
const batch = 20;

/** An SR as the PACS lists it. */
export interface ListedReport {
  readonly seriesInstanceUid: string;
  readonly sopInstanceUid: string;
  readonly sopClassUid: string;
}

/** A PACS of this test alone behind a gateway; the test itself talks to it past the gateway. */
export class TestArchive {
  private constructor(
    readonly gateway: HoldingGateway,
    readonly profile: string,
    private readonly root: string,
    private readonly stopServer: () => Promise<void>,
  ) {}

  static async simulator(): Promise<TestArchive> {
    const storage = await mkdtemp(join(tmpdir(), 'prelector-archive-'));
    const child = spawn(process.execPath, [simulator, '--storage', storage], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    const { url } = JSON.parse(line) as { url: string };
    return new TestArchive(await HoldingGateway.open(url), 'prelector-simulator', url, async () => {
      await ended(child);
      await rm(storage, { recursive: true, force: true });
    });
  }

  static async orthanc(): Promise<TestArchive> {
    const orthanc = await startTestOrthanc();
    return new TestArchive(await HoldingGateway.open(orthanc.root), 'orthanc', orthanc.root, () =>
      orthanc.stop(),
    );
  }

  async stop(): Promise<void> {
    await this.gateway.close();
    await this.stopServer();
  }

  async push({ studyInstanceUid, instances }: PhantomStudy): Promise<void> {
    const client = new DicomWebClient({
      profile: loadProfile(this.profile),
      roots: { base: this.root },
      allowHttp: true,
      mayStore: true,
      log: silentLog,
    });
    for (let start = 0; start < instances.length; start += batch)
      await client.storeInstances(studyInstanceUid, instances.slice(start, start + batch));
    await client.close();
  }

  /** Every SR of a study, by QIDO-RS. */
  async reports(studyInstanceUid: string): Promise<ListedReport[]> {
    type Answer = Record<string, { Value?: string[] } | undefined>;
    const ask = async (path: string): Promise<Answer[]> => {
      const answer = await fetch(`${this.root}/studies/${studyInstanceUid}${path}`, {
        headers: { accept: 'application/dicom+json' },
      });
      return answer.status === 204 ? [] : ((await answer.json()) as Answer[]);
    };
    const text = (answer: Answer, tag: string) => answer[tag]?.Value?.[0] ?? '';
    const found: ListedReport[] = [];
    for (const series of await ask('/series')) {
      if (text(series, '00080060') !== 'SR') continue;
      const seriesInstanceUid = text(series, '0020000E');
      for (const instance of await ask(`/series/${seriesInstanceUid}/instances`)) {
        const sopInstanceUid = text(instance, '00080018');
        found.push({ seriesInstanceUid, sopInstanceUid, sopClassUid: text(instance, '00080016') });
      }
    }
    return found;
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}
