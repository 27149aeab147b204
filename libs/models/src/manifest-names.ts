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
  readonly unit: CodedConcept;
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
  return [...outlineProblems(manifest), ...indistinguishable(measurementsOf(manifest.groups))];
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

/** What a report says of a measurement beside its number (TID 300, 1501); its key stands nowhere in one. */
function indistinguishable(
  measurements: readonly { group: GroupNames; measurement: MeasurementNames; path: PropertyKey[] }[],
): NameProblem[] {
  const seen = new Map<string, string>();
  return measurements.flatMap(({ group, measurement, path }) => {
    const { concept, unit, derivation, method } = measurement;
    const concepts = [group.site, group.laterality, concept, derivation, method];
    // By its codes, as a machine reads it, or by its words, as a person does.
    const ways = [concepts.map(codeOf), concepts.map(wordOf)].map((said) =>
      JSON.stringify([group.label.trim().toLowerCase(), unit.value, ...said]),
    );
    const other = ways.map((said) => seen.get(said)).find((key) => key !== undefined);
    for (const said of ways) if (!seen.has(said)) seen.set(said, measurement.key);
    if (other === undefined) return [];
    const message = `nobody could tell it from \`${other}\`: state another concept, derivation or method, or put it into a group of another label or site`;
    return [{ path, message }];
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
const wordOf = (concept: CodedConcept | undefined) => concept?.meaning.trim().toLowerCase();

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
