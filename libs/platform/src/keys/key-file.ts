import { randomBytes, randomUUID } from 'node:crypto';
import { link, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ownDataFolder } from '../data-folder.js';
import { platformError } from '../errors.js';
import { keyringOf, type DataKey, type Keyring } from './keyring.js';

const key = z.base64().refine((text) => Buffer.from(text, 'base64').length === 32);
const keyFileSchema = z.object({
  keys: z.tuple([z.object({ id: z.string().min(1), key })], z.object({ id: z.string().min(1), key })),
  siteKey: key,
});

/** `<data>/keys.json` (0600): the keys of an installation that was given none, made at first use. */
export class KeyFile implements Keyring {
  private constructor(private readonly keyring: Keyring) {}

  /** Safe to open twice at once. A file that is damaged is never replaced. @throws keys.unreadable */
  static async open(dataFolder: string): Promise<KeyFile> {
    const path = join(await ownDataFolder(dataFolder), 'keys.json');
    const { keys, siteKey } = (await read(path)) ?? (await make(path));
    const [current, ...others] = keys.map(decoded);
    return new KeyFile(keyringOf([current as DataKey, ...others], bytesOf(siteKey)));
  }

  get current(): DataKey {
    return this.keyring.current;
  }

  get siteKey(): Uint8Array {
    return this.keyring.siteKey;
  }

  get(id: string): DataKey {
    return this.keyring.get(id);
  }
}

type Content = z.infer<typeof keyFileSchema>;

async function read(path: string): Promise<Content | undefined> {
  try {
    return keyFileSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    // The cause may quote the file, so it is not kept.
    throw platformError('keys.unreadable', path);
  }
}

/** Written whole and to disk under another name, then linked, so that of two makers one wins. */
async function make(path: string): Promise<Content> {
  const content = {
    keys: [{ id: randomBytes(4).toString('hex'), key: newKey() }],
    siteKey: newKey(),
  };
  const unfinished = `${path}.${randomUUID()}`;
  const file = await open(unfinished, 'wx', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(content, null, 2)}\n`);
    await file.sync();
    await link(unfinished, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await file.close();
    await rm(unfinished, { force: true });
  }
  const kept = await read(path);
  if (!kept) throw platformError('keys.unreadable', path);
  return kept;
}

const newKey = (): string => randomBytes(32).toString('base64');
const bytesOf = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'));
const decoded = ({ id, key: text }: { id: string; key: string }): DataKey => ({ id, key: bytesOf(text) });
