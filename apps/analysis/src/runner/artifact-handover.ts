import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, readdir, rm, type FileHandle } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Log } from '@prelector/kernel';
import { isAlive, processIdentity } from '@prelector/platform';
import { runError } from './errors.js';
import type { HandedArtifact } from './protocol.js';

export interface ArtifactHandoverOptions {
  /** Folder in which each run gets one of its own; made, and only its user's (0700), when it is not there. */
  readonly root: string;
  readonly log: Log;
  /** Keeps bytes for good; what it throws fails the run, and so does what the content throws at its end. */
  keep(content: AsyncIterable<Uint8Array>, mediaType: string): Promise<unknown>;
}

/** Parts the names of machine, process and run in the name of a folder. */
const PART = '@';

/**
 * How artifacts of a run come from a runner to its parent: as files in a folder that the parent gave it, named and
 * told by their digest. The parent copies what it takes over, because a runner could go on writing to a file.
 */
export class ArtifactHandover {
  readonly #options: ArtifactHandoverOptions;
  readonly #owner: string;

  constructor(options: ArtifactHandoverOptions) {
    this.#options = options;
    this.#owner = [hostname(), processIdentity(process.pid) ?? String(process.pid)].join(PART);
  }

  /** An empty folder for one run; {@link drop} it afterwards. Throws `run.artifact-refused` where none can be made. */
  async begin(): Promise<string> {
    const folder = join(this.#options.root, [this.#owner, randomUUID()].join(PART));
    await mkdir(folder, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
      throw runError('run.artifact-refused', `no folder for it can be made (${codeOf(cause)})`, { cause });
    });
    return folder;
  }

  /**
   * Takes over what a runner says that it left in its folder. Throws `run.artifact-refused` where a file is none, is
   * not there, or is not of the size and digest told, or all are larger than `maximumBytes`; nothing of such a file is
   * kept.
   */
  async adopt(folder: string, artifacts: readonly HandedArtifact[], maximumBytes: number): Promise<void> {
    const total = artifacts.reduce((sum, { bytes }) => sum + bytes, 0);
    if (total > maximumBytes)
      throw runError('run.artifact-refused', `${total} bytes, of at most ${maximumBytes}`);
    for (const artifact of artifacts)
      await this.#options.keep(contentOf(join(folder, artifact.digest), artifact), artifact.mediaType);
  }

  /** Removes the folder of a run with whatever a runner left in it. */
  async drop(folder: string): Promise<void> {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch((cause: unknown) => {
      this.#options.log.warn('the folder of a run could not be removed, and is swept at the next start', {
        code: codeOf(cause),
      });
    });
  }

  /** Removes the folders of runs whose process on this machine is gone, killed with its runner for one. */
  async sweep(): Promise<void> {
    const names = await readdir(this.#options.root).catch((): string[] => []);
    for (const name of names) {
      const [machine, owner] = name.split(PART);
      if (machine !== hostname() || owner === undefined || isAlive(owner)) continue;
      await this.drop(join(this.#options.root, name));
    }
  }
}

/** The bytes of a file as they are read once, which fails at its end unless they are those that were told. */
async function* contentOf(path: string, told: HandedArtifact): AsyncGenerator<Uint8Array> {
  const file = await openFile(path);
  try {
    const about = await file.stat();
    if (!about.isFile()) throw runError('run.artifact-refused', 'it is no file');
    if (about.size !== told.bytes)
      throw runError('run.artifact-refused', `${about.size} bytes, ${told.bytes} told`);
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const chunk of file.createReadStream({ autoClose: false, highWaterMark: 1024 ** 2 })) {
      bytes += (chunk as Buffer).length;
      if (bytes > told.bytes) throw runError('run.artifact-refused', 'it grew while it was read');
      hash.update(chunk as Buffer);
      yield chunk as Buffer;
    }
    if (bytes !== told.bytes || hash.digest('hex') !== told.digest)
      throw runError('run.artifact-refused', 'its digest is another than was told');
  } finally {
    await file.close();
  }
}

/** No link is followed, and nothing waited for that is no file. */
async function openFile(path: string): Promise<FileHandle> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  try {
    return await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (cause) {
    throw runError('run.artifact-refused', `it cannot be opened (${codeOf(cause)})`, { cause });
  }
}

const codeOf = (cause: unknown) => (cause as NodeJS.ErrnoException).code;
