/** A point or direction in the patient's coordinates (PS3.3 C.7.6.2.1.1), in mm or as a unit vector. */
export type Vector = readonly [number, number, number];

export function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

export function cross(a: Vector, b: Vector): Vector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

export function minus(a: Vector, b: Vector): Vector {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

export function times(a: Vector, factor: number): Vector {
  return [a[0] * factor, a[1] * factor, a[2] * factor];
}

export function lengthOf(a: Vector): number {
  return Math.sqrt(dot(a, a));
}

/** The direction of a vector, or undefined for one without length. */
export function unit(a: Vector): Vector | undefined {
  const length = lengthOf(a);
  return length > 0 && Number.isFinite(length) ? times(a, 1 / length) : undefined;
}
