import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { silentLog } from '@prelector/kernel';
import { FolderArtifactStore, processIdentity } from '@prelector/platform';
import { ArtifactHandover } from '../../apps/analysis/src/runner/artifact-handover.js';
import { handOver } from '../../apps/analysis/src/runner/hand-over.js';
import type { RunnerJob } from '../../apps/analysis/src/runner/protocol.js';
import { Runner, type RunOptions } from '../../apps/analysis/src/runner/runner.js';

jest.setTimeout(60_000);

const entry = fileURLToPath(new URL('handing-runner.testing.mjs', import.meta.url));
const bounds: RunOptions = { timeoutSeconds: 60, memoryMiB: 4096 };
const refused = expect.objectContaining({ code: 'run.artifact-refused', recovery: 'transient' });

let root: string;
let runs: string;
let store: FolderArtifactStore;
let handover: ArtifactHandover;
let runner: Runner;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'prelector-handover-'));
  runs = join(root, 'runs');
  const key = { id: 'k', key: randomBytes(32) };
  const keyring = { current: key, siteKey: randomBytes(32), get: () => key };
  store = await FolderArtifactStore.open({ folder: join(root, 'artifacts'), keyring });
  handover = new ArtifactHandover({
    root: runs,
    log: silentLog,
    keep: (content, mediaType) => store.put(content, { mediaType, encrypt: true }),
  });
  runner = new Runner({ log: silentLog, threads: 1, entry, handover });
});
afterEach(async () => {
  await runner.close();
  rmSync(root, { recursive: true });
});

const series = (role: string, seriesInstanceUid: string) => ({
  role,
  seriesInstanceUid,
  why: 'the only series that fits',
  instances: [{ sopClassUid: '1.2', sopInstanceUid: `${seriesInstanceUid}.1` }],
});
const job = (way: string, ...roles: string[]): RunnerJob => ({
  package: { folder: root, digest: '0'.repeat(64) },
  source: { kind: 'folder', path: root },
  studyInstanceUid: way,
  series: (roles.length > 0 ? roles : ['image']).map((role, index) => series(role, `1.2.${index + 1}`)),
});

/** Every file that the store keeps, those aside that it had begun. */
const kept = () =>
  readdirSync(join(root, 'artifacts'), { recursive: true, withFileTypes: true }).filter((each) =>
    each.isFile(),
  );

describe('an artifact of a run', () => {
  it('comes by file and digest, is kept, and leaves nothing behind', async () => {
    const answer = await runner.run(job('1.1'), bounds);
    expect(answer.artifacts).toHaveLength(1);
    for (const { digest, bytes } of answer.artifacts) {
      expect((await store.get(digest)).byteLength).toBe(bytes);
    }
    expect(kept()).toHaveLength(1);
    expect(readdirSync(runs)).toEqual([]);
  });

  it.each([
    ['holds other bytes than its digest says', '1.2'],
    ['is longer than was told', '1.3'],
    ['is a link', '1.4'],
    ['is not there', '1.5'],
    ['is larger than a run may make', '1.6'],
    ['is a folder', '1.7'],
  ])('is refused, and nothing of it kept, where it %s', async (_what, way) => {
    await expect(runner.run(job(way), bounds)).rejects.toThrow(refused);
    expect(kept()).toEqual([]);
    expect(readdirSync(runs)).toEqual([]);
  });

  it('is never looked for by a name that leads out of the folder', async () => {
    await expect(runner.run(job('1.8'), bounds)).rejects.toThrow(
      expect.objectContaining({ code: 'run.message-invalid' }),
    );
    expect(kept()).toEqual([]);
  });

  it('is refused where all are larger than the memory of the run', async () => {
    const small = { ...bounds, memoryMiB: 0.5 };
    const folder = await handover.begin();
    await expect(
      handover.adopt(folder, [{ digest: '0'.repeat(64), bytes: 2 ** 20, mediaType: 'a/b' }], 2 ** 19),
    ).rejects.toThrow(refused);
    const content = new Uint8Array(2 ** 20);
    const made = [{ digest: '0'.repeat(64), mediaType: 'a/b', content }];
    await expect(handOver(made, { folder, maximumBytes: small.memoryMiB * 2 ** 20 })).rejects.toThrow(
      refused,
    );
    await expect(handOver(made, undefined)).rejects.toThrow(refused);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is refused where there is no room for it', async () => {
    writeFileSync(runs, 'no folder');
    await expect(runner.run(job('1.1'), bounds)).rejects.toThrow(refused);
    rmSync(runs);
  });

  it('is written once however often it was made, in files of its user alone', async () => {
    const folder = await handover.begin();
    const made = { digest: 'a'.repeat(64), mediaType: 'a/b', content: Uint8Array.of(1, 2) };
    expect(await handOver([made, made], { folder, maximumBytes: 2 })).toEqual([
      { digest: made.digest, mediaType: 'a/b', bytes: 2 },
    ]);
    expect(readdirSync(folder)).toEqual([made.digest]);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, made.digest)).mode & 0o777).toBe(0o600);
  });
});

describe('what a killed runner left', () => {
  it('goes with its run, whether the runner died or was ended', async () => {
    await expect(runner.run(job('1.9'), bounds)).rejects.toThrow(
      expect.objectContaining({ code: 'run.runner-crashed' }),
    );
    expect(readdirSync(runs)).toEqual([]);
    const controller = new AbortController();
    const run = runner.run(job('1.10'), {
      ...bounds,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await expect(run).rejects.toThrow(expect.objectContaining({ code: 'run.cancelled' }));
    expect(readdirSync(runs)).toEqual([]);
    expect(kept()).toEqual([]);
  });

  it('goes at the next start where its parent was killed, too, and nothing of a process that lives', async () => {
    const gone = fork(entry, { stdio: 'ignore' });
    const identity = processIdentity(gone.pid as number);
    await new Promise((resolve) => {
      gone.once('exit', resolve);
      gone.kill('SIGKILL');
    });
    const leave = (name: string) => {
      mkdirSync(join(runs, name), { recursive: true });
      writeFileSync(join(runs, name, 'left'), 'half a mask');
    };
    leave(`${hostname()}@${identity}@1`);
    // Which processes of another machine live nobody can tell from here.
    leave(`another-machine@${identity}@1`);
    const mine = await handover.begin();
    await handover.sweep();
    expect(
      readdirSync(runs)
        .map((name) => join(runs, name))
        .sort(),
    ).toEqual([mine, join(runs, `another-machine@${identity}@1`)].sort());
  });
});

describe('a job', () => {
  it('carries several series, each with its role', async () => {
    const { findings } = await runner.run(job('1.1', 'pre', 'post'), bounds);
    expect(findings.summary).toBe('pre and post');
  });

  it('is refused where two series have one role', async () => {
    const { readRequest } = await import('../../apps/analysis/src/runner/protocol.js');
    const request = (...roles: string[]) =>
      readRequest({ kind: 'run', id: 1, threads: 1, job: job('1.1', ...roles) });
    expect(request('pre', 'post')).toMatchObject({ job: { series: [{ role: 'pre' }, { role: 'post' }] } });
    expect(request('pre', 'pre')).toBeUndefined();
  });
});
