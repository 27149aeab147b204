import type { codedConceptSchema } from '@prelector/findings';
import type { z } from 'zod';

type CodedConcept = z.infer<typeof codedConceptSchema>;

export interface NameProblem {
  readonly path: PropertyKey[];
  readonly message: string;
}

interface MeasurementNames {
  readonly key: string;
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
export function nameProblems({ conditions, groups, masks, input }: Named): NameProblem[] {
  const known = new Set(conditions.map(({ id }) => id));
  const measurements = groups.flatMap((group, groupIndex) =>
    group.measurements.map((measurement, index) => ({
      measurement,
      group,
      path: ['groups', groupIndex, 'measurements', index],
    })),
  );
  const unknown = measurements.flatMap(({ measurement, path }) =>
    measurement.conditions
      .map((id, index) => ({ id, path: [...path, 'conditions', index] }))
      .filter(({ id }) => !known.has(id))
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
    ...sameInput(input.volume),
    ...indistinguishable(measurements),
  ];
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

const codeOf = (concept: CodedConcept | undefined) => concept && [concept.scheme, concept.value];
const wordOf = (concept: CodedConcept | undefined) => concept?.meaning.trim().toLowerCase();

function sameInput({ tensor, spacing }: Named['input']['volume']): NameProblem[] {
  if (spacing === undefined || spacing !== tensor) return [];
  const message = `\`${spacing}\` takes the volume already: the voxel size needs an input of its own`;
  return [{ path: ['input', 'volume', 'spacing'], message }];
}

function repeated(names: { name: string; path: PropertyKey[] }[]): NameProblem[] {
  return names
    .filter(({ name }, index) => names.findIndex((other) => other.name === name) !== index)
    .map(({ name, path }) => ({ path, message: `\`${name}\` is used twice` }));
}
