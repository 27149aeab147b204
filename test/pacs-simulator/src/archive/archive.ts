import { mkdir, open, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock } from '@prelector/kernel';
import type { Changes } from '../dicom/change-elements.js';
import { changeElements } from '../dicom/change-elements.js';
import { textOf } from '../dicom/dataset.js';
import { readHeader } from '../dicom/read-header.js';
import type { Identifiers } from '../dicom/read-identifiers.js';
import { readIdentifiers } from '../dicom/read-identifiers.js';
import { StoredInstance } from './stored-instance.js';

export interface InstanceFilter {
  readonly study?: string | undefined;
  readonly series?: string | undefined;
  readonly instance?: string | undefined;
}

/**
 * Part-10 files in a folder, `<study>/<series>/<instance>.dcm`, with an index in memory that is made from the
 * files at start. A file appears by rename, so a killed simulator leaves none half written.
 */
export class Archive {
  readonly #instances = new Map<string, StoredInstance>();
  readonly #incoming: string;
  #sequence = 0;

  private constructor(
    private readonly folder: string,
    private readonly clock: Clock,
  ) {
    this.#incoming = join(folder, '.incoming');
  }

  /** Opens a folder, making it where it is missing; files that are no DICOM are passed over. */
  static async open(folder: string, clock: Clock): Promise<Archive> {
    const archive = new Archive(folder, clock);
    await rm(archive.#incoming, { recursive: true, force: true });
    await mkdir(archive.#incoming, { recursive: true });
    const entries = await readdir(folder, { withFileTypes: true, recursive: true });
    const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.dcm'));
    for (const path of files.map((entry) => join(entry.parentPath, entry.name)).sort()) {
      const { identifiers, bytes } = await identify(path);
      if (identifiers) archive.#index(identifiers, path, bytes, 0);
    }
    return archive;
  }

  /** A name for a file that is being received. */
  incomingPath(): string {
    this.#sequence += 1;
    return join(this.#incoming, `${this.#sequence}.part`);
  }

  get(sopInstanceUid: string): StoredInstance | undefined {
    return this.#instances.get(sopInstanceUid);
  }

  /** Keeps a file, over what stood under its SOP Instance UID; seen only after `hiddenMs`. */
  async put(file: Buffer, hiddenMs = 0): Promise<StoredInstance> {
    const identifiers = identifiersOf(file);
    const { studyUid, seriesUid, sopInstanceUid } = identifiers;
    const path = join(this.folder, studyUid, seriesUid, `${sopInstanceUid}.dcm`);
    const incoming = this.incomingPath();
    await mkdir(dirname(path), { recursive: true });
    await writeFile(incoming, file);
    await rename(incoming, path);
    const before = this.#instances.get(sopInstanceUid);
    if (before && before.path !== path) await rm(before.path, { force: true });
    const visibleFrom = hiddenMs > 0 ? this.clock.now().getTime() + hiddenMs : 0;
    return this.#index(identifiers, path, file.length, visibleFrom);
  }

  /** What can be seen now, in the order of its arrival. */
  visible({ study, series, instance }: InstanceFilter = {}): StoredInstance[] {
    const now = this.clock.now().getTime();
    return [...this.#instances.values()]
      .filter(
        (each) =>
          each.visibleFrom <= now &&
          (study === undefined || each.studyUid === study) &&
          (series === undefined || each.seriesUid === series) &&
          (instance === undefined || each.sopInstanceUid === instance),
      )
      .sort((a, b) => a.sequence - b.sequence);
  }

  /** Changes the headers of a whole study, hidden instances too; returns how many files were rewritten. */
  async changeStudy(study: string, changes: Changes): Promise<number> {
    const instances = [...this.#instances.values()].filter((each) => each.studyUid === study);
    for (const { path, visibleFrom } of instances) {
      const hiddenMs = Math.max(0, visibleFrom - this.clock.now().getTime());
      await this.put(changeElements(await readFile(path), changes), hiddenMs);
    }
    return instances.length;
  }

  /** Takes instances away for good; returns how many. */
  async remove(filter: InstanceFilter): Promise<number> {
    const gone = [...this.#instances.values()].filter(
      (each) =>
        (filter.study === undefined || each.studyUid === filter.study) &&
        (filter.series === undefined || each.seriesUid === filter.series) &&
        (filter.instance === undefined || each.sopInstanceUid === filter.instance),
    );
    for (const { path, sopInstanceUid } of gone) {
      this.#instances.delete(sopInstanceUid);
      await rm(path, { force: true });
    }
    return gone.length;
  }

  #index(identifiers: Identifiers, path: string, bytes: number, visibleFrom: number): StoredInstance {
    this.#sequence += 1;
    const stored = new StoredInstance(identifiers, path, bytes, this.#sequence, visibleFrom);
    this.#instances.set(identifiers.sopInstanceUid, stored);
    return stored;
  }
}

/** By the beginning of a file where that is enough, else by all of it; no identifiers where it is no DICOM. */
async function identify(path: string): Promise<{ identifiers?: Identifiers; bytes: number }> {
  const handle = await open(path);
  try {
    const { size } = await handle.stat();
    const head = Buffer.alloc(Math.min(size, headBytes));
    await handle.read(head, 0, head.length, 0);
    const found = readIdentifiers(head);
    return { identifiers: found ?? identifiersOf(await readFile(path)), bytes: size };
  } catch {
    return { bytes: 0 };
  } finally {
    await handle.close();
  }
}

function identifiersOf(file: Buffer): Identifiers {
  const found = readIdentifiers(file);
  if (found) return found;
  const header = readHeader(file);
  return { ...header, modality: textOf(header.dataset, '00080060') };
}

const headBytes = 64 * 1024;
