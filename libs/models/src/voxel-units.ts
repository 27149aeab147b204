import type { CodedConcept } from '@prelector/dicom';
import type { PackageProblem } from './package-problem.js';

/** What a manifest says of the unit of voxels, and of the numbers that are made of them. */
interface Measuring {
  readonly input: {
    readonly selection: { readonly modality: readonly string[] };
    readonly volume: { readonly values: 'HU' | 'rescaled'; readonly type: 'int16' | 'float32' };
  };
  readonly conditions: readonly {
    readonly id: string;
    readonly label: string;
    readonly validated?: string | undefined;
    readonly unit?: string | undefined;
    readonly attribute?: string | undefined;
    readonly oneOf?: readonly string[] | undefined;
  }[];
  readonly groups: readonly {
    readonly label: string;
    readonly measurements: readonly Measured[];
  }[];
}

interface Measured {
  readonly concept: CodedConcept;
  readonly derivation?: CodedConcept | undefined;
  readonly method?: CodedConcept | undefined;
  readonly unit: CodedConcept;
  readonly conditions: readonly string[];
}

interface Place {
  readonly path: PropertyKey[];
  readonly message: string;
}

/**
 * Numbers in a unit that their voxels need not have: Hounsfield units where `values` lets any unit pass, activity of
 * images that show none, and activity or uptake of PET of which no condition asks for the Units (0054,1001) that say
 * so. Volumes, lengths, shares and numbers without unit can be made of voxels of any.
 */
export function voxelUnitProblems(manifest: Measuring): Place[] {
  const { selection, volume } = manifest.input;
  return [
    ...(volume.values === 'HU' ? [] : hounsfieldPlaces(manifest)),
    ...(selection.modality.includes('PT') ? uptakePlaces(manifest) : []),
    ...(selection.modality.some((each) => radioactive.includes(each)) ? [] : activityPlaces(manifest)),
  ];
}

function hounsfieldPlaces({ conditions, groups }: Measuring): Place[] {
  const ofConditions = conditions.flatMap((condition, index) =>
    (['unit', 'label', 'validated'] as const)
      .filter((member) => saysHounsfield(condition[member]))
      .map((member) => anyUnit(['conditions', index, member])),
  );
  const ofGroups = groups.flatMap((group, at) => [
    ...(saysHounsfield(group.label) ? [anyUnit(['groups', at, 'label'])] : []),
    ...group.measurements.flatMap((measurement, index) =>
      (['unit', 'concept', 'derivation', 'method'] as const)
        .filter((member) => isInHounsfield(measurement[member]))
        .map((member) => anyUnit(['groups', at, 'measurements', index, member])),
    ),
  ]);
  return [...ofConditions, ...ofGroups];
}

const anyUnit = (path: PropertyKey[]): Place => ({
  path,
  message:
    'it is of Hounsfield units, and `values: rescaled` takes voxels of any unit: state `values: HU` under `input.volume`, which refuses images that do not hold them, or another unit here',
});

const isInHounsfield = (coded: CodedConcept | undefined) =>
  coded !== undefined && (coded.value.includes("[hnsf'U]") || saysHounsfield(coded.meaning));

const saysHounsfield = (text: string | undefined) =>
  text !== undefined && (/\bHU\b/u.test(text) || /hounsfield|\[hnsf'U\]/iu.test(text));

/** What a number of PET is by its unit or its words, and the Units (PS3.3 C.8.9.1.1.3) of which it can be made. */
const uptakes: readonly {
  readonly what: string;
  readonly isOne: RegExp;
  readonly units: readonly string[];
}[] = [
  { what: 'activity', isOne: /(?:^|[./(])(?:da|[YZEPTGMkhdcmunp])?(?:Bq|Ci)(?![A-Za-z])/u, units: ['BQML'] },
  { what: 'uptake per body surface', isOne: /^[cdm]?m2\/(?:[cdmu]?[lL]|[cdm]m3)$/u, units: ['CM2ML'] },
  { what: 'uptake per body weight', isOne: /^[kmu]?g\/(?:[cdmu]?[lL]|[cdm]m3)$/u, units: ['GML'] },
];
const [activity] = uptakes;
/** Modalities of which the images show activity. */
const radioactive: readonly string[] = ['PT', 'NM'];
const standardizedUptake = /\bSUV|standardi[sz]ed uptake/iu;

function uptakePlaces({ conditions, groups }: Measuring): Place[] {
  return groups.flatMap(({ measurements }, at) =>
    measurements.flatMap((measurement, index) => {
      const uptake = uptakeOf(measurement);
      if (uptake === undefined) return [];
      const isAsked = conditions.some(
        ({ id, attribute, oneOf }) =>
          attribute === 'Units' &&
          measurement.conditions.includes(id) &&
          oneOf?.every((pattern) => uptake.units.includes(pattern.toUpperCase())),
      );
      if (isAsked) return [];
      const message = `it is an ${uptake.what}, and images of PET may hold another unit: add a condition \`attribute: Units\` with \`oneOf: [${uptake.units.join(', ')}]\`, and name it under \`conditions\` here`;
      return [{ path: ['groups', at, 'measurements', index, 'unit'], message }];
    }),
  );
}

function activityPlaces({ input, groups }: Measuring): Place[] {
  return groups.flatMap(({ measurements }, at) =>
    measurements.flatMap(({ unit }, index) => {
      if (activity?.isOne.test(bare(unit)) !== true) return [];
      const message = `images of ${input.selection.modality.join(' or ')} show no activity: state another unit, or PT or NM as modality`;
      return [{ path: ['groups', at, 'measurements', index, 'unit'], message }];
    }),
  );
}

/** Without annotations, which change no unit (UCUM 2.4). */
const bare = ({ value }: CodedConcept) => value.replaceAll(/\{[^}]*\}/gu, '');

function uptakeOf({ concept, derivation, method, unit }: Measured) {
  const code = bare(unit);
  const byUnit = uptakes.find(({ isOne }) => isOne.test(code));
  if (byUnit !== undefined) return byUnit;
  const isUptake = [concept, derivation, method, unit].some(
    (coded) => coded !== undefined && standardizedUptake.test(`${coded.value} ${coded.meaning}`),
  );
  return isUptake ? { what: 'uptake', units: ['GML', 'CM2ML'] } : undefined;
}

/** Modalities of which no image holds Hounsfield units by its own definition (PS3.3 C.8.3, C.8.4, C.8.5, C.8.9). */
const neverHounsfield: readonly string[] = ['MR', 'PT', 'NM', 'US'];

/** What an author may not have meant, and keeps no package from running. */
export function valueWarnings({ input: { selection, volume } }: Measuring): PackageProblem[] {
  const { modality } = selection;
  const isForeign = modality.every((each) => neverHounsfield.includes(each));
  return [
    ...(volume.values === 'HU' && isForeign
      ? [
          {
            path: 'input.volume.values',
            message: `images of ${modality.join(' or ')} hold no Hounsfield units, and every one that does not state Rescale Type HU is refused: state \`values: rescaled\``,
          },
        ]
      : []),
    ...(volume.values === 'rescaled' && volume.type === 'int16'
      ? [
          {
            path: 'input.volume.type',
            message:
              'int16 holds whole numbers, to which rescaled values with fractions are rounded (of an SUV below 0.5 nothing is left): state `type: float32`, unless the model was made of rounded values',
          },
        ]
      : []),
  ];
}
