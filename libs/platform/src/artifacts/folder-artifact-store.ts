import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, mkdir, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PrelectorError } from '@prelector/kernel';
import { platformError } from '../errors.js';
import type { Keyring } from '../keys/keyring.js';
import type { ArtifactStore, PutOptions, StoredArtifact } from './artifact-store.js';
import { seal, unseal } from './sealed-pieces.js';

const DIGEST = /^[0-9a-f]{64}$/u;
const MOST_BYTES = 8 * 1024 ** 3;
const DAY_MS = 86_400_000;

export interface FolderArtifactStoreOptions {
  readonly folder: string;
  readonly keyring: Keyring;
  /** Largest artifact taken; 8 GiB by default. */
  readonly mostBytes?: number;
}

/**
 * Artifacts in a folder, `ab/cd/<digest>` plain and `ab/cd/<digest>.sealed` encrypted. A file appears under
 * its name only when it is whole and on disk.
 */
export class FolderArtifactStore implements ArtifactStore {
  private constructor(
    private readonly folder: string,
    private readonly keyring: Keyring,
    private readonly mostBytes: number,
  ) {}

  /** Makes the folder, and clears away what was left half written a day ago or earlier. */
  static async open({
    folder,
    keyring,
    mostBytes = MOST_BYTES,
  }: FolderArtifactStoreOptions): Promise<FolderArtifactStore> {
    const unfinished = join(folder, 'unfinished');
    await mkdir(unfinished, { recursive: true, mode: 0o700 });
    for (const name of await readdir(unfinished)) {
      const path = join(unfinished, name);
      const found = await stat(path).catch(() => undefined);
      if (found && found.mtimeMs < Date.now() - DAY_MS) await rm(path, { force: true });
    }
    return new FolderArtifactStore(folder, keyring, mostBytes);
  }

  async put(
    content: Uint8Array | AsyncIterable<Uint8Array>,
    { encrypt }: PutOptions,
  ): Promise<StoredArtifact> {
    const unfinished = join(this.folder, 'unfinished', randomUUID());
    const measured = new Measured(content instanceof Uint8Array ? once(content) : content, this.mostBytes);
    try {
      await writeWhole(unfinished, encrypt ? seal(measured, this.keyring) : measured);
      const stored = { digest: measured.digest(), size: measured.size };
      await this.keep(unfinished, this.pathOf(stored.digest, encrypt));
      return stored;
    } catch (error) {
      // What cannot be cleared away now is at the next opening; the first fault is the one to tell.
      await rm(unfinished, { force: true }).catch(() => undefined);
      throw asArtifactError(error);
    }
  }

  async get(digest: string): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.stream(digest)) chunks.push(chunk);
    const joined = Buffer.concat(chunks);
    return new Uint8Array(joined.buffer, joined.byteOffset, joined.byteLength);
  }

  async *stream(digest: string): AsyncGenerator<Uint8Array> {
    const found = await this.find(digest);
    if (!found) throw platformError('artifact.missing', digest);
    const file: AsyncIterable<Uint8Array> = createReadStream(found.path, { highWaterMark: 256 * 1024 });
    const hash = createHash('sha256');
    for await (const chunk of found.sealed ? unseal(file, this.keyring) : file) {
      hash.update(chunk);
      yield chunk;
    }
    if (hash.digest('hex') !== digest) throw platformError('artifact.damaged', digest);
  }

  async has(digest: string): Promise<boolean> {
    return (await this.find(digest)) !== undefined;
  }

  async remove(digest: string): Promise<void> {
    if (!DIGEST.test(digest)) return;
    for (const sealed of [false, true]) await rm(this.pathOf(digest, sealed), { force: true });
  }

  private async keep(unfinished: string, path: string): Promise<void> {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await rename(unfinished, path);
    // The new name itself must outlive a power cut, too.
    const folder = await open(dirname(path));
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }

  private async find(digest: string): Promise<{ path: string; sealed: boolean } | undefined> {
    if (!DIGEST.test(digest)) return undefined;
    for (const sealed of [false, true]) {
      const path = this.pathOf(digest, sealed);
      if (
        await access(path).then(
          () => true,
          () => false,
        )
      )
        return { path, sealed };
    }
    return undefined;
  }

  private pathOf(digest: string, sealed: boolean): string {
    const name = sealed ? `${digest}.sealed` : digest;
    return join(this.folder, digest.slice(0, 2), digest.slice(2, 4), name);
  }
}

/** Passes bytes on, and keeps their digest and number. */
class Measured implements AsyncIterable<Uint8Array> {
  private readonly hash = createHash('sha256');
  size = 0;

  constructor(
    private readonly source: AsyncIterable<Uint8Array>,
    private readonly mostBytes: number,
  ) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.source) {
      this.size += chunk.length;
      if (this.size > this.mostBytes) throw platformError('artifact.too-large', `${this.mostBytes} bytes`);
      this.hash.update(chunk);
      yield chunk;
    }
  }

  digest(): string {
    return this.hash.digest('hex');
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function writeWhole(path: string, content: AsyncIterable<Uint8Array>): Promise<void> {
  const file: FileHandle = await open(path, 'wx', 0o600);
  try {
    for await (const chunk of content) await file.writeFile(chunk);
    await file.sync();
  } finally {
    await file.close();
  }
}

const DISK_CODES: ReadonlySet<unknown> = new Set([
  'ENOSPC',
  'EDQUOT',
  'EROFS',
  'EACCES',
  'EPERM',
  'EIO',
  'ENOENT',
  'ENOTDIR',
]);

function asArtifactError(error: unknown): unknown {
  if (error instanceof PrelectorError) return error;
  const { code } = error as NodeJS.ErrnoException;
  return DISK_CODES.has(code) ? platformError('artifact.no-room', code, { cause: error }) : error;
}
