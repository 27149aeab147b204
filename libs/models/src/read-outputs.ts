import type { ManifestOutline } from './manifest-outline.js';

/** An output of the graph that a place of the manifest reads. */
export interface ReadOutput {
  readonly path: string;
  readonly output: string;
  /** One number, or an image of the size of the volume. */
  readonly as: 'number' | 'mask';
}

/** Every place of a manifest that reads an output of the graph. */
export function readOutputs({ groups, conditions, masks }: ManifestOutline): ReadOutput[] {
  const measured = groups.flatMap(({ measurements }, group) =>
    measurements.map(({ output }, index) =>
      place(`groups.${group}.measurements.${index}.output`, output, 'number'),
    ),
  );
  const judged = conditions.flatMap(({ output }, index) =>
    [output].flat().map((name) => place(`conditions.${index}.output`, name, 'number')),
  );
  const drawn = masks.map(({ output }, index) => place(`masks.${index}.output`, output, 'mask'));
  return [...measured, ...judged, ...drawn].flat();
}

function place(path: string, output: string | undefined, as: ReadOutput['as']): ReadOutput[] {
  return output === undefined ? [] : [{ path, output, as }];
}
