import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DicomWebClient, type Authenticator, type TlsOptions } from '@prelector/dicomweb';
import { readPart10, stringOf, tags } from '@prelector/dicom';
import type { Log } from '@prelector/kernel';
import type { ChildAccess } from './access.js';
import { runError } from './errors.js';
import type { ReaderClient, RunnerJob, RunSeries } from './protocol.js';

/** Where a run's instances come from: part-10 bytes, one instance at a time, in any order. */
export interface InstanceSource {
  /** The bytes of an instance are valid until the next is asked for: their memory is used again. */
  instances(studyInstanceUid: string, series: RunSeries): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

export async function sourceOf(
  { source }: RunnerJob,
  access: ChildAccess,
  log: Log,
): Promise<InstanceSource> {
  if (source.kind === 'folder') return new FolderSource(source.path);
  return new DicomWebSource(source.client, access, await access.tls(), log);
}

/** A series of a PACS node by WADO-RS; reads only. */
class DicomWebSource implements InstanceSource {
  readonly #client: DicomWebClient;

  constructor(client: ReaderClient, authenticator: Authenticator, tls: TlsOptions | undefined, log: Log) {
    this.#client = new DicomWebClient({
      ...client,
      authenticator,
      ...(tls ? { tls } : {}),
      mayStore: false,
      log,
    });
  }

  async *instances(studyInstanceUid: string, series: RunSeries): AsyncIterable<Uint8Array> {
    const expected = series.instances.map(({ sopInstanceUid }) => sopInstanceUid);
    const parts = this.#client.retrieveSeries(studyInstanceUid, series.seriesInstanceUid, {
      expected,
      reuseMemory: true,
    });
    for await (const { bytes } of parts) yield bytes;
  }

  async close(): Promise<void> {
    await this.#client.close();
  }
}

/** Part-10 files anywhere below a folder; what is no DICOM file, or is not asked for, is passed over. */
class FolderSource implements InstanceSource {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async *instances(_studyInstanceUid: string, series: RunSeries): AsyncIterable<Uint8Array> {
    const wanted = new Set(series.instances.map(({ sopInstanceUid }) => sopInstanceUid));
    for await (const path of filesBelow(this.#folder)) {
      const bytes = await readFile(path);
      const uid = sopInstanceUidOf(bytes);
      if (uid !== undefined && wanted.has(uid)) yield bytes;
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** The files below a folder in the order of their paths; throws `run.folder-unreadable`. */
export async function* filesBelow(folder: string): AsyncIterable<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    throw runError('run.folder-unreadable', folder, { cause });
  });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  yield* files.sort();
}

function sopInstanceUidOf(bytes: Uint8Array): string | undefined {
  try {
    return stringOf(readPart10(bytes, { stopBeforePixelData: true }).dataset, tags.SOPInstanceUID);
  } catch {
    return undefined;
  }
}
