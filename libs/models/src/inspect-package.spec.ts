import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { plainManifest } from './images.testing.js';
import { inspectPackage } from './inspect-package.js';
import { listPackages, loadPackage } from './package.js';

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}.onnx`, import.meta.url));
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'prelector-inspect-'));
});
afterEach(() => rmSync(root, { recursive: true }));

/** The manifest of one number of a volume alone. */
function oneNumber() {
  const [group] = plainManifest.groups;
  const [first] = group?.measurements ?? [];
  const { spacing: _none, ...volume } = plainManifest.input.volume;
  return {
    ...plainManifest,
    input: { ...plainManifest.input, volume },
    conditions: [],
    groups: [{ ...group, measurements: [{ ...first, conditions: [] }] }],
  };
}

it.each([
  ['never-fits', /did not run on a volume of zeros of \[16, 64, 48\].*Reshape/u],
  ['too-large', /did not run on a volume of zeros/u],
])('inspectPackage warns of %s with what failed, and refuses it not', async (graph, words) => {
  const { problems, warnings } = await inspectionWith(graph);
  expect(problems).toEqual([]);
  expect(warnings).toEqual([{ path: 'graph', message: expect.stringMatching(words) }]);
});

async function problemsWith(graph: string, manifest?: object) {
  return (await inspectionWith(graph, manifest)).problems;
}

async function inspectionWith(graph: string, manifest: object = oneNumber()) {
  const folder = join(root, 'package');
  mkdirSync(folder);
  writeFileSync(join(folder, 'model.yaml'), stringify(manifest));
  cpSync(fixture(graph), join(folder, 'model.onnx'));
  return inspectPackage(await loadPackage(folder), { threads: 1, vectors: false });
}

describe('inspectPackage', () => {
  it('takes a graph whose outputs are what is read, whether declared or only open', async () => {
    expect(await problemsWith('open-axis')).toEqual([]);
    rmSync(join(root, 'package'), { recursive: true });
    const masks = [{ key: 'air', output: 'mask', label: 'Air' }];
    expect(await problemsWith('threshold', { ...plainManifest, masks })).toEqual([]);
  });

  it('refuses a list that is as long as the volume has slices, by its declaration', async () => {
    expect(await problemsWith('unfit/number-per-slice')).toEqual([
      {
        path: 'groups.0.measurements.0.output',
        message: 'the graph gives float32 [z], and one number is read: reduce it in the graph',
      },
    ]);
  });

  it('refuses a list whose length only a run shows', async () => {
    expect(await problemsWith('unfit/number-per-open-axis')).toEqual([
      {
        path: 'groups.0.measurements.0.output',
        message:
          'on a volume of [16, 64, 48] the graph gave [16], and one number is read: reduce it in the graph',
      },
    ]);
  });
});

describe('listPackages', () => {
  const codes = async () =>
    (await listPackages(root)).map(({ error }) => (error as { code?: string } | undefined)?.code);

  it.each<[string, string, (at: string) => void]>([
    [
      'a graph without a manifest',
      'model.yaml; put it there',
      (at) => writeFileSync(join(at, 'model.onnx'), ''),
    ],
    [
      'a manifest under another name',
      'rename model.yml to model.yaml',
      (at) => writeFileSync(join(at, 'model.yml'), 'schema: 1'),
    ],
    [
      'a manifest in capitals',
      'rename MODEL.YAML to model.yaml',
      (at) => writeFileSync(join(at, 'MODEL.YAML'), 'schema: 1'),
    ],
    ['an empty folder', 'it is empty', () => undefined],
    ['a model card alone', 'holds no file model.yaml', (at) => writeFileSync(join(at, 'MODEL-CARD.md'), '')],
    [
      'a link that leads nowhere',
      'a link that leads nowhere',
      (at) => {
        rmSync(at, { recursive: true });
        symlinkSync('nowhere', at);
      },
    ],
  ])('passes over no folder that somebody meant: %s', async (_what, words, make) => {
    mkdirSync(join(root, 'meant'));
    make(join(root, 'meant'));
    expect(await codes()).toEqual(['model.manifest-missing']);
    const said = (await listPackages(root)).map(({ error }) => (error as Error).message);
    expect(said).toEqual([expect.stringContaining(words)]);
    expect(said).not.toEqual([expect.stringContaining('the right to')]);
  });

  it.each<[string, string, (at: string) => void]>([
    ['leads nowhere', 'is a link that leads nowhere', (at) => symlinkSync('nowhere', at)],
    ['is a folder', 'is no file', (at) => mkdirSync(at)],
  ])('says of a manifest that it %s', async (_what, words, make) => {
    mkdirSync(join(root, 'meant'));
    make(join(root, 'meant', 'model.yaml'));
    expect(await codes()).toEqual(['model.package-unreadable']);
    const said = (await listPackages(root)).map(({ error }) => (error as Error).message);
    expect(said).toEqual([expect.stringContaining(`model.yaml ${words}`)]);
  });

  it('takes no package whose id stands in a broken one, too', async () => {
    const made = (name: string, change: object) => {
      mkdirSync(join(root, name));
      writeFileSync(join(root, name, 'model.yaml'), stringify({ ...oneNumber(), ...change }));
      cpSync(fixture('open-axis'), join(root, name, 'model.onnx'));
    };
    made('broken', { memoryMiB: 'much' });
    made('other', { id: 'another' });
    made('sound', {});
    expect(await codes()).toEqual(['model.manifest-invalid', undefined, 'model.id-taken']);
  });

  it('passes over files and folders of other things', async () => {
    for (const name of ['notes', '.cache', 'lost+found']) mkdirSync(join(root, name));
    writeFileSync(join(root, 'notes', 'paper.pdf'), '');
    writeFileSync(join(root, 'README.md'), '');
    expect(await listPackages(root)).toEqual([]);
  });
});
