import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { decodePixels, readPart10 } from '@prelector/dicom';
import { silentLog } from '@prelector/kernel';
import { checkManifest, inputsOf, loadPackage, selectSeries, type Selection } from '@prelector/models';
import { FrameDecoder } from '../../apps/analysis/src/runner/frame-decoder.js';
import { Runner } from '../../apps/analysis/src/runner/runner.js';
import { scanFolder } from '../../apps/analysis/src/runner/scan-folder.js';

// Children start in their own time on a busy machine.
jest.setTimeout(120_000);

const data = (name: string) => fileURLToPath(new URL(`../../../shared/data/${name}`, import.meta.url));
const graph = fileURLToPath(new URL('../../libs/models/fixtures/threshold.onnx', import.meta.url));

const manifest = {
  schema: 1,
  id: 'air-volume',
  name: 'Air volume',
  version: '1.0.0',
  manufacturer: 'Prelector',
  license: 'Apache-2.0',
  regulatory: { status: 'not a medical device; not cleared for diagnosis' },
  family: { value: '123105', scheme: 'DCM', meaning: 'Histogram Analysis' },
  graph: 'model.onnx',
  memoryMiB: 2048,
  timeoutSeconds: 120,
  input: {
    selection: {
      modality: ['CT'],
      sopClasses: ['1.2.840.10008.5.1.4.1.1.2', '1.2.840.10008.5.1.4.1.1.2.1'],
      minimumInstances: 2,
    },
    volume: {
      layout: 'ZYX',
      order: 'feet-to-head',
      values: 'HU',
      type: 'int16',
      tensor: 'volume',
      spacing: 'spacing',
    },
  },
  facts: ['ConvolutionKernel'],
  groups: [
    {
      key: 'air',
      label: 'Air',
      measurements: [
        {
          key: 'air-volume',
          output: 'volume_ml',
          concept: { value: '118565006', scheme: 'SCT', meaning: 'Volume' },
          unit: { value: 'mL', scheme: 'UCUM', meaning: 'milliliter' },
          decimals: 0,
        },
      ],
    },
  ],
};

async function select(folder: string): Promise<Selection> {
  const studies = await scanFolder(data(folder));
  return selectSeries(
    checkManifest(manifest),
    studies.flatMap(({ series }) => series),
  );
}

describe('the frame decoder of a runner', () => {
  const folder = data('transfer-syntaxes-ctimage');
  const lossless = readdirSync(folder).filter((name) =>
    /(1\.2\.5|4\.57|4\.70|4\.80|4\.90)\.dcm$/u.test(name),
  );

  it('decodes in its threads to the pixels of the uncompressed original', async () => {
    const original = await decodePixels(readPart10(readFileSync(join(folder, 'CTImage.dcm'))));
    const decoder = new FrameDecoder(2);
    const frames = await Promise.all(
      lossless
        .filter((name) => name.startsWith('CTImage'))
        .map((name) => decoder.decode(readPart10(readFileSync(join(folder, name))), 0)),
    );
    expect(frames.length).toBeGreaterThan(3);
    const bytes = (pixels: ArrayBufferView) =>
      Buffer.from(pixels.buffer, pixels.byteOffset, pixels.byteLength);
    for (const { pixels } of frames) expect(bytes(pixels).equals(bytes(original.pixels))).toBe(true);
    await decoder.close();
  });

  it('says what is wrong with a stream that it cannot decode, and decodes the next', async () => {
    const name = lossless.find((one) => one.endsWith('4.90.dcm')) as string;
    const sound = readPart10(readFileSync(join(folder, name)));
    const broken = readPart10(readFileSync(join(folder, name)));
    broken.pixelData?.frames[0]?.fill(0, 20);
    const decoder = new FrameDecoder(1);
    await expect(decoder.decode(broken, 0)).rejects.toMatchObject({
      code: expect.stringMatching(/^dicom\./u),
    });
    expect((await decoder.decode(sound, 0)).pixels).toHaveLength(512 * 512);
    await decoder.close();
  });
});

describe('a run on a real chest CT', () => {
  const folder = data('ct-chest-lungpetctdx-a0001');
  let packageFolder: string;
  beforeAll(() => {
    packageFolder = mkdtempSync(join(tmpdir(), 'prelector-package-'));
    cpSync(graph, join(packageFolder, 'model.onnx'));
    writeFileSync(join(packageFolder, 'model.yaml'), JSON.stringify(manifest));
  });
  afterAll(() => rmSync(packageFolder, { recursive: true }));

  it('counts the air that a plain reading of the files counts', async () => {
    let voxels = 0;
    for (const name of readdirSync(folder).filter((file) => file.endsWith('.dcm'))) {
      const { pixels } = await decodePixels(readPart10(readFileSync(join(folder, name))));
      for (const stored of pixels) if (stored - 1024 < -500) voxels++;
    }
    const model = await loadPackage(packageFolder);
    const { chosen } = await select('ct-chest-lungpetctdx-a0001');
    if (chosen === undefined) throw new Error('the series was not chosen');
    const runner = new Runner({ log: silentLog, threads: 2 });
    const answer = await runner.run(
      {
        package: { folder: model.folder, digest: model.digest },
        source: { kind: 'folder', path: folder },
        studyInstanceUid: (await scanFolder(folder))[0]?.studyInstanceUid ?? '',
        series: inputsOf(model.manifest).map(({ role }) => ({
          role,
          seriesInstanceUid: chosen.seriesInstanceUid,
          why: chosen.why,
          instances: chosen.instances,
        })),
      },
      { timeoutSeconds: 120, memoryMiB: 4096 },
    );
    await runner.close();
    const volume = answer.findings.groups[0]?.measurements[0]?.value ?? 0;
    const [row, column] = [0.841796875, 0.841796875];
    expect(Math.abs(volume / ((voxels * 5 * row * column) / 1000) - 1)).toBeLessThan(1e-3);
    expect(answer.findings.facts).toContainEqual({ name: 'Slice spacing', value: '5 mm' });
    expect(answer.identities).toHaveLength(1);
  });
});

describe('selection on real series', () => {
  it('refuses a tilted gantry, with and without the tag', async () => {
    for (const folder of ['ct-tilt-philips-head-phantom', 'ct-tilt-notag-siemens']) {
      const { outcome, rejected } = await select(folder);
      expect(outcome).not.toBe('selected');
      expect(JSON.stringify(rejected)).toMatch(/tilted gantry|not axial/u);
    }
  });

  it('refuses a series with missing or uneven slices', async () => {
    const { outcome, reason } = await select('ct-irregular-spacing');
    expect(outcome).not.toBe('selected');
    expect(reason).toMatch(/missing|differ|apart|position/u);
  });

  it('is not applicable to MR, radiographs, reports and segmentations', async () => {
    for (const folder of ['cxr', 'sr-tid1500', 'made-pdf-gsps']) {
      expect((await select(folder)).outcome).toBe('not-applicable');
    }
  });

  it('says something of every collection there is, and throws on none', async () => {
    const collections = readdirSync(data('.'), { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    for (const { name } of collections) {
      const { outcome, reason } = await select(name);
      expect(['selected', 'not-applicable', 'incomplete-input']).toContain(outcome);
      expect(reason.length).toBeGreaterThan(5);
    }
  });
});
