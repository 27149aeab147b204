import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { withFileLock } from './file-lock.js';
import { isAlive, processIdentity } from './process-identity.js';

let folder: string;
let lock: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prelector-lock-'));
  lock = join(folder, 'lock');
});
afterEach(() => rm(folder, { recursive: true }));

/** As a holder or contender that wrote `content` left it. */
async function left(name: string, content: string): Promise<void> {
  await mkdir(lock, { recursive: true });
  await writeFile(join(lock, name), content);
}
const DEAD = '999999999:1';

describe('a lock', () => {
  it('lets one in at a time, and leaves nothing behind', async () => {
    let inside = 0;
    let most = 0;
    const work = () =>
      withFileLock(lock, async () => {
        most = Math.max(most, (inside += 1));
        await sleep(2);
        inside -= 1;
      });
    await Promise.all(Array.from({ length: 5 }, work));
    expect(most).toBe(1);
    expect(await readdir(lock)).toHaveLength(1);
  });

  it('is let go when the work fails', async () => {
    await expect(withFileLock(lock, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await withFileLock(lock, async () => 'in')).toBe('in');
  });

  it('of a dead process is passed on to one of many, and what it left is cleared away', async () => {
    await left('7', DEAD);
    await left('3', DEAD);
    await left('ticket-of-the-dead', DEAD);
    let inside = 0;
    const seen = await Promise.all(
      Array.from({ length: 20 }, () =>
        withFileLock(lock, async () => {
          inside += 1;
          await sleep(1);
          return inside--;
        }),
      ),
    );
    expect(new Set(seen)).toEqual(new Set([1]));
    expect(await readdir(lock)).toEqual(['27']);
  });

  it('of a live process is waited for, and not for ever', async () => {
    await left('1', processIdentity(process.pid) ?? '');
    await expect(withFileLock(lock, async () => undefined, 60)).rejects.toMatchObject({
      code: 'lock.timeout',
    });
    expect(await readdir(lock)).toEqual(['1']);
  });
});

describe('the identity of a process', () => {
  it('tells a pid that is used again from the one that was written down', () => {
    const own = processIdentity(process.pid);
    expect(own).toMatch(new RegExp(`^${process.pid}:.+`, 'u'));
    expect(isAlive(own ?? '')).toBe(true);
    expect(isAlive(`${process.pid}:another start`)).toBe(false);
    expect(isAlive('')).toBe(false);
    expect(processIdentity(-1)).toBeUndefined();
    expect(processIdentity(999_999_999)).toBeUndefined();
  });
});
