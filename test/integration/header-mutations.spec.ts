import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import {
  decodePixels,
  frameCount,
  frameDataset,
  readPart10,
  stringOf,
  tagOf,
  tagText,
  tags,
} from '@prelector/dicom';
import { PrelectorError } from '@prelector/kernel';
import {
  inputsOf,
  loadPackage,
  selectSeries,
  type Manifest,
  type ModelInput,
  type PlacedImage,
} from '@prelector/models';
import { headerMutations, type MutatedSeries } from '@prelector/phantoms';

/** What pydicom makes of each series: `npm run test:peers` computes it anew and compares. */
interface Numbers {
  readonly mean: number;
  readonly least: number;
  readonly most: number;
  readonly foot: number;
  readonly spacing: readonly number[];
}
type Fixture = Readonly<Record<string, Numbers | { readonly error: string }>>;
const fixture = JSON.parse(
  readFileSync(new URL('../peers/header-mutations.json', import.meta.url), 'utf8'),
) as Fixture;

const shipped = await loadPackage(new URL('../../models/ct-lung-densitometry', import.meta.url).pathname);
const { input } = shipped.manifest;
const manifest: Manifest = {
  ...shipped.manifest,
  input: { ...input, selection: { ...input.selection, minimumInstances: 2 } },
};

/** The numbers of a series as a run would take it in, or why it is refused. */
async function outcomeOf({ files }: MutatedSeries): Promise<Numbers | string> {
  try {
    const read = files.map((bytes) => readPart10(bytes));
    const selection = selectSeries(manifest, [
      { seriesInstanceUid: '2.25.400', instances: read.map(({ dataset }) => dataset) },
    ]);
    if (!selection.chosen) return selection.rejected.map(({ why }) => why).join('; ');
    const [first] = inputsOf(manifest) as [ModelInput];
    const builder = first.begin({ images: selection.chosen.slices });
    for (const part10 of read) {
      for (let index = 0; index < frameCount(part10.dataset); index++) {
        const sopInstanceUid = stringOf(part10.dataset, tags.SOPInstanceUID) ?? '';
        const attributes = frameDataset(part10.dataset, index);
        builder.add({ sopInstanceUid, attributes, frame: await decodePixels(part10, index) });
      }
    }
    return numbersOf(builder.finish().image);
  } catch (thrown) {
    if (thrown instanceof PrelectorError && thrown.code !== 'internal') return thrown.message;
    throw thrown;
  }
}

function numbersOf({ tensor, spacing }: PlacedImage): Numbers {
  const [slices = 1] = tensor.dims;
  const voxels = Array.from(tensor.data as Int16Array);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    mean: mean(voxels),
    least: Math.min(...voxels),
    most: Math.max(...voxels),
    foot: mean(voxels.slice(0, voxels.length / slices)),
    spacing,
  };
}

/** Stored values of a slice are 200 + 100 x slice and up to 63 more; less 1024, or by the table less 200, times three. */
const spacing = [2.5, 0.75, 0.5];
const classic: Numbers = { mean: -542.5, least: -824, most: -261, foot: -792.5, spacing };
const good: Readonly<Record<string, Numbers>> = {
  classic,
  enhanced: classic,
  table: { mean: 844.5, least: 0, most: 1689, foot: 94.5, spacing },
};
/** The same value under another VR. */
const RESPELT = /-(?:LO|UT|UN|UL|DS|FD|bytes)-(?:all|one)$/u;

const plain = (text: string) => text.replaceAll(/[^a-z0-9]/giu, '').toLowerCase();

/** How a refusal may speak of where slices lie. */
const GEOMETRY: Readonly<Record<string, RegExp>> = {
  ImagePositionPatient: /position|spacing of the slices|slice at/iu,
  ImageOrientationPatient: /orientation|axial/iu,
  PixelSpacing: /pixel spacing/iu,
};

/** True when a refusal names the attribute, by its name, its keyword or its tag. */
function names(refusal: string, attribute: string): boolean {
  const isNamed = refusal.includes(tagText(tagOf(attribute))) || plain(refusal).includes(plain(attribute));
  return isNamed || (GEOMETRY[attribute]?.test(refusal) ?? false);
}

const mutations = headerMutations();

describe('a good series with one attribute of its header changed', () => {
  it('is in the fixture, under a name of its own', () => {
    expect(mutations.length).toBeGreaterThan(300);
    expect(mutations.map(({ name }) => name).sort()).toEqual(Object.keys(fixture).sort());
  });

  it.each(mutations.map((series) => [series.name, series] as const))(
    'gives the right number, or names the attribute: %s',
    async (name, series) => {
      const outcome = await outcomeOf(series);
      if (typeof outcome === 'string') {
        expect({ outcome, names: names(outcome, series.attribute) }).toEqual({ outcome, names: true });
        return;
      }
      const measured = fixture[name];
      // pydicom goes by the VR that is stated; the value is that of the good series.
      const [base = ''] = series.name.split('-');
      const isRespelt = RESPELT.test(name);
      const { spacing, ...values } = (isRespelt ? good[base] : measured) as Numbers;
      expect(spacing).toBeDefined();
      expect(outcome.spacing).toEqual(spacing.map((value) => expect.closeTo(value, 4) as unknown));
      for (const [key, value] of Object.entries(values)) {
        expect({ [key]: outcome[key as keyof typeof values] }).toEqual({
          [key]: expect.closeTo(value, 0) as unknown,
        });
      }
    },
  );

  it('has the right numbers of the good series to be held against', () => {
    const spelt = [
      'classic-RescaleSlope-padded-all',
      'table-ModalityLUTType-hu-all',
      'enhanced-RescaleType-hu-all',
    ];
    expect(spelt.map((name) => fixture[name])).toEqual([good['classic'], good['table'], good['enhanced']]);
  });
});
