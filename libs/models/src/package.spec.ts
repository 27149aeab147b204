import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { plainManifest } from './images.testing.js';
import { OnnxModel } from './onnx-model.js';
import { listPackages, loadPackage } from './package.js';
import { digestOfFiles } from './package-files.js';
import { inspectPackage } from './inspect-package.js';

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
const failsWith = (code: string) => expect.objectContaining({ code });

let root: string;
let folder: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'prelector-models-'));
  folder = join(root, 'air');
  mkdirSync(join(folder, 'vectors'), { recursive: true });
  writeFileSync(join(folder, 'model.yaml'), stringify(plainManifest));
  cpSync(fixture('threshold.onnx'), join(folder, 'model.onnx'));
});
afterEach(() => rmSync(root, { recursive: true }));

describe('loadPackage', () => {
  it('reads the manifest, the identity and a digest of the whole folder', async () => {
    const loaded = await loadPackage(folder);
    expect(loaded.manifest.id).toBe('air-volume');
    expect(loaded.identity).toMatchObject({ name: 'Air volume', digest: loaded.digest });
    expect(loaded.digest).toMatch(/^[0-9a-f]{64}$/u);
  });

  it('gives a copy the same digest, and any changed, added or renamed file another', async () => {
    const { digest } = await loadPackage(folder);
    const copy = join(root, 'copy');
    cpSync(folder, copy, { recursive: true });
    expect((await loadPackage(copy)).digest).toBe(digest);
    writeFileSync(join(copy, 'MODEL-CARD.md'), 'a');
    const added = (await loadPackage(copy)).digest;
    rmSync(join(copy, 'MODEL-CARD.md'));
    writeFileSync(join(copy, 'vectors', 'MODEL-CARD.md'), 'a');
    const moved = (await loadPackage(copy)).digest;
    expect(new Set([digest, added, moved]).size).toBe(3);
  });

  it('refuses a link that leads out of the folder, and one to a folder', async () => {
    writeFileSync(join(root, 'outside.txt'), 'secret');
    symlinkSync('../outside.txt', join(folder, 'card.txt'));
    await expect(loadPackage(folder)).rejects.toThrow(failsWith('model.package-escapes'));
    rmSync(join(folder, 'card.txt'));
    symlinkSync('vectors', join(folder, 'loop'));
    await expect(loadPackage(folder)).rejects.toThrow(failsWith('model.package-escapes'));
  });

  it('names what is missing', async () => {
    rmSync(join(folder, 'model.onnx'));
    await expect(loadPackage(folder)).rejects.toThrow(failsWith('model.manifest-invalid'));
    rmSync(join(folder, 'model.yaml'));
    await expect(loadPackage(folder)).rejects.toThrow(failsWith('model.manifest-missing'));
    await expect(loadPackage(join(root, 'nowhere'))).rejects.toThrow(failsWith('model.manifest-missing'));
  });

  it.each([
    ['text that is no YAML', '{ a: [', 'model.manifest-invalid'],
    [
      'an alias bomb',
      `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c]`,
      'model.manifest-invalid',
    ],
    ['a manifest of more than a mebibyte', `# ${'x'.repeat(1_100_000)}`, 'model.package-too-large'],
  ])('refuses %s', async (_what, text, code) => {
    writeFileSync(join(folder, 'model.yaml'), text);
    await expect(loadPackage(folder)).rejects.toThrow(failsWith(code));
  });
});

describe('listPackages', () => {
  it('lists sound packages and broken ones with their error, and passes over other folders', async () => {
    mkdirSync(join(root, 'notes'));
    writeFileSync(join(root, 'notes', 'paper.pdf'), '');
    mkdirSync(join(root, 'broken'));
    writeFileSync(join(root, 'broken', 'model.yaml'), 'schema: 2');
    const listed = await listPackages(root);
    expect(listed.map(({ folder: at }) => at)).toEqual([folder, join(root, 'broken')]);
    expect(listed[0]?.package?.manifest.id).toBe('air-volume');
    expect(listed[1]?.error).toMatchObject({ code: 'model.manifest-invalid' });
  });
});

describe('OnnxModel', () => {
  const volume = { type: 'int16' as const, dims: [2, 1, 2], data: Int16Array.of(-1000, 0, -800, 40) };
  const spacing = { type: 'float32' as const, dims: [3], data: Float32Array.of(10, 10, 10) };
  const open = () => OnnxModel.open(fixture('threshold.onnx'), { threads: 1 });

  it('runs a graph and gives the wanted outputs only', async () => {
    const model = await open();
    const outputs = await model.run({ volume, spacing }, ['volume_ml', 'mean_hu']);
    expect(Object.keys(outputs)).toEqual(['volume_ml', 'mean_hu']);
    expect(outputs['volume_ml']?.data[0]).toBe(2);
    expect(outputs['mean_hu']?.data[0]).toBe(-900);
    await model.close();
    await expect(model.run({ volume, spacing })).rejects.toThrow(failsWith('model.session-closed'));
  });

  it('refuses inputs that are missing, unknown, of another type or shape', async () => {
    const model = await open();
    const attempts: [Parameters<OnnxModel['run']>[0], string][] = [
      [{ volume }, 'model.input-missing'],
      [{ volume, spacing, other: spacing }, 'model.input-mismatch'],
      [{ volume: { ...spacing, dims: [1, 1, 3] }, spacing }, 'model.input-mismatch'],
      [{ volume: { ...volume, dims: [4, 1] }, spacing }, 'model.input-mismatch'],
      [{ volume, spacing: { ...spacing, dims: [1, 3] } }, 'model.input-mismatch'],
    ];
    for (const [inputs, code] of attempts) await expect(model.run(inputs)).rejects.toThrow(failsWith(code));
    await expect(model.run({ volume, spacing }, ['nothing'])).rejects.toThrow(
      failsWith('model.output-missing'),
    );
    await model.close();
  });

  it('says that a file is no graph', async () => {
    writeFileSync(join(folder, 'model.onnx'), 'not an ONNX file');
    await expect(OnnxModel.open(join(folder, 'model.onnx'), { threads: 1 })).rejects.toThrow(
      failsWith('model.graph-unloadable'),
    );
  });
});

describe('listPackages, of one id twice', () => {
  it('takes neither, and names the other folder', async () => {
    cpSync(folder, join(root, 'other'), { recursive: true });
    const listed = await listPackages(root);
    expect(listed.map((each) => each.package)).toEqual([undefined, undefined]);
    expect(listed.map(({ error }) => (error as Error).message)).toEqual([
      expect.stringContaining('air-volume, also in other'),
      expect.stringContaining('air-volume, also in air'),
    ]);
  });

  it('names every other one of three', async () => {
    for (const name of ['other', 'third']) cpSync(folder, join(root, name), { recursive: true });
    const listed = await listPackages(root);
    expect(listed.map((each) => each.package)).toEqual([undefined, undefined, undefined]);
    expect(listed.map(({ error }) => (error as Error).message)).toEqual([
      expect.stringContaining('air-volume, also in other and third'),
      expect.stringContaining('air-volume, also in air and third'),
      expect.stringContaining('air-volume, also in air and other'),
    ]);
  });
});

describe('tryVectors', () => {
  const vectorResults = async () =>
    (await inspectPackage(await loadPackage(folder), { threads: 1, vectors: true })).vectors;
  const vector = (value: number) => ({
    name: 'two voxels of air',
    inputs: { volume: { file: 'air.npy' }, spacing: { type: 'float32', dims: [3], data: [10, 10, 10] } },
    expected: { volume_ml: { value, tolerance: 0.01 } },
  });
  /** An int16 array of shape (2, 1, 2) in NumPy's format 1.0. */
  const npy = () => {
    const header = "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 1, 2), }";
    const padded = `${header.padEnd(117)}\n`;
    const start = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, padded.length, 0]);
    return Buffer.concat([start, Buffer.from(padded), Buffer.from(Int16Array.of(-1000, 0, -800, 40).buffer)]);
  };

  it('runs the vectors of a package through its graph and says what differs', async () => {
    writeFileSync(join(folder, 'vectors', 'air.npy'), npy());
    writeFileSync(join(folder, 'vectors', 'a.json'), JSON.stringify(vector(2)));
    writeFileSync(join(folder, 'vectors', 'b.json'), JSON.stringify(vector(3)));
    const results = await vectorResults();
    expect(results).toEqual([
      { name: 'two voxels of air', failures: [] },
      { name: 'two voxels of air', failures: ['volume_ml: 2, not 3 within 0.01'] },
    ]);
  });

  it('passes over no vector for the case of its name', async () => {
    writeFileSync(join(folder, 'vectors', 'air.npy'), npy());
    writeFileSync(join(folder, 'vectors', 'A.JSON'), JSON.stringify(vector(3)));
    expect(await vectorResults()).toHaveLength(1);
  });

  const vectorNamed = (expected: Record<string, unknown>) =>
    writeFileSync(join(folder, 'vectors', 'a.json'), JSON.stringify({ ...vector(2), expected }));
  const failures = async () => (await vectorResults()).flatMap((result) => result.failures);

  it('compares every value of a tensor, not the first', async () => {
    writeFileSync(join(folder, 'vectors', 'air.npy'), npy());
    const mask = (data: readonly number[], dims: readonly number[] = [2, 1, 2]) => {
      vectorNamed({ mask: { dims, data, tolerance: 0 } });
      return failures();
    };
    expect(await mask([1, 0, 1, 0])).toEqual([]);
    expect(await mask([1, 0, 0, 0])).toEqual([
      'mask: 1 of 4 values differ, first at index 2: 1, not 0 within 0',
    ]);
    expect(await mask([1, 0, 1, 0], [4])).toEqual(['mask: [2, 1, 2] given, not [4]']);
    expect(await mask([1, 0, 1], [2, 1, 2])).toHaveLength(1);
    vectorNamed({ mask: { value: 1, tolerance: 0 } });
    expect(await failures()).toEqual([
      expect.stringMatching(/4 values, \[2, 1, 2\] given, and 1 is stated/u),
    ]);
    vectorNamed({ mask: { file: 'air.npy', tolerance: 2000 } });
    expect(await failures()).toEqual([]);
    vectorNamed({ mask: { file: 'air.npy', tolerance: 900 } });
    expect(await failures()).toHaveLength(1);
  });

  it.each<[string, string, string | undefined | Uint8Array, RegExp]>([
    ['a vector that is no JSON', 'a.json', '{', /a\.json is no JSON/u],
    ['a vector that is an array', 'a.json', '[]', /a\.json: the vector: .*expected object/u],
    ['an array that is cut off', 'air.npy', npy().subarray(0, -1), /length is not that of its shape/u],
    ['an array that is none', 'air.npy', 'hello', /not a \.npy file/u],
    ['an array that is not there', 'air.npy', undefined, /a\.json: air\.npy is not beside it/u],
    [
      'a vector that expects nothing',
      'a.json',
      JSON.stringify({ ...vector(2), expected: {} }),
      /expected: state/u,
    ],
    [
      'an input that the graph has not',
      'a.json',
      JSON.stringify({ ...vector(2), inputs: { x: { file: 'air.npy' } } }),
      /no input x/u,
    ],
    [
      'an output that the graph has not',
      'a.json',
      JSON.stringify({ ...vector(2), expected: { x: { value: 1, tolerance: 0 } } }),
      /not give.*x/u,
    ],
    [
      'fewer values than the axes hold',
      'a.json',
      JSON.stringify({
        ...vector(2),
        inputs: { ...vector(2).inputs, spacing: { type: 'float32', dims: [3], data: [1] } },
      }),
      /a\.json: inputs\.spacing: 1 values, and its axes \[3\] hold 3/u,
    ],
    [
      'a value that its type does not hold',
      'a.json',
      JSON.stringify({
        ...vector(2),
        inputs: { ...vector(2).inputs, volume: { type: 'int16', dims: [1, 1, 1], data: [40_000] } },
      }),
      /a\.json: inputs\.volume: int16 holds whole numbers from -32768 to 32767, and not 40000/u,
    ],
  ])("names %s as its author's mistake, and runs the others", async (_what, file, content, words) => {
    writeFileSync(join(folder, 'vectors', 'a.json'), JSON.stringify(vector(2)));
    writeFileSync(join(folder, 'vectors', 'air.npy'), npy());
    if (content === undefined) rmSync(join(folder, 'vectors', file));
    else writeFileSync(join(folder, 'vectors', file), content);
    writeFileSync(
      join(folder, 'vectors', 'z.json'),
      JSON.stringify({
        ...vector(4),
        inputs: {
          ...vector(4).inputs,
          volume: { type: 'int16', dims: [1, 2, 2], data: [-600, -600, -600, -600] },
        },
      }),
    );
    const [bad, good] = await vectorResults();
    expect([bad?.name, bad?.failures.length]).toEqual(['a.json', 1]);
    expect(bad?.failures[0]).toMatch(words);
    expect(bad?.failures[0]).not.toContain('fault of Prelector');
    expect(good?.failures).toEqual([]);
  });
});

describe('what cannot be read', () => {
  it('is named: the folder of all packages, which is tried again, or the file of one', async () => {
    await expect(listPackages('/nowhere/models')).rejects.toMatchObject({
      code: 'model.folder-unreadable',
      recovery: 'transient',
      message: expect.stringContaining('/nowhere/models'),
    });
    await expect(
      digestOfFiles('/nowhere', [{ path: 'vectors/a.npy', bytes: 1, written: '' }]),
    ).rejects.toMatchObject({
      code: 'model.package-unreadable',
      message: expect.stringContaining('vectors/a.npy'),
    });
  });
});
