import type { PlaceProblem } from './package-problem.js';

/** Names that are used more than once, at each place but the first. */
export function repeatedNames(names: { name: string | undefined; path: PropertyKey[] }[]): PlaceProblem[] {
  return names
    .filter(
      ({ name }, index) => name !== undefined && names.findIndex((other) => other.name === name) !== index,
    )
    .map(({ name, path }) => ({ path, message: `\`${name}\` is used twice` }));
}
