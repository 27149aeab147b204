/** A point or a distance in the patient's coordinates (PS3.3 C.7.6.2.1.1: left, back, head), mm. */
export type PatientVector = readonly [number, number, number];

/**
 * Where the elements of a tensor lie in the patient: from the centre of the first element, one step along an axis of
 * the tensor, slowest first, leads on by the vector of that axis. An axis that leads nowhere in space, of channels
 * or of a batch, has the vector 0, 0, 0.
 */
export interface Affine {
  readonly origin: PatientVector;
  readonly axes: readonly PatientVector[];
}

/** The patient's coordinates, mm, of the element at an index: one number for each axis, fractions lie between centres. */
export function patientPositionOf({ origin, axes }: Affine, index: readonly number[]): PatientVector {
  const along = (axis: 0 | 1 | 2) =>
    axes.reduce((sum, step, each) => sum + (index[each] ?? 0) * step[axis], origin[axis]);
  return [along(0), along(1), along(2)];
}
