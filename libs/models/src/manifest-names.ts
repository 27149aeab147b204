import { groupName, measurementName } from '@prelector/evidence';
import type { codedConceptSchema } from '@prelector/findings';
import type { z } from 'zod';

type CodedConcept = z.infer<typeof codedConceptSchema>;

export interface NameProblem {
  readonly path: PropertyKey[];
  readonly message: string;
}

interface MeasurementNames {
  readonly key: string;
  readonly output: string;
  readonly conditions: readonly string[];
  readonly concept: CodedConcept;
  readonly derivation?: CodedConcept | undefined;
  readonly method?: CodedConcept | undefined;
}

interface GroupNames {
  readonly key: string;
  readonly label: string;
  readonly site?: CodedConcept | undefined;
  readonly laterality?: CodedConcept | undefined;
  readonly measurements: readonly MeasurementNames[];
}

interface Named {
  readonly conditions: readonly { readonly id: string }[];
  readonly groups: readonly GroupNames[];
  readonly masks: readonly { readonly key: string }[];
  readonly input: { readonly volume: { readonly tensor: string; readonly spacing?: string | undefined } };
}

/** Names that are used twice or lead nowhere, and measurements that no reader could tell apart. */
export function nameProblems(manifest: Named): NameProblem[] {
  return [
    ...outlineProblems(manifest),
    ...indistinguishable(measurementsOf(manifest.groups)),
    ...sideProblems(manifest.groups),
  ];
}

/** A manifest as far as it can be read: a name that cannot is undefined, and every entry stands in its place. */
interface NamedInPart {
  readonly conditions: readonly { readonly id?: string | undefined }[];
  readonly groups: readonly {
    readonly key?: string | undefined;
    readonly measurements: readonly {
      readonly key?: string | undefined;
      readonly output?: string | undefined;
      readonly conditions: readonly (string | undefined)[];
    }[];
  }[];
  readonly masks: readonly { readonly key?: string | undefined }[];
  readonly input: {
    readonly volume: { readonly tensor?: string | undefined; readonly spacing?: string | undefined };
  };
}

/** Names that are used twice or lead nowhere, also of a manifest of which other parts cannot be read. */
export function outlineProblems({ conditions, groups, masks, input }: NamedInPart): NameProblem[] {
  const known = new Set(conditions.map(({ id }) => id));
  const measurements = measurementsOf(groups);
  const unknown = measurements.flatMap(({ measurement, path }) =>
    measurement.conditions
      .map((id, index) => ({ id, path: [...path, 'conditions', index] }))
      .filter(({ id }) => id !== undefined && !known.has(id))
      .map(({ id, path: at }) => ({ path: at, message: `there is no condition \`${id}\`` })),
  );
  return [
    ...repeated(conditions.map(({ id }, index) => ({ name: id, path: ['conditions', index, 'id'] }))),
    ...repeated(groups.map(({ key }, index) => ({ name: key, path: ['groups', index, 'key'] }))),
    ...repeated(
      measurements.map(({ measurement, path }) => ({ name: measurement.key, path: [...path, 'key'] })),
    ),
    ...repeated(masks.map(({ key }, index) => ({ name: key, path: ['masks', index, 'key'] }))),
    ...unknown,
    ...readTwice(measurements),
    ...sameInput(input.volume),
  ];
}

function measurementsOf<G extends { readonly measurements: readonly unknown[] }>(groups: readonly G[]) {
  return groups.flatMap((group, groupIndex) =>
    group.measurements.map((measurement: G['measurements'][number], index) => ({
      measurement,
      group,
      path: ['groups', groupIndex, 'measurements', index] as PropertyKey[],
    })),
  );
}

/**
 * Measurements whose names are printed alike, or whose codes are alike (TID 300, 1501): their keys stand in no report,
 * and neither a unit nor a number tells one from another.
 */
function indistinguishable(
  measurements: readonly { group: GroupNames; measurement: MeasurementNames; path: PropertyKey[] }[],
): NameProblem[] {
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
function sideProblems(groups: readonly GroupNames[]): NameProblem[] {
  return groups.flatMap(({ label, site, laterality }, index) => {
    if (laterality === undefined) return [];
    const at = (member: string, message: string) => ({ path: ['groups', index, member], message });
    const side = looksLike(laterality.meaning);
    const others = sides.filter((each) => each !== side && sides.includes(side));
    const named = others.find((each) => new RegExp(String.raw`\b${each}\b`, 'u').test(looksLike(label)));
    return [
      ...(site === undefined
        ? [at('laterality', 'a report writes a side with its site, and there is none: state `site`, too')]
        : []),
      ...(named === undefined ? [] : [at('label', `it says ${named}, and the laterality is ${side}`)]),
    ];
  });
}

/** A number means one thing: of two measurements of one output at least one says what it is not. */
function readTwice(
  measurements: readonly {
    measurement: { readonly key?: string | undefined; readonly output?: string | undefined };
    path: PropertyKey[];
  }[],
): NameProblem[] {
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

function sameInput({ tensor, spacing }: NamedInPart['input']['volume']): NameProblem[] {
  if (spacing === undefined || spacing !== tensor) return [];
  const message = `\`${spacing}\` takes the volume already: the voxel size needs an input of its own`;
  return [{ path: ['input', 'volume', 'spacing'], message }];
}

function repeated(names: { name: string | undefined; path: PropertyKey[] }[]): NameProblem[] {
  return names
    .filter(
      ({ name }, index) => name !== undefined && names.findIndex((other) => other.name === name) !== index,
    )
    .map(({ name, path }) => ({ path, message: `\`${name}\` is used twice` }));
}
