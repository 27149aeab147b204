import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sha256 } from '@prelector/kernel';
import { keyringOf } from '../keys/keyring.js';
import { FolderArtifactStore } from './folder-artifact-store.js';

const key = (id: string, fill: number) => ({ id, key: new Uint8Array(32).fill(fill) });
const keyring = keyringOf([key('now', 1)], new Uint8Array(32));
const mediaType = 'application/dicom';
const MiB = 1024 * 1024;

let folder: string;
let store: FolderArtifactStore;
const pathOf = (digest: string, sealed: boolean) =>
  join(folder, digest.slice(0, 2), digest.slice(2, 4), sealed ? `${digest}.sealed` : digest);
const unfinished = () => readdir(join(folder, 'unfinished'));

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prelector-artifacts-'));
  store = await FolderArtifactStore.open({ folder, keyring });
});
afterEach(() => rm(folder, { recursive: true }));

describe.each([
  ['plain', false],
  ['encrypted', true],
])('an artifact kept %s', (_what, encrypt) => {
  it.each([0, 1, 1000, MiB - 1, MiB, MiB + 1, 2 * MiB + 17])(
    'of %d bytes comes back as it was, under its digest',
    async (size) => {
      const bytes = new Uint8Array(randomBytes(size));
      const stored = await store.put(bytes, { mediaType, encrypt });
      expect(stored).toEqual({ digest: sha256(bytes), size });
      expect(Buffer.from(await store.get(stored.digest)).equals(bytes)).toBe(true);
      expect(await unfinished()).toEqual([]);
    },
  );

  it('is the same artifact when it arrives in pieces, and when it is put twice', async () => {
    const bytes = new Uint8Array(randomBytes(3 * MiB + 5));
    const [a, b] = await Promise.all([
      store.put(pieces(bytes, 70_001), { mediaType, encrypt }),
      store.put(bytes, { mediaType, encrypt }),
    ]);
    expect(a).toEqual(b);
    expect(Buffer.from(await store.get(a.digest)).equals(bytes)).toBe(true);
  });

  it('is gone when removed, and removing it again does no harm', async () => {
    const { digest } = await store.put(new Uint8Array([1, 2, 3]), { mediaType, encrypt });
    expect(await store.has(digest)).toBe(true);
    await store.remove(digest);
    await store.remove(digest);
    expect(await store.has(digest)).toBe(false);
    await expect(store.get(digest)).rejects.toMatchObject({ code: 'artifact.missing' });
  });

  it('is refused when a byte of it changed on disk, or its end is missing', async () => {
    const { digest } = await store.put(new Uint8Array(randomBytes(2 * MiB + 100)), { mediaType, encrypt });
    const path = pathOf(digest, encrypt);
    const whole = await readFile(path);
    for (const at of [0, 30, MiB, whole.length - 1]) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await writeFile(path, changed);
      await expect(store.get(digest)).rejects.toMatchObject({ recovery: 'permanent' });
    }
    for (const length of [0, 10, whole.length - MiB, whole.length - 1]) {
      await writeFile(path, whole.subarray(0, length));
      await expect(store.get(digest)).rejects.toMatchObject({ code: 'artifact.damaged' });
    }
  });

  it('leaves nothing behind when its source fails or is too large', async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(100);
      throw new Error('connection lost');
    }
    await expect(store.put(failing(), { mediaType, encrypt })).rejects.toThrow('connection lost');
    const small = await FolderArtifactStore.open({ folder, keyring, mostBytes: 10 });
    await expect(small.put(new Uint8Array(11), { mediaType, encrypt })).rejects.toMatchObject({
      code: 'artifact.too-large',
    });
    expect(await readdir(folder)).toEqual(['unfinished']);
    expect(await unfinished()).toEqual([]);
  });
});

describe('the artifact store', () => {
  it('writes nothing readable of an encrypted artifact', async () => {
    const text = 'DOE^JANE '.repeat(1000);
    const { digest } = await store.put(Buffer.from(text), { mediaType, encrypt: true });
    expect((await readFile(pathOf(digest, true))).includes('DOE')).toBe(false);
  });

  it('reads what an older key encrypted, and names the key that is missing', async () => {
    const { digest } = await store.put(new Uint8Array([1]), { mediaType, encrypt: true });
    const rotated = keyringOf([key('next', 2), key('now', 1)], new Uint8Array(32));
    const later = await FolderArtifactStore.open({ folder, keyring: rotated });
    expect([...(await later.get(digest))]).toEqual([1]);
    const lost = keyringOf([key('next', 2)], new Uint8Array(32));
    const stranger = await FolderArtifactStore.open({ folder, keyring: lost });
    await expect(stranger.get(digest)).rejects.toMatchObject({ code: 'keys.unknown' });
  });

  it('takes no name that is not a digest', async () => {
    for (const name of ['../../etc/passwd', '', 'A'.repeat(64), `${'a'.repeat(63)}/`]) {
      expect(await store.has(name)).toBe(false);
      await expect(store.get(name)).rejects.toMatchObject({ code: 'artifact.missing' });
      await store.remove(name);
    }
  });

  it('clears away what was left half written long ago, and nothing newer', async () => {
    const [old, fresh] = ['old', 'fresh'].map((name) => join(folder, 'unfinished', name)) as [string, string];
    await Promise.all([writeFile(old, ''), writeFile(fresh, '')]);
    await utimes(old, new Date(0), new Date(0));
    await FolderArtifactStore.open({ folder, keyring });
    expect(await unfinished()).toEqual(['fresh']);
  });

  it('says that there is no room when the disk takes nothing', async () => {
    await rm(join(folder, 'unfinished'), { recursive: true });
    await writeFile(join(folder, 'unfinished'), '');
    await expect(store.put(new Uint8Array(1), { mediaType, encrypt: false })).rejects.toMatchObject({
      code: 'artifact.no-room',
    });
  });
});
