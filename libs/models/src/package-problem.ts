import { asPrelectorError } from '@prelector/kernel';
import { z } from 'zod';
import { problemsOf } from './manifest-problems.js';

/** What is wrong with a package: where in `model.yaml` or among its files, and what to do, for its author. */
export interface PackageProblem {
  readonly path: string;
  readonly message: string;
}

/** What is wrong with a manifest, by the place in it. */
export interface PlaceProblem {
  readonly path: PropertyKey[];
  readonly message: string;
}

/** What kept a package from being read, place by place where that is known. */
export function problemsOfError(thrown: unknown): PackageProblem[] {
  const { cause, message } = asPrelectorError(thrown);
  if (cause instanceof z.ZodError) return problemsOf(cause);
  return [{ path: 'package', message }];
}

/** The same as problems of the package. */
export const asPackageProblem = ({ path, message }: PlaceProblem): PackageProblem => ({
  path: path.join('.'),
  message,
});

export const problemText = ({ path, message }: PackageProblem) => `${path}: ${message}`;
