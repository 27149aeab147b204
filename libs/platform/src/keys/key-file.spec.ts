import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Redacted } from '../configuration/redacted.js';
import { KeyFile } from './key-file.js';
import { configuredKeyring } from './keyring.js';
import { openKeyring } from './open-keyring.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prelector-keys-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('the key file', () => {
  it('is made once, for its owner only, and read again', async () => {
    const data = join(folder, 'data');
    const first = await KeyFile.open(data);
    const second = await KeyFile.open(data);
    expect((await stat(join(data, 'keys.json'))).mode & 0o777).toBe(0o600);
    expect(first.current.key).toHaveLength(32);
    expect(first.siteKey).toHaveLength(32);
    expect(second.current).toEqual(first.current);
    expect(second.siteKey).toEqual(first.siteKey);
    expect(second.get(first.current.id)).toEqual(first.current);
  });

  it('is the same for all who open it at the same moment', async () => {
    const opened = await Promise.all(Array.from({ length: 20 }, () => KeyFile.open(folder)));
    expect(new Set(opened.map(({ current }) => current.id)).size).toBe(1);
  });

  it.each([
    ['empty', ''],
    ['cut off', '{"keys":[{"id":"a","key":"AAA'],
    ['with a short key', '{"keys":[{"id":"a","key":"AAAA"}],"siteKey":"AAAA"}'],
    ['without keys', '{"keys":[],"siteKey":"AAAA"}'],
  ])('is refused and left alone when it is %s', async (_what, content) => {
    const path = join(folder, 'keys.json');
    await writeFile(path, content);
    await expect(KeyFile.open(folder)).rejects.toMatchObject({ code: 'keys.unreadable' });
    expect(await readFile(path, 'utf8')).toBe(content);
  });

  it('keeps older keys for reading', async () => {
    const key = (fill: number) => Buffer.alloc(32, fill).toString('base64');
    const keys = [
      { id: 'new', key: key(1) },
      { id: 'old', key: key(2) },
    ];
    await writeFile(join(folder, 'keys.json'), JSON.stringify({ keys, siteKey: key(3) }));
    const file = await KeyFile.open(folder);
    expect(file.current.id).toBe('new');
    expect(file.get('old').key).toEqual(new Uint8Array(32).fill(2));
    expect(() => file.get('lost')).toThrow(expect.objectContaining({ code: 'keys.unknown' }));
  });
});

describe('configured keys', () => {
  it('make a keyring, or none where the key file is to be used', () => {
    const secret = (fill: number) => new Redacted(Buffer.alloc(32, fill).toString('base64'));
    const keyring = configuredKeyring({ keys: [{ id: 'a', key: secret(1) }], siteKey: secret(2) });
    expect(keyring?.current).toEqual({ id: 'a', key: new Uint8Array(32).fill(1) });
    expect(keyring?.siteKey).toEqual(new Uint8Array(32).fill(2));
    expect(configuredKeyring({})).toBeUndefined();
  });

  it('go before the key file', async () => {
    const secret = new Redacted(Buffer.alloc(32, 1).toString('base64'));
    const security = { keys: [{ id: 'a', key: secret }], siteKey: secret };
    expect((await openKeyring({ security, dataFolder: folder })).current.id).toBe('a');
    expect(await readdir(folder)).toEqual([]);
    const own = await openKeyring({ security: {}, dataFolder: folder });
    expect((await KeyFile.open(folder)).current).toEqual(own.current);
  });
});
