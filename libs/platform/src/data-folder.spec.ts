import { chmod, chown, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ownDataFolder } from './data-folder.js';

let root: string;
let folder: string;

const modeOf = async (path: string) => (await stat(path)).mode & 0o7777;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'prelector-data-'));
  folder = join(root, 'data');
});
afterEach(() => rm(root, { recursive: true, force: true }));

describe('the data folder', () => {
  it('is made, for nobody else to read, and may be asked for again', async () => {
    expect(await ownDataFolder(folder)).toBe(folder);
    expect(await ownDataFolder(folder)).toBe(folder);
    expect(await modeOf(folder)).toBe(0o700);
  });

  it('is found through a link', async () => {
    await symlink(folder, join(root, 'link'));
    await mkdir(folder, { mode: 0o700 });
    expect(await ownDataFolder(join(root, 'link'))).toBe(folder);
  });

  it.each([0o755, 0o750, 0o777, 0o770])('is closed when it is empty and open (%i)', async (mode) => {
    await mkdir(folder);
    await chmod(folder, mode);
    await ownDataFolder(folder);
    expect(await modeOf(folder)).toBe(0o700);
  });

  it.each(['keys.json', 'postgres', 'connection.json'])('is closed when it holds %s', async (name) => {
    await mkdir(folder);
    await chmod(folder, 0o755);
    await writeFile(join(folder, name), '');
    await ownDataFolder(folder);
    expect(await modeOf(folder)).toBe(0o700);
  });

  it('is left alone where others can pass through but see nothing', async () => {
    await mkdir(folder);
    await chmod(folder, 0o711);
    await ownDataFolder(folder);
    expect(await modeOf(folder)).toBe(0o711);
  });

  it.each([
    ['with nothing of ours in it', 'holiday.jpg', 0o755],
    ['in which everybody may plant things', 'keys.json', 0o1777],
  ])('is not an open folder %s: that is refused and left as it is', async (_, name, mode) => {
    await mkdir(folder);
    await chmod(folder, mode);
    await writeFile(join(folder, name), '');
    await expect(ownDataFolder(folder)).rejects.toMatchObject({ code: 'data.open' });
    expect(await modeOf(folder)).toBe(mode);
  });

  if (process.getuid?.() === 0) {
    it.each([0o700, 0o755])('is not, for root, a folder of somebody else (%i)', async (mode) => {
      await mkdir(folder);
      await chmod(folder, mode);
      await chown(folder, 65_534, 65_534);
      await expect(ownDataFolder(folder)).rejects.toMatchObject({ code: 'data.foreign-owner' });
      expect(await stat(folder)).toMatchObject({ uid: 65_534, gid: 65_534 });
      expect(await modeOf(folder)).toBe(mode);
    });
  }
});
