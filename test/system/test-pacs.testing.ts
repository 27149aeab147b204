import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DicomWebClient } from '@prelector/dicomweb';
import type { Dataset } from '@prelector/dicom';
import { readPart10, stringOf } from '@prelector/dicom';
import { silentLog } from '@prelector/kernel';
import { loadProfile } from '@prelector/profiles';
import { firstLine } from '../../apps/prelector/src/demo/pacs-process.js';
import { startTestOrthanc } from '../orthanc/test-orthanc.testing.js';
import { PacsGate } from './pacs-gate.testing.js';
import type { PhantomStudy } from './phantom.testing.js';

const simulator = fileURLToPath(new URL('../pacs-simulator/dist/main.js', import.meta.url));
const batch = 20;
const evidenceModalities = new Set(['SR', 'DOC', 'SEG', 'PR', 'OT']);

/** An object that stands in the PACS beside the images. */
export interface StoredEvidence {
  readonly seriesInstanceUid: string;
  readonly sopInstanceUid: string;
  readonly sopClassUid: string;
  readonly bytes: Uint8Array;
  readonly dataset: Dataset;
}

/** A PACS of this test alone behind a gate; the test itself talks to it past the gate. */
export class TestPacs {
  private constructor(
    readonly gate: PacsGate,
    readonly profile: string,
    private readonly restRoot: string,
    private readonly client: DicomWebClient,
    private readonly stopServer: () => Promise<void>,
  ) {}

  /** Starts an Orthanc. */
  static async start(): Promise<TestPacs> {
    const orthanc = await startTestOrthanc();
    return TestPacs.#at(orthanc.root, 'orthanc', () => orthanc.stop());
  }

  /** Starts the project's own DICOMweb simulator. */
  static async startSimulator(): Promise<TestPacs> {
    const folder = await mkdtemp(join(tmpdir(), 'prelector-simulator-'));
    const child = spawn(process.execPath, [simulator, '--port', '0', '--storage', folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const { url } = await firstLine<{ url: string }>(child, 'the simulator');
    return TestPacs.#at(url, 'prelector-simulator', async () => {
      const exit = once(child, 'exit');
      child.kill();
      await exit;
      await rm(folder, { recursive: true, force: true });
    });
  }

  static async #at(root: string, profile: string, stop: () => Promise<void>): Promise<TestPacs> {
    const client = new DicomWebClient({
      profile: loadProfile(profile),
      roots: { base: root },
      allowHttp: true,
      mayStore: true,
      log: silentLog,
    });
    return new TestPacs(await PacsGate.open(root), profile, new URL(root).origin, client, stop);
  }

  async stop(): Promise<void> {
    await this.gate.close();
    await this.client.close();
    await this.stopServer();
  }

  /** Stores a study, or the slices of it from `first` to before `end`. */
  async push(study: PhantomStudy, first = 0, end = study.instances.length): Promise<void> {
    const instances = study.instances.slice(first, end);
    for (let start = 0; start < instances.length; start += batch) {
      const some = instances.slice(start, start + batch);
      const answer = await this.client.storeInstances(study.studyInstanceUid, some);
      const stored = [...answer.instances.values()].filter((each) => each.state === 'stored');
      if (stored.length !== some.length) throw new Error(`the PACS took ${stored.length} of ${some.length}`);
    }
  }

  /** Has the PACS take a file of which DICOMweb would refuse the UIDs: Orthanc only. */
  async pushAsItIs(bytes: Uint8Array): Promise<void> {
    const answer = await fetch(`${this.restRoot}/instances`, { method: 'POST', body: Buffer.from(bytes) });
    if (!answer.ok) throw new Error(`the PACS answered ${answer.status}`);
  }

  /** Takes a study away, evidence and all: Orthanc only. */
  async remove(studyInstanceUid: string): Promise<void> {
    const found = await fetch(`${this.restRoot}/tools/find`, {
      method: 'POST',
      body: JSON.stringify({ Level: 'Study', Query: { StudyInstanceUID: studyInstanceUid } }),
    });
    for (const id of (await found.json()) as string[])
      await fetch(`${this.restRoot}/studies/${id}`, { method: 'DELETE' });
  }

  /** What the PACS answers when it is asked for a study. */
  async listed(studyInstanceUid: string): Promise<Dataset> {
    for await (const answer of this.client.searchForStudies({ studyInstanceUid })) return answer;
    throw new Error('the PACS does not have that study');
  }

  /** What stands beside the images of a study. */
  async evidence(studyInstanceUid: string): Promise<StoredEvidence[]> {
    const found: StoredEvidence[] = [];
    for (const series of await this.client.searchForSeries(studyInstanceUid)) {
      if (!evidenceModalities.has(stringOf(series, '00080060') ?? '')) continue;
      const seriesInstanceUid = stringOf(series, '0020000E') ?? '';
      for (const each of await this.client.searchForInstances(studyInstanceUid, seriesInstanceUid)) {
        const sopInstanceUid = stringOf(each, '00080018') ?? '';
        const bytes = await this.client.retrieveInstance(studyInstanceUid, seriesInstanceUid, sopInstanceUid);
        const { dataset } = readPart10(bytes);
        found.push({
          seriesInstanceUid,
          sopInstanceUid,
          sopClassUid: stringOf(dataset, '00080016') ?? '',
          bytes,
          dataset,
        });
      }
    }
    return found;
  }
}
