import { fork } from 'node:child_process';
import { appendFileSync, closeSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { buildDataset, numbersOf, tags, type Dataset } from '@prelector/dicom';
import { silentLog } from '@prelector/kernel';
import { Runner, type RunOptions } from '../../apps/analysis/src/runner/runner.js';
import type { RunnerJob } from '../../apps/analysis/src/runner/protocol.js';
import { Workbench, ctStudy, enhancedStudy, isAlive, rleFile } from './runner.testing.js';

// Children start in their own time on a busy machine.
jest.setTimeout(60_000);

const failsWith = (code: string, recovery?: string) =>
  expect.objectContaining(recovery === undefined ? { code } : { code, recovery });
const bounds: RunOptions = { timeoutSeconds: 60, memoryMiB: 4096 };

let bench: Workbench;
let runner: Runner;
let study: string;
let threshold: RunnerJob;
let endless: RunnerJob;

beforeAll(async () => {
  bench = new Workbench();
  study = bench.study('study', ctStudy(12));
  threshold = await bench.job(bench.package('threshold'), study);
  endless = await bench.job(bench.package('endless'), study);
});
afterAll(async () => bench.close());
beforeEach(() => {
  runner = new Runner({ log: silentLog, threads: 1 });
});
afterEach(async () => runner.close());

/** Starts a run that never ends, and waits until inference blocks the child. */
async function startEndless(options: Partial<RunOptions> = {}) {
  const inferring = Promise.withResolvers<void>();
  const run = runner.run(endless, {
    ...bounds,
    ...options,
    onProgress: ({ stage }) => (stage === 'inferring' ? inferring.resolve() : undefined),
  });
  run.catch(() => undefined);
  await inferring.promise;
  return { run, pid: runner.pid as number };
}

/** Writes over weights in place, as a copy to a share does. */
function overwrite(weights: string, value: number): void {
  const file = openSync(weights, 'r+');
  writeSync(file, new Float32Array(1024).fill(value));
  closeSync(file);
}

async function untilGone(pid: number): Promise<void> {
  while (isAlive(pid)) await pause(20);
}

describe('Runner', () => {
  it('does its first run in the child that was started ahead', async () => {
    runner.prepare();
    const { pid } = runner;
    runner.prepare();
    expect(pid).toBeGreaterThan(0);
    await runner.run(threshold, bounds);
    expect(runner.pid).toBe(pid);
  });

  it('measures a study and says what it saw', async () => {
    const stages = new Set<string>();
    const answer = await runner.run(threshold, { ...bounds, onProgress: ({ stage }) => stages.add(stage) });
    const [group] = answer.findings.groups;
    expect(group?.measurements.map(({ key, value }) => [key, Number(value.toFixed(3))])).toEqual([
      ['air-volume', 1],
      ['mean-density', -1000],
    ]);
    expect(answer.findings.series).toEqual([
      {
        seriesInstanceUid: '1.2.3.4',
        modality: 'CT',
        seriesDescription: 'Cube',
        seriesNumber: 3,
        why: 'the only series that fits',
        instances: Array.from({ length: 12 }, (_, index) => ({
          sopClassUid: '1.2.840.10008.5.1.4.1.1.2',
          sopInstanceUid: `1.2.3.4.${index + 1}`,
        })),
      },
    ]);
    expect(answer.findings.facts).toContainEqual({ name: 'Slice spacing', value: '1 mm' });
    expect(answer.identities).toEqual([
      {
        identity: {
          patientId: 'RUNNER-1',
          name: { family: 'RUNNER', given: 'TEST' },
          studyInstanceUid: '1.2.3',
          accessionNumber: 'A1',
          stated: {
            PatientName: '{"Alphabetic":"runner^test"}',
            PatientID: 'RUNNER-1',
            StudyInstanceUID: '1.2.3',
            AccessionNumber: 'A1',
          },
        },
        sopInstanceUid: '1.2.3.4.1',
      },
    ]);
    expect(Object.keys(answer.instanceDigests)).toHaveLength(12);
    expect([...stages]).toEqual(['loading', 'fetching', 'inferring']);
    expect(answer.peakRssMiB).toBeGreaterThan(10);
  });

  it('gives the same findings and digests from a PACS node as from a folder', async () => {
    const folder = await runner.run(threshold, bounds);
    const source = await bench.node(ctStudy(12).toReversed());
    const node = await runner.run({ ...threshold, source }, bounds);
    expect(node.findings).toEqual(folder.findings);
    expect(node.instanceDigests).toEqual(folder.instanceDigests);
  });

  it('gives the same findings and digests for compressed images, decoded in threads', async () => {
    const plain = await runner.run(threshold, bounds);
    const path = bench.study('rle', ctStudy(12), rleFile);
    const rle = await runner.run({ ...threshold, source: { kind: 'folder', path } }, bounds);
    expect(rle.findings).toEqual(plain.findings);
    expect(rle.instanceDigests).toEqual(plain.instanceDigests);
  });

  it('measures one enhanced image of many frames like the single images', async () => {
    const plain = await runner.run(threshold, bounds);
    const path = bench.study('enhanced', [enhancedStudy(12)]);
    const job = await bench.job(threshold.package.folder, path);
    const enhanced = await runner.run(job, bounds);
    expect(enhanced.findings.groups).toEqual(plain.findings.groups);
    expect(enhanced.findings.facts).toContainEqual({ name: 'Slices analysed', value: '12' });
    expect(enhanced.findings.series[0]?.instances).toHaveLength(1);
    expect(Object.keys(enhanced.instanceDigests)).toEqual(['1.2.3.4.1']);
  });

  it('reads no frame of another type of an enhanced image', async () => {
    const instance = enhancedStudy(12);
    const types = (type: string[]) => ({ CTImageFrameTypeSequence: [{ FrameType: type }] });
    const groups = (instance[tags.PerFrameFunctionalGroupsSequence]?.Value ?? []) as Dataset[];
    for (const group of groups) {
      const z = numbersOf(
        group[tags.PlanePositionSequence]?.Value?.[0] as Dataset,
        tags.ImagePositionPatient,
      )[2];
      const projected = z === 0 || z === 11;
      Object.assign(
        group,
        buildDataset(types(['DERIVED', 'PRIMARY', 'AXIAL', projected ? 'MIXED' : 'NONE'])),
      );
    }
    const job = await bench.job(bench.package('threshold'), bench.study('projected', [instance]));
    const answer = await runner.run(job, bounds);
    expect(answer.findings.facts).toContainEqual({ name: 'Slices analysed', value: '10' });
    expect(answer.findings.groups[0]?.measurements[0]?.value).toBeCloseTo(1, 3);
    expect(answer.findings.notes).toContainEqual(
      expect.stringMatching(/^2 images of the series left out, which the model does not read: Frame Type /u),
    );
  });

  it('keeps the child warm for the next run of the package, and replaces it for another', async () => {
    await runner.run(threshold, bounds);
    const { pid } = runner;
    await runner.run(threshold, bounds);
    expect(runner.pid).toBe(pid);
    const other = await startEndless();
    expect(other.pid).not.toBe(pid);
    expect(isAlive(pid as number)).toBe(false);
  });

  it('does runs that were asked for at once one after the other, all of them right', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => runner.run(threshold, bounds)));
    expect(new Set(answers.map(({ findings }) => JSON.stringify(findings))).size).toBe(1);
  });

  it.each(['SIGKILL', 'SIGSEGV', 'SIGABRT'] as const)(
    'lives through a child that ends by %s, and runs again in a fresh one',
    async (signal) => {
      const { run, pid } = await startEndless();
      process.kill(pid, signal);
      await expect(run).rejects.toThrow(failsWith('run.runner-crashed', 'transient'));
      await runner.run(threshold, bounds);
      expect(runner.pid).not.toBe(pid);
    },
  );

  it('ends a run at its time limit, though inference blocks the child', async () => {
    const run = runner.run(endless, { ...bounds, timeoutSeconds: 2 });
    await expect(run).rejects.toThrow(failsWith('run.timeout'));
    expect(runner.pid).toBeUndefined();
    await runner.run(threshold, bounds);
  });

  it('ends a run at its memory limit', async () => {
    const job = await bench.job(bench.package('hungry'), study);
    const run = runner.run(job, { ...bounds, memoryMiB: 600 });
    await expect(run).rejects.toThrow(failsWith('run.memory-exceeded', 'permanent'));
    expect(runner.pid).toBeUndefined();
  });

  it('keeps to the memory limit of the installation, whatever the package asks for', async () => {
    const strict = new Runner({ log: silentLog, memoryLimitMiB: 1 });
    await expect(strict.run(endless, bounds)).rejects.toThrow(failsWith('run.memory-exceeded'));
    await strict.close();
  });

  it('ends a run whose result is no longer wanted, and does not start one that never was', async () => {
    const controller = new AbortController();
    const { run, pid } = await startEndless({ signal: controller.signal });
    const waiting = runner.run(threshold, { ...bounds, signal: controller.signal });
    controller.abort();
    await expect(run).rejects.toThrow(failsWith('run.cancelled'));
    await expect(waiting).rejects.toThrow(failsWith('run.cancelled'));
    await untilGone(pid);
  });

  it('ends the child and its run when it is closed', async () => {
    const { run, pid } = await startEndless();
    await runner.close();
    await expect(run).rejects.toThrow(failsWith('run.runner-closed'));
    expect(isAlive(pid)).toBe(false);
    await expect(runner.run(threshold, bounds)).rejects.toThrow(failsWith('run.runner-closed'));
  });

  it('leaves no child behind when the parent is killed in the middle of inference', async () => {
    const parent = fork(fileURLToPath(new URL('runner-parent.mjs', import.meta.url)), [], { execArgv: [] });
    const { promise, resolve } = Promise.withResolvers<number>();
    parent.on('message', (pid) => resolve(Number(pid)));
    parent.send(endless);
    const pid = await promise;
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await untilGone(pid);
  });

  it('gives the child nothing of its own environment', async () => {
    process.env['PRELECTOR_TEST_SECRET'] = 'must-not-travel';
    await runner.run(threshold, bounds);
    delete process.env['PRELECTOR_TEST_SECRET'];
    if (process.platform === 'linux') {
      expect(readFileSync(`/proc/${runner.pid}/environ`, 'utf8')).not.toContain('must-not-travel');
    }
  });
});

describe('a run on bad input', () => {
  const from = (name: string, instances: Parameters<Workbench['study']>[1]): RunnerJob => ({
    ...threshold,
    source: { kind: 'folder', path: bench.study(name, instances) },
  });

  it('names instances that did not come, and goes on with the next run in the same child', async () => {
    await expect(runner.run(from('short', ctStudy(12).slice(0, 9)), bounds)).rejects.toThrow(
      expect.objectContaining({
        code: 'run.instances-missing',
        message: expect.stringContaining('3 of 12: 1.2.3.4.10, 1.2.3.4.11, 1.2.3.4.12'),
      }),
    );
    const { pid } = runner;
    await runner.run(threshold, bounds);
    expect(runner.pid).toBe(pid);
  });

  it('refuses an instance of another study or series', async () => {
    const foreign = (changes: Record<string, unknown>) => ctStudy(12, (z) => (z === 5 ? changes : {}));
    const refused = failsWith('run.instance-foreign', 'transient');
    await expect(runner.run(from('study-b', foreign({ StudyInstanceUID: '1.9' })), bounds)).rejects.toThrow(
      refused,
    );
    await expect(runner.run(from('series-b', foreign({ SeriesInstanceUID: '1.9' })), bounds)).rejects.toThrow(
      refused,
    );
    const source = await bench.node(foreign({ StudyInstanceUID: '1.9' }));
    await expect(runner.run({ ...threshold, source }, bounds)).rejects.toThrow(
      failsWith('dicomweb.foreign-instance'),
    );
  });

  it('refuses an instance that came twice', async () => {
    const instances = ctStudy(12);
    const twice = from('twice', [...instances, ...instances.slice(0, 1)]);
    await expect(runner.run(twice, bounds)).rejects.toThrow(failsWith('run.instance-repeated'));
  });

  it('reports every identity that the headers state', async () => {
    const mixed = ctStudy(12, (z) => (z === 7 ? { PatientID: 'RUNNER-2' } : {}));
    const { identities } = await runner.run(from('mixed', mixed), bounds);
    expect(new Set(identities.map(({ identity }) => identity.patientId))).toEqual(
      new Set(['RUNNER-1', 'RUNNER-2']),
    );
    expect(identities.find(({ identity }) => identity.patientId === 'RUNNER-2')?.sopInstanceUid).toBe(
      '1.2.3.4.8',
    );
  });

  it('gives a changed instance another digest, and one with another patient the same', async () => {
    const before = (await runner.run(threshold, bounds)).instanceDigests;
    const other = ctStudy(12, (z) => ({ PatientID: 'X', ...(z === 3 ? { SeriesDescription: 'Y' } : {}) }));
    const after = (await runner.run(from('changed', other), bounds)).instanceDigests;
    const changed = Object.keys(before).filter((uid) => before[uid] !== after[uid]);
    expect(changed).toEqual([]);
    const moved = ctStudy(12, (z) => ({ RescaleIntercept: z === 3 ? -1 : 0 }));
    const job = await bench.job(threshold.package.folder, bench.study('moved', moved));
    const again = (await runner.run(job, bounds)).instanceDigests;
    expect(Object.keys(before).filter((uid) => before[uid] !== again[uid])).toEqual(['1.2.3.4.4']);
  });

  it('refuses slices that make no volume, and pixels that do not fit their header', async () => {
    const uneven = ctStudy(12, (z) => ({ ImagePositionPatient: [0, 0, z === 11 ? 14.5 : z] }));
    await expect(runner.run(from('uneven', uneven), bounds)).rejects.toThrow(
      failsWith('model.volume-incomplete'),
    );
    const lying = ctStudy(12, () => ({ Rows: 64 }));
    await expect(runner.run(from('lying', lying), bounds)).rejects.toThrow(
      failsWith('dicom.pixel-data-mismatch'),
    );
  });

  it.each<[string, (z: number) => Record<string, unknown>, string, string]>([
    [
      'one lies aside',
      (z) => (z === 5 ? { ImagePositionPatient: [50, 0, z] } : {}),
      'model.volume-incomplete',
      'aside',
    ],
    [
      'they are of two acquisitions that alternate',
      (z) => ({ AcquisitionNumber: (z % 2) + 1 }),
      'model.volume-incomplete',
      '2 volumes, by Acquisition number',
    ],
    [
      'one states no pixel spacing',
      (z) => (z === 5 ? { InstanceNumber: 6, PixelSpacing: undefined } : {}),
      'model.volume-incomplete',
      'is not stated (image 6)',
    ],
    [
      'one is of another type',
      (z) => (z === 5 ? { ImageType: ['ORIGINAL', 'MIXED'] } : {}),
      'run.images-differ',
      'type',
    ],
    [
      'they lie further apart',
      (z) => ({ ImagePositionPatient: [0, 0, 2 * z] }),
      'run.images-differ',
      '2 x 5 x 5 mm',
    ],
    ['their pixels are larger', () => ({ PixelSpacing: [6, 6] }), 'run.images-differ', '1 x 6 x 6 mm'],
    [
      'they lie in another order',
      (z) => ({ ImagePositionPatient: [0, 0, -z] }),
      'run.images-differ',
      'another order',
    ],
    [
      'all are moved',
      (z) => ({ ImagePositionPatient: [0, 0, z + 3] }),
      'run.images-differ',
      'Image Position Patient (0020,0032) is another',
    ],
    [
      'their rows run the other way',
      () => ({ ImageOrientationPatient: [-1, 0, 0, 0, 1, 0] }),
      'run.images-differ',
      'Image Orientation Patient (0020,0037) is another',
    ],
    [
      'one has another intercept',
      (z) => (z === 5 ? { RescaleIntercept: 1 } : {}),
      'run.images-differ',
      'Rescale Intercept (0028,1052) is another in the files than in the metadata',
    ],
    [
      'one has another slope',
      (z) => (z === 5 ? { RescaleSlope: 2 } : {}),
      'run.images-differ',
      'Rescale Slope',
    ],
    ['they store fewer bits', () => ({ BitsStored: 12, HighBit: 11 }), 'run.images-differ', 'Bits Stored'],
  ])('refuses images that differ from their metadata: %s', async (what, changes, code, words) => {
    const name = what.replaceAll(' ', '-');
    await expect(runner.run(from(name, ctStudy(12, changes)), bounds)).rejects.toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(words) }),
    );
  });

  it('passes over files that are no DICOM, cut off or empty', async () => {
    const folder = bench.study('littered', ctStudy(12));
    writeFileSync(join(folder, 'README.txt'), 'not an image');
    writeFileSync(join(folder, 'empty.dcm'), '');
    writeFileSync(join(folder, 'zeros.dcm'), Buffer.alloc(4096));
    const answer = await runner.run({ ...threshold, source: { kind: 'folder', path: folder } }, bounds);
    expect(answer.findings.outcome).toBe('measured');
  });

  it('refuses a folder that is not there and a node that is not there', async () => {
    const nowhere = { ...threshold, source: { kind: 'folder' as const, path: join(bench.root, 'nowhere') } };
    await expect(runner.run(nowhere, bounds)).rejects.toThrow(failsWith('run.folder-unreadable'));
    const node = (await bench.node([])) as Extract<RunnerJob['source'], { kind: 'dicomweb' }>;
    const client = { ...node.client, roots: { base: 'http://127.0.0.1:1/dicom-web' } };
    await expect(runner.run({ ...threshold, source: { ...node, client } }, bounds)).rejects.toThrow(
      failsWith('dicomweb.unreachable', 'transient'),
    );
  });

  it('refuses a package that changed since it was turned on', async () => {
    const job = await bench.job(bench.package('threshold'), study);
    appendFileSync(join(job.package.folder, 'model.yaml'), '\n# changed\n');
    await expect(runner.run(job, bounds)).rejects.toThrow(failsWith('model.package-changed', 'permanent'));
    threshold = await bench.job(bench.package('threshold'), study);
  });

  it.each<[string, (weights: string, folder: string) => void]>([
    ['other weights', (weights) => overwrite(weights, 100)],
    [
      'other weights, and the old ones again',
      (weights) => [100, 5].forEach((each) => overwrite(weights, each)),
    ],
    ['another manifest', (_weights, folder) => appendFileSync(join(folder, 'model.yaml'), '\n')],
    ['a further file', (_weights, folder) => writeFileSync(join(folder, 'notes.txt'), 'more')],
    ['nothing, all of it being gone', (_weights, folder) => rmSync(folder, { recursive: true })],
  ])('takes no number where the package was given %s while it ran', async (_what, change) => {
    const folder = bench.package('external');
    const job = await bench.job(folder, study);
    expect((await runner.run(job, bounds)).findings.groups[0]?.measurements[0]?.value).toBe(5);
    const source = await bench.node(ctStudy(12), () => change(join(folder, 'weights.bin'), folder));
    await expect(runner.run({ ...job, source }, bounds)).rejects.toThrow(
      failsWith('run.package-changed', 'permanent'),
    );
    // The child has nothing left of what was written in between.
    rmSync(folder, { recursive: true, force: true });
    const again = await bench.job(bench.package('external'), study);
    expect((await runner.run(again, bounds)).findings.groups[0]?.measurements[0]?.value).toBe(5);
  });

  it('refuses a job that is not as it must be', async () => {
    const broken = { ...threshold, studyInstanceUid: '../../etc' };
    await expect(runner.run(broken, bounds)).rejects.toThrow(failsWith('run.message-invalid'));
    const unknown = { ...threshold, more: 1 } as RunnerJob;
    await expect(runner.run(unknown, bounds)).rejects.toThrow(failsWith('run.message-invalid'));
  });
});
