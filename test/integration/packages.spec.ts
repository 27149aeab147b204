import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { plainManifest } from '../../libs/models/src/images.testing.js';
import { listModels, modelLines } from '../../apps/prelector/src/commands/models.js';
import { TestInstallation } from '../system/installation.testing.js';
import { makePhantom } from '../system/phantom.testing.js';
import { TestPacs } from '../system/test-pacs.testing.js';

const fixtures = fileURLToPath(new URL('../../libs/models/fixtures', import.meta.url));
const shipped = fileURLToPath(new URL('../../models', import.meta.url));

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'prelector-packages-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A manifest that reads one number of a graph with one input. */
function oneNumber(id: string, type = 'int16') {
  const { spacing: _spacing, ...volume } = plainManifest.input.volume;
  const [group] = plainManifest.groups;
  const [measurement] = group?.measurements ?? [];
  return {
    ...plainManifest,
    id,
    input: { ...plainManifest.input, volume: { ...volume, type } },
    conditions: [],
    groups: [{ ...group, measurements: [{ ...measurement, conditions: [] }] }],
  };
}

/** The manifest of the threshold, its first measurement read from another output. */
function withOutput(output: string) {
  const [group] = plainManifest.groups;
  const [first, ...rest] = group?.measurements ?? [];
  return { ...plainManifest, groups: [{ ...group, measurements: [{ ...first, output }, ...rest] }] };
}

function add(id: string, graph: string | Buffer, manifest: object = oneNumber(id)): void {
  mkdirSync(join(root, id), { recursive: true });
  writeFileSync(join(root, id, 'model.yaml'), stringify(manifest));
  if (typeof graph === 'string') cpSync(join(fixtures, graph), join(root, id, 'model.onnx'));
  else writeFileSync(join(root, id, 'model.onnx'), graph);
}

const hungryVector = {
  name: 'one voxel',
  inputs: {
    volume: { type: 'int16', dims: [1, 1, 1], data: [0] },
    spacing: { type: 'float32', dims: [3], data: [1, 1, 1] },
  },
  expected: { volume_ml: { value: 1, tolerance: 0 } },
};

describe('the packages of a folder', () => {
  it('are judged each on its own graph, and a bad one hides no other', async () => {
    add('age-input', 'unfit/age-input.onnx');
    add('custom-operator', 'unfit/custom-operator.onnx');
    add('cut-off', (await readFile(join(fixtures, 'threshold.onnx'))).subarray(0, 200));
    add('external-missing', 'unfit/external-missing.onnx');
    add('external-outside', 'unfit/external-outside.onnx');
    writeFileSync(join(root, 'weights.bin'), Buffer.alloc(16));
    add('half-input', 'unfit/half-input.onnx');
    add('half-output', 'unfit/half-output.onnx');
    add('label-map', 'unfit/label-map.onnx');
    const { groups, conditions } = oneNumber('hungry');
    add('hungry', 'hungry.onnx', { ...plainManifest, id: 'hungry', memoryMiB: 512, groups, conditions });
    mkdirSync(join(root, 'hungry', 'vectors'));
    writeFileSync(join(root, 'hungry', 'vectors', 'a.json'), JSON.stringify(hungryVector));
    add('never-fits', 'never-fits.onnx');
    add('no-graph', Buffer.from('<html>404</html>'));
    add('one-size', 'unfit/one-size.onnx');
    add('rank-5', 'unfit/rank-5.onnx', oneNumber('rank-5', 'float32'));
    add('sound', 'threshold.onnx', { ...plainManifest, id: 'sound' });
    add('twin', 'threshold.onnx', { ...plainManifest, id: 'twin' });
    add('twin-again', 'threshold.onnx', { ...plainManifest, id: 'twin' });
    add('two-mistakes', 'threshold.onnx', { ...withOutput('ml'), id: 'Two', memoryMiB: 1 });
    const models = await listModels(root, true);
    const told = new Map(
      models.map(({ folder, problems }) => [folder.slice(root.length + 1), problems.join('\n')]),
    );
    const expected: [string, RegExp][] = [
      ['age-input', /^input\.volume: the graph has an input `age` \(float32 \[\]\) that nothing fills/u],
      ['custom-operator', /^graph: .*operators that ONNX does not define.*Magic/u],
      ['cut-off', /^graph: .*no ONNX graph, or is cut off/u],
      ['external-missing', /^graph: .*external data is not there, or lies outside/u],
      ['external-outside', /^graph: .*external data is not there, or lies outside/u],
      ['half-input', /^input\.volume\.tensor: the graph takes float16.*only int16 and float32/u],
      ['half-output', /^groups\.0\.measurements\.0\.output: the graph gives float16/u],
      ['hungry', /^graph: it could not be opened, or tried on its vectors\. The run took more memory/u],
      [
        'label-map',
        /^groups\.0\.measurements\.0\.output: the graph gives uint8 \[z, y, x\], and one number/u,
      ],
      ['never-fits', /^$/u],
      ['no-graph', /^graph: .*no ONNX graph/u],
      ['one-size', /^input\.volume\.tensor: the graph takes one size alone, int16 \[64, 512, 512\]/u],
      ['rank-5', /^input\.volume\.tensor: the graph takes 5 axes/u],
      ['sound', /^$/u],
      ['twin', /^package: .*same id.*twin-again/u],
      ['twin-again', /^package: .*same id.*twin/u],
      [
        'two-mistakes',
        /^id: .*\nmemoryMiB: [^\n]*\ngroups\.0\.measurements\.0\.output: the graph has no output `ml`/u,
      ],
    ];
    expect([...told.keys()]).toEqual(expected.map(([name]) => name));
    for (const [name, words] of expected) expect(told.get(name)).toMatch(words);
    const lines = modelLines(models);
    expect(lines.filter((line) => line.endsWith('CANNOT RUN'))).toHaveLength(12);
    expect(lines.filter((line) => line.includes('WARNING'))).toEqual([
      expect.stringMatching(/^ {2}never-fits: WARNING: graph: it did not run on a volume of zeros/u),
    ]);
  }, 120_000);

  it('are warned of where they may hold no study or round their values', async () => {
    const manifest = oneNumber('magnetic');
    const reading = (modality: string, values: string) => ({
      ...manifest,
      input: {
        selection: { ...manifest.input.selection, modality: [modality] },
        volume: { ...manifest.input.volume, values },
      },
    });
    add('magnetic', 'hungry.onnx', reading('MR', 'HU'));
    add('rounded', 'hungry.onnx', { ...reading('PT', 'rescaled'), id: 'rounded' });
    const warnings = modelLines(await listModels(root, false)).filter((line) => line.includes('WARNING'));
    expect(warnings).toContainEqual(
      expect.stringContaining(
        'magnetic: WARNING: input.volume.values: images of MR hold no Hounsfield units',
      ),
    );
    expect(warnings).toContainEqual(
      expect.stringContaining('rounded: WARNING: input.volume.type: int16 holds whole numbers'),
    );
  });

  it('that ship are good, and so are their vectors', async () => {
    const models = await listModels(shipped, true);
    expect(models.map(({ id, problems }) => [id, problems])).toEqual([['ct-lung-densitometry', []]]);
  }, 120_000);
});

describe('a rule that names a package which cannot run', () => {
  let pacs: TestPacs;
  let installation: TestInstallation;
  let models: string;

  beforeAll(async () => {
    models = mkdtempSync(join(tmpdir(), 'prelector-models-'));
    pacs = await TestPacs.startSimulator();
    installation = await TestInstallation.start(models);
  }, 60_000);

  afterAll(async () => {
    await installation?.stop();
    await pacs?.stop();
    rmSync(models, { recursive: true, force: true });
  }, 60_000);

  it('is refused in shadow and on, with everything that is wrong, and may stand off', async () => {
    add('rank-5', 'unfit/rank-5.onnx', oneNumber('rank-5'));
    cpSync(join(root, 'rank-5'), join(models, 'rank-5'), { recursive: true });
    for (const state of ['shadow', 'on'] as const) {
      const refused = installation.configure({ pacs, state, rule: { model: 'rank-5' } });
      await expect(refused).rejects.toMatchObject({
        code: 'site.model-unusable',
        message: expect.stringMatching(
          /package rank-5: input\.volume\.tensor: the graph takes float32.*\n.*package rank-5: input\.volume\.tensor: the graph takes 5 axes/u,
        ) as unknown,
      });
    }
    await expect(installation.configure({ pacs, rule: { model: 'nowhere' } })).rejects.toMatchObject({
      code: 'site.model-unusable',
      message: expect.stringContaining('"nowhere"') as unknown,
    });
    mkdirSync(join(models, 'broken'));
    writeFileSync(join(models, 'broken', 'model.yaml'), stringify({ ...plainManifest, id: 'Broken' }));
    await expect(installation.configure({ pacs, rule: { model: 'Broken' } })).rejects.toThrow(
      /"Broken", which is not installed, or does not load\n.*package broken: id: lower-case/u,
    );
    expect(await installation.rows('SELECT 1 FROM rule')).toEqual([]);
    await installation.configure({ pacs, state: 'off', rule: { model: 'rank-5' } });
    expect(await installation.rows('SELECT 1 FROM rule')).toHaveLength(1);
  }, 120_000);

  it('leaves a dead letter that names the model, where it is put there later', async () => {
    add('later', 'threshold.onnx', { ...plainManifest, id: 'later' });
    cpSync(join(root, 'later'), join(models, 'later'), { recursive: true });
    await installation.configure({ pacs, state: 'shadow', rule: { model: 'later' } });
    const missing = { ...plainManifest, id: 'later', version: '2.0.0' };
    const [group] = plainManifest.groups;
    const [measurement] = group?.measurements ?? [];
    const groups = [{ ...group, measurements: [{ ...measurement, output: 'nowhere', conditions: [] }] }];
    writeFileSync(join(models, 'later', 'model.yaml'), stringify({ ...missing, conditions: [], groups }));
    const study = await makePhantom();
    await pacs.push(study);
    expect(await installation.tell({ identity: study.identity })).toBe('AA');
    await installation.settled(study.studyInstanceUid);
    const letters = await installation.rows<{ code: string; reason: string }>(
      'SELECT code, reason FROM dead_letter',
    );
    expect(letters).toEqual([
      { code: 'model.output-missing', reason: expect.stringMatching(/^later 2\.0\.0: /u) },
    ]);
  }, 120_000);
});
