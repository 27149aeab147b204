import { beforeAll, describe, expect, it } from '@jest/globals';
import { buildDataset } from '@prelector/dicom';
import {
  evaluateConditions,
  inspectPackage,
  isRead,
  loadPackage,
  numberOutputNames,
  numbersOfOutputs,
  OnnxModel,
  type ModelPackage,
  type NumberOutputs,
} from '@prelector/models';
import { planScan, Scan, type LungTruth, type ScanChoices } from '@prelector/phantoms';

const folder = new URL('../../models/ct-lung-densitometry', import.meta.url).pathname;
let model: ModelPackage;

beforeAll(async () => {
  model = await loadPackage(folder);
});

async function measured(choices: ScanChoices): Promise<{ outputs: NumberOutputs; truth: LungTruth }> {
  const plan = planScan(choices);
  const scan = new Scan(plan);
  const size = plan.pixels * plan.pixels;
  const voxels = new Int16Array(plan.slices * size);
  for (let slice = 0; slice < plan.slices; slice += 1) voxels.set(scan.slice(slice), slice * size);
  const spacing = Float32Array.of(plan.spacing, plan.pixelSpacing, plan.pixelSpacing);
  const outputs = await ran(voxels, [plan.slices, plan.pixels, plan.pixels], spacing);
  return { outputs, truth: scan.tally.truth() };
}

async function ran(data: Int16Array, dims: number[], spacing: Float32Array): Promise<NumberOutputs> {
  const graph = await OnnxModel.open(model.graphPath, { threads: 2 });
  try {
    const inputs = {
      volume: { type: 'int16' as const, dims, data },
      spacing: { type: 'float32' as const, dims: [3], data: spacing },
    };
    return numbersOfOutputs(await graph.run(inputs, numberOutputNames(model.manifest)));
  } finally {
    await graph.close();
  }
}

function of(outputs: NumberOutputs, name: string): number {
  return outputs[name] ?? Number.NaN;
}

describe('the images that lung densitometry reads', () => {
  const isTaken = (types: string, technique?: string) =>
    isRead(
      model.manifest.input.selection,
      buildDataset({
        SOPClassUID: '1.2.840.10008.5.1.4.1.1.2.1',
        ImageType: types.split('\\'),
        VolumeBasedCalculationTechnique: technique,
      }),
    );

  it.each([
    'ORIGINAL\\PRIMARY\\AXIAL',
    'ORIGINAL\\PRIMARY\\AXIAL\\CT_SOM5 SPI',
    'ORIGINAL\\PRIMARY\\AXIAL\\HELIX',
    'ORIGINAL\\PRIMARY\\VOLUME\\NONE',
    'ORIGINAL\\PRIMARY\\STATIC\\NONE',
    'DERIVED\\PRIMARY\\AXIAL',
    'ORIGINAL\\PRIMARY\\AXIAL\\COMPRESSED',
    'ORIGINAL\\PRIMARY\\AXIAL\\IMPRESSION',
  ])('are %s', (types) => {
    expect(isTaken(types)).toBe(true);
    expect(isTaken(types, 'NONE')).toBe(true);
  });

  it.each([
    ...['ADDITION', 'DIVISION', 'MASKED', 'MAXIMUM', 'MEAN', 'MINIMUM', 'MIXED', 'MULTIPLICATION'],
    ...['QUANTITY', 'RESAMPLED', 'STD_DEVIATION', 'SUBTRACTION'],
    ...['MAX_IP', 'MIN_IP', 'VOLUME_RENDER', 'SURFACE_RENDER', 'MPR', 'CURVED_MPR'],
    ...['MIP', 'MINIP', 'MIN IP', 'MAX IP', 'AVERAGE', 'AVERAGE_IP', 'CSA MPR', 'CT_SOM5 MIP', 'MPR THICK'],
    ...['CSA MPR THICK', 'MPR_THICK', 'THICK_MPR_1', 'CT-MPR', 'CT-MPR-1'],
    ...['PROJECTION IMAGE', 'REFORMATTED', 'LOCALIZER', 'BLACK IMAGE'],
  ])('are none of type %s', (type) => {
    expect(isTaken(`DERIVED\\PRIMARY\\VOLUME\\${type}`)).toBe(false);
    expect(isTaken(`DERIVED\\PRIMARY\\AXIAL\\${type.toLowerCase()}`)).toBe(false);
  });

  it.each(['MAX_IP', 'MIN_IP', 'VOLUME_RENDER', 'SURFACE_RENDER', 'MPR', 'CURVED_MPR', 'MIXED'])(
    'are none calculated by %s, whatever their type',
    (technique) => {
      expect(isTaken('DERIVED\\PRIMARY\\VOLUME\\NONE', technique)).toBe(false);
    },
  );
});

describe('the kernels for which lung densitometry is validated', () => {
  const stateOf = (kernel: string) => {
    const image = buildDataset({ ConvolutionKernel: kernel.split('\\') });
    const conditions = model.manifest.conditions.filter(({ id }) => id === 'kernel');
    return evaluateConditions({ ...model.manifest, conditions }, [image], {})[0]?.state;
  };

  it.each([
    ...['B30f', 'B30f\\1', 'B31f\\2', 'B35f\\3', 'Br36d', 'Br36d\\3', 'Br40d', 'Br40d\\', 'Br40d\\3'],
    ...['Br40d\\Q3', 'Br40d\\2\\A', 'Qr40d\\10', 'Qr40d\\Q1', 'STANDARD', 'STANDARD\\ASIR40', 'B'],
  ])('hold %s', (kernel) => {
    expect(stateOf(kernel)).toBe('met');
  });

  it.each([
    ...[
      'B80f',
      'B80f\\B30f',
      'B30f\\B80f',
      'L',
      'L\\B',
      'B\\L',
      'Br40d\\Br64d',
      'Br64d\\3',
      'Br40d\\2\\Br64d',
    ],
    ...['LUNG', 'LUNG\\ASIR40', 'STANDARD\\LUNG', 'Br40d\\99', 'BONEPLUS\\STANDARD'],
  ])('do not hold %s', (kernel) => {
    expect(stateOf(kernel)).toBe('not-met');
  });
});

describe('lung densitometry', () => {
  it('gives what its test vectors expect', async () => {
    const { problems, vectors: results } = await inspectPackage(model, { threads: 2, vectors: true });
    expect(problems).toEqual([]);
    expect(results.map(({ name }) => name)).toEqual(['cut-apex', 'whole-chest']);
    expect(results.flatMap(({ failures }) => failures)).toEqual([]);
  }, 60_000);

  it.each([1, 2, 3])(
    'is true to phantom %d: volume within 3 %, LAA-950 within 1 point',
    async (seed) => {
      const { outputs, truth } = await measured({ seed, pixels: 160, thickness: 2.5 });
      expect(Math.abs(of(outputs, 'lung_volume_ml') / truth.lungVolumeMl - 1)).toBeLessThan(0.03);
      expect(Math.abs(of(outputs, 'laa950_percent') - truth.laa950Percent)).toBeLessThan(1);
      expect(outputs).toMatchObject({ touches_first_slice: 0, touches_last_slice: 0 });
      expect(Math.abs(of(outputs, 'airway_volume_ml') / truth.airwaysMl - 1)).toBeLessThan(0.1);
    },
    120_000,
  );

  it('sees a scan that ends below the apices', async () => {
    const { outputs } = await measured({ seed: 4, pixels: 128, thickness: 4, cutApex: true });
    expect(outputs['touches_last_slice']).toBeGreaterThan(10_000);
    expect(outputs['touches_first_slice']).toBe(0);
  }, 120_000);

  it('sees a lung cut off by the side of the images', async () => {
    const plan = planScan({ seed: 5, pixels: 128, thickness: 4 });
    const scan = new Scan(plan);
    const [from, width] = [20, plan.pixels - 20];
    const voxels = new Int16Array(plan.slices * plan.pixels * width);
    for (let slice = 0; slice < plan.slices; slice += 1) {
      const whole = scan.slice(slice);
      for (let row = 0; row < plan.pixels; row += 1) {
        const line = whole.subarray(row * plan.pixels + from, (row + 1) * plan.pixels);
        voxels.set(line, (slice * plan.pixels + row) * width);
      }
    }
    const spacing = Float32Array.of(plan.spacing, plan.pixelSpacing, plan.pixelSpacing);
    const outputs = await ran(voxels, [plan.slices, plan.pixels, width], spacing);
    expect(outputs['lost_outside_ml']).toBeGreaterThan(100);
  }, 120_000);

  it.each([
    ['air alone', -1000, [20, 32, 32]],
    ['tissue alone', 40, [20, 32, 32]],
    ['one slice', 40, [1, 32, 32]],
    ['one voxel', -1000, [1, 1, 1]],
  ])('finds no lung in %s, and says no density', async (_what, hu, dims) => {
    const voxels = new Int16Array(dims.reduce((product, size) => product * size, 1)).fill(hu);
    const outputs = await ran(voxels, dims, Float32Array.of(1, 1, 1));
    expect(outputs).toMatchObject({ lung_volume_ml: 0, mean_hu: Number.NaN, perc15_hu: Number.NaN });
  });
});
