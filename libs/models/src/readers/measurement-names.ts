import { groupName, measurementName } from '@prelector/evidence';
import type { CodedConcept } from '@prelector/dicom';
import type { PlaceProblem } from '../package-problem.js';
import { repeatedNames } from '../repeated-names.js';
import type { GroupOutline } from './measurement-spec.js';

interface MeasurementNames {
  readonly key: string;
  readonly output: string;
  readonly conditions: readonly string[];
  readonly concept: CodedConcept;
  readonly derivation?: CodedConcept | undefined;
  readonly method?: CodedConcept | undefined;
}

/** A group by what a report prints of it. */
export interface GroupNames {
  readonly key: string;
  readonly label: string;
  readonly site?: CodedConcept | undefined;
  readonly laterality?: CodedConcept | undefined;
  readonly measurements: readonly MeasurementNames[];
}

/** Names of groups and measurements that are used twice or lead nowhere, and outputs that are read twice. */
export function groupNameProblems(
  groups: readonly GroupOutline[],
  at: readonly PropertyKey[],
  conditions: ReadonlySet<string | undefined>,
): PlaceProblem[] {
  const measurements = measurementsOf(groups, at);
  const unknown = measurements.flatMap(({ measurement, path }) =>
    measurement.conditions
      .map((id, index) => ({ id, path: [...path, 'conditions', index] }))
      .filter(({ id }) => id !== undefined && !conditions.has(id))
      .map(({ id, path: place }) => ({ path: place, message: `there is no condition \`${id}\`` })),
  );
  return [
    ...repeatedNames(groups.map(({ key }, index) => ({ name: key, path: [...at, index, 'key'] }))),
    ...repeatedNames(
      measurements.map(({ measurement, path }) => ({ name: measurement.key, path: [...path, 'key'] })),
    ),
    ...unknown,
    ...readTwice(measurements),
  ];
}

/** Measurements that no reader could tell apart, and sides that contradict themselves. */
export function indistinctProblems(
  groups: readonly GroupNames[],
  at: readonly PropertyKey[],
): PlaceProblem[] {
  return [...indistinguishable(measurementsOf(groups, at)), ...sideProblems(groups, at)];
}

function measurementsOf<G extends { readonly measurements: readonly unknown[] }>(
  groups: readonly G[],
  at: readonly PropertyKey[],
) {
  return groups.flatMap((group, groupIndex) =>
    group.measurements.map((measurement: G['measurements'][number], index) => ({
      measurement,
      group,
      path: [...at, groupIndex, 'measurements', index],
    })),
  );
}

/**
 * Measurements whose names are printed alike, or whose codes are alike (TID 300, 1501): their keys stand in no report,
 * and neither a unit nor a number tells one from another.
 */
function indistinguishable(
  measurements: readonly { group: GroupNames; measurement: MeasurementNames; path: PropertyKey[] }[],
): PlaceProblem[] {
  const seen = new Map<string, string>();
  return measurements.flatMap(({ group, measurement, path }) => {
    const { concept, derivation, method } = measurement;
    const codes = [group.site, group.laterality, concept, derivation, method].map(codeOf);
    // By its codes, as a machine reads it, or by its words, as a person does.
    const ways = [
      JSON.stringify([looksLike(group.label), ...codes]),
      looksLike(`${groupName(group)}: ${measurementName(measurement)}`),
    ];
    const other = ways.map((said) => seen.get(said)).find((key) => key !== undefined);
    for (const said of ways) if (!seen.has(said)) seen.set(said, measurement.key);
    if (other === undefined) return [];
    const message = `nobody could tell it from \`${other}\`: state another concept, derivation or method, or put it into a group of another label, site or laterality; a unit alone tells none apart`;
    return [{ path, message }];
  });
}

/** A side is written as that of a site (TID 1501), and a label must not name the other one. */
function sideProblems(groups: readonly GroupNames[], at: readonly PropertyKey[]): PlaceProblem[] {
  return groups.flatMap(({ label, site, laterality }, index) => {
    if (laterality === undefined) return [];
    const wrong = (member: string, message: string) => ({ path: [...at, index, member], message });
    const side = looksLike(laterality.meaning);
    const others = sides.filter((each) => each !== side && sides.includes(side));
    const named = others.find((each) => new RegExp(String.raw`\b${each}\b`, 'u').test(looksLike(label)));
    return [
      ...(site === undefined
        ? [wrong('laterality', 'a report writes a side with its site, and there is none: state `site`, too')]
        : []),
      ...(named === undefined ? [] : [wrong('label', `it says ${named}, and the laterality is ${side}`)]),
    ];
  });
}

/** A number means one thing: of two measurements of one output at least one says what it is not. */
function readTwice(
  measurements: readonly {
    measurement: { readonly key?: string | undefined; readonly output?: string | undefined };
    path: PropertyKey[];
  }[],
): PlaceProblem[] {
  const first = new Map<string, string>();
  return measurements.flatMap(({ measurement: { output, key }, path }) => {
    if (output === undefined || key === undefined) return [];
    const other = first.get(output);
    if (other === undefined) first.set(output, key);
    if (other === undefined || other === key) return [];
    const message = `\`${output}\` is measured as \`${other}\` already: one number means one thing, so give it an output of its own`;
    return [{ path: [...path, 'output'], message }];
  });
}

const codeOf = (concept: CodedConcept | undefined) => concept && [concept.scheme, concept.value];

/** Words that exclude each other as a side (CID 244). */
const sides = ['left', 'right', 'bilateral'];

/** A text without what a reader does not see: case, kinds of blank, forms of one letter, signs without width. */
const looksLike = (text: string) =>
  text
    .normalize('NFKC')
    .replaceAll(/\p{Cf}/gu, '')
    .replaceAll(/\s+/gu, ' ')
    .trim()
    .toLowerCase();
