import type { CodedConcept } from '@prelector/dicom';
import type { PlaceProblem } from './package-problem.js';
import { dimensionsOf } from './unit-dimensions.js';

/** What a manifest says of the unit of voxels, and of the numbers that are made of them. */
interface Measuring {
  readonly selection: { readonly modality: readonly string[] };
  readonly values: 'HU' | 'rescaled';
  readonly conditions: readonly {
    readonly id: string;
    readonly label: string;
    readonly validated?: string | undefined;
    readonly unit?: string | undefined;
    readonly attribute?: string | undefined;
    readonly oneOf?: readonly string[] | undefined;
  }[];
  /** Where the groups stand in the manifest. */
  readonly place: readonly PropertyKey[];
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

/**
 * Numbers in a unit that their voxels need not have: Hounsfield units where `values` lets any unit pass, activity of
 * images that show none, and what PET or scintigraphy measures in a unit of its own, of which no condition asks for the
 * Units (0054,1001) that say so. Volumes, lengths, shares and numbers without unit can be made of voxels of any.
 */
export function voxelUnitProblems(manifest: Measuring): PlaceProblem[] {
  const { selection, values } = manifest;
  return [
    ...(values === 'HU' ? [] : hounsfieldPlaces(manifest)),
    ...(selection.modality.some((each) => radioactive.includes(each))
      ? uptakePlaces(manifest)
      : activityPlaces(manifest)),
  ];
}

function hounsfieldPlaces({ conditions, groups, place }: Measuring): PlaceProblem[] {
  const ofConditions = conditions.flatMap((condition, index) =>
    (['unit', 'label', 'validated'] as const)
      .filter((member) => saysHounsfield(condition[member]))
      .map((member) => anyUnit(['conditions', index, member])),
  );
  const ofGroups = groups.flatMap((group, at) => [
    ...(saysHounsfield(group.label) ? [anyUnit([...place, at, 'label'])] : []),
    ...group.measurements.flatMap((measurement, index) =>
      (['unit', 'concept', 'derivation', 'method'] as const)
        .filter((member) => isInHounsfield(measurement[member]))
        .map((member) => anyUnit([...place, at, 'measurements', index, member])),
    ),
  ]);
  return [...ofConditions, ...ofGroups];
}

const anyUnit = (path: PropertyKey[]): PlaceProblem => ({
  path,
  message:
    'it is of Hounsfield units, and `values: rescaled` takes voxels of any unit: state `values: HU` under `input.volume`, which refuses images that do not hold them, or another unit here',
});

const isInHounsfield = (coded: CodedConcept | undefined) =>
  coded !== undefined && (coded.value.includes("[hnsf'U]") || saysHounsfield(coded.meaning));

const saysHounsfield = (text: string | undefined) =>
  text !== undefined && (/\bHU\b/u.test(text) || /hounsfield|\[hnsf'U\]/iu.test(text));

/** What a number is, and the Units (PS3.3 C.8.9.1.1.3) of which it can be made. */
interface Uptake {
  readonly what: string;
  readonly units: readonly string[];
}

const activity: Uptake = { what: 'an activity', units: ['BQML'] };
const isActivity = (code: string) => /(?:^|[./(])(?:da|[YZEPTGMkhdcmunp])?(?:Bq|Ci)(?![A-Za-z])/u.test(code);

/** By the form of the unit, where its dimensions are those of others, too. */
const byForm: readonly (Uptake & { readonly isOne: RegExp })[] = [
  { what: 'an uptake per body surface', isOne: /^[cdm]?m2\/(?:[cdmu]?[lL]|[cdm]m3)$/u, units: ['CM2ML'] },
  {
    what: 'a volume of distribution',
    isOne: /^(?:[cdmu]?[lL]|[cdm]m3)\/(?:[cdmu]?[lL]|[cdm]m3)$/u,
    units: ['MLML'],
  },
];
/** By the dimensions of the unit. */
const byDimensions: Readonly<Record<string, Uptake>> = {
  'length-3 mass1': { what: 'an uptake per body weight', units: ['GML'] },
  'mass-1': { what: 'a share of the dose', units: ['BQML'] },
  mass1: { what: 'a mass, or a total uptake', units: ['GML'] },
  'length3 mass-1': { what: 'a volume of distribution', units: ['MLG'] },
  'length3 mass-1 time-1': { what: 'a blood flow', units: ['MLMING'] },
  'length-3 mass1 time-1': { what: 'a metabolic rate', units: ['MGMINML'] },
  'length-3 time-1 amount1': { what: 'a metabolic rate', units: ['UMOLMINML'] },
  'mass-1 time-1 amount1': { what: 'a metabolic rate', units: ['UMOLMINML'] },
  'time-1 amount1': { what: 'a metabolic rate', units: ['UMOLMINML'] },
  'length-3 amount1': { what: 'a concentration', units: ['UMOLML'] },
  amount1: { what: 'an amount', units: ['UMOLML'] },
};
/** Modalities of which the images show activity. */
const radioactive: readonly string[] = ['PT', 'NM'];
const standardizedUptake = /\bSUV|standardi[sz]ed uptake|glycolysis/iu;

function uptakePlaces({ selection, conditions, groups, place }: Measuring): PlaceProblem[] {
  const { modality } = selection;
  return groups.flatMap(({ measurements }, at) =>
    measurements.flatMap((measurement, index) => {
      const uptake = uptakeOf(measurement);
      if (uptake === undefined) return [];
      // Images of scintigraphy are of counts, and state no Units (PS3.3 C.8.4).
      if (isCounts(uptake) && !modality.includes('PT')) return [];
      const isAsked = conditions.some(
        ({ id, attribute, oneOf }) =>
          attribute === 'Units' &&
          measurement.conditions.includes(id) &&
          oneOf?.every((pattern) => uptake.units.includes(pattern.toUpperCase())),
      );
      if (isAsked) return [];
      const message = `it is ${uptake.what}, and images of ${modality.join(' or ')} may hold another unit: add a condition \`attribute: Units\` with \`oneOf: [${uptake.units.join(', ')}]\`, and name it under \`conditions\` here`;
      return [{ path: [...place, at, 'measurements', index, 'unit'], message }];
    }),
  );
}

function activityPlaces({ selection, groups, place }: Measuring): PlaceProblem[] {
  return groups.flatMap(({ measurements }, at) =>
    measurements.flatMap(({ unit }, index) => {
      if (!isActivity(bare(unit))) return [];
      const message = `images of ${selection.modality.join(' or ')} show no activity: state another unit, or PT or NM as modality`;
      return [{ path: [...place, at, 'measurements', index, 'unit'], message }];
    }),
  );
}

/** Without annotations, which change no unit (UCUM 2.4). */
const bare = ({ value }: Pick<CodedConcept, 'value'>) => value.replaceAll(/\{[^}]*\}/gu, '');

function uptakeOf({ concept, derivation, method, unit }: Measured): Uptake | undefined {
  const code = bare(unit);
  if (isActivity(code)) return activity;
  const byUnit =
    byForm.find(({ isOne }) => isOne.test(code)) ?? byDimensions[dimensionsOf(code) ?? ''] ?? countsOf(unit);
  if (byUnit !== undefined) return byUnit;
  const words = [concept, derivation, method, unit].map((coded) => `${coded?.value} ${coded?.meaning}`);
  if (words.some((each) => standardizedUptake.test(each)))
    return { what: 'an uptake', units: ['GML', 'CM2ML'] };
  const isAttenuation = dimensionsOf(code) === 'length-1' && words.some((each) => /attenuation/iu.test(each));
  return isAttenuation ? { what: 'an attenuation', units: ['1CM'] } : undefined;
}

/**
 * By annotation: counts (PS3.16 CID 84), of which one alone may be of anything, and a share of the dose that was injected.
 * What is per time may be a rate constant of a model, too.
 */
function countsOf({ value }: CodedConcept): Uptake | undefined {
  const code = bare({ value });
  if (code === '' && /^\{cps\}$/iu.test(value)) return { what: 'a rate of counts', units: ['CPS'] };
  if (code === '%' && /\{(?:ID|IA)\}/iu.test(value)) return { what: 'a share of the dose', units: ['BQML'] };
  if (dimensionsOf(value) !== 'time-1' && !/^[kM]?Hz$/u.test(code))
    return /\{(?:prop)?c(?:oun)?ts\}/iu.test(value) ? { what: 'counts', units: ['CNTS'] } : undefined;
  if (/\{(?:prop)?c(?:oun)?ts?\}/iu.test(value)) return { what: 'a rate of counts', units: ['CPS'] };
  return /[lL]/u.test(code)
    ? { what: 'a rate of transfer', units: ['MLMINML'] }
    : { what: 'a rate', units: ['CPS', 'MLMINML'] };
}

const isCounts = ({ units }: Uptake) => units.some((each) => ['CNTS', 'CPS'].includes(each));
