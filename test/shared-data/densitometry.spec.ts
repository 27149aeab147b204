import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { decodePixels, readPart10, type Dataset } from '@prelector/dicom';
import {
  evaluateConditions,
  inputsOf,
  loadPackage,
  numberOutputNames,
  numbersOfOutputs,
  OnnxModel,
  selectSeries,
  type ModelPackage,
  type NumberOutputs,
  type ModelInput,
  type PlacedImage,
} from '@prelector/models';

const packageFolder = new URL('../../models/ct-lung-densitometry', import.meta.url).pathname;
const scan = new URL('../../../shared/data/ct-chest-lungpetctdx-a0001', import.meta.url).pathname;
const files = readdirSync(scan).filter((file) => file.endsWith('.dcm'));

let model: ModelPackage;
let images: Dataset[];
let volume: PlacedImage;

async function measure(slices: [number, number]): Promise<NumberOutputs> {
  const { dims, data, type } = volume.tensor;
  const [, rows, columns] = dims as [number, number, number];
  const size = rows * columns;
  const part = {
    type,
    dims: [slices[1] - slices[0], rows, columns],
    data: data.slice(slices[0] * size, slices[1] * size),
  };
  const graph = await OnnxModel.open(model.graphPath, { threads: 2 });
  try {
    const spacing = { type: 'float32' as const, dims: [3], data: Float32Array.from(volume.spacing) };
    return numbersOfOutputs(await graph.run({ volume: part, spacing }, numberOutputNames(model.manifest)));
  } finally {
    await graph.close();
  }
}

function statesOf(outputs: NumberOutputs): Record<string, string> {
  return Object.fromEntries(
    evaluateConditions(model.manifest, images, outputs).map(({ id, state }) => [id, state]),
  );
}

beforeAll(async () => {
  model = await loadPackage(packageFolder);
  const [input] = inputsOf(model.manifest) as [ModelInput];
  const builder = input.begin({ images: files.length });
  images = [];
  for (const file of files) {
    const part10 = readPart10(readFileSync(join(scan, file)));
    const sopInstanceUid = part10.dataset['00080018']?.Value?.[0] as string;
    builder.add({ sopInstanceUid, attributes: part10.dataset, frame: await decodePixels(part10) });
    images.push(part10.dataset);
  }
  volume = builder.finish().image;
}, 60_000);

describe('lung densitometry on a real chest CT of 5 mm with a sharp kernel', () => {
  it('selects the series', () => {
    const selection = selectSeries(model.manifest, [{ seriesInstanceUid: '1.2', instances: images }]);
    expect(selection.chosen?.instances).toHaveLength(64);
  });

  it('finds whole lungs of a plausible volume and leaves the airways out', async () => {
    const outputs = await measure([0, 64]);
    expect(outputs).toMatchObject({ touches_first_slice: 0, touches_last_slice: 0 });
    expect(outputs['lung_volume_ml']).toBeGreaterThan(5100);
    expect(outputs['lung_volume_ml']).toBeLessThan(5300);
    expect(outputs['mean_hu']).toBeCloseTo(-855, -1);
    expect(outputs['airway_volume_ml']).toBeGreaterThan(30);
    expect(outputs['airway_volume_ml']).toBeLessThan(60);
    expect(statesOf(outputs)).toEqual({
      'slice-thickness': 'not-met',
      'no-gaps': 'met',
      kernel: 'not-met',
      contrast: 'met',
      coverage: 'met',
      'field-of-view': 'met',
      lossless: 'met',
      'plausible-volume': 'met',
      'plausible-airways': 'met',
    });
  }, 60_000);

  it.each([
    ['the apices', [0, 50], 'touches_last_slice', 'touches_first_slice'],
    ['the bases', [8, 64], 'touches_first_slice', 'touches_last_slice'],
  ] as const)(
    'sees that %s are missing',
    async (_part, [from, to], touched, clear) => {
      const outputs = await measure([from, to]);
      expect(outputs[touched]).toBeGreaterThan(1000);
      expect(outputs[clear]).toBe(0);
      expect(statesOf(outputs)['coverage']).toBe('not-met');
    },
    60_000,
  );
});
