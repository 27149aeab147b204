import type { z } from 'zod';

/** Every problem of a manifest, or of another file, with its path; `whole` stands for the file itself. */
export function problemsOf(error: z.ZodError, whole = 'model.yaml'): { path: string; message: string }[] {
  return error.issues
    .flatMap((issue) => withBranches(issue, issue.path))
    .map(({ path, message }) => ({ path: path.join('.') || whole, message }));
}

/** A union's own message says only "Invalid input": name what its closest branch refused instead. */
function withBranches(
  issue: z.core.$ZodIssue,
  path: readonly PropertyKey[],
): { path: readonly PropertyKey[]; message: string }[] {
  if (issue.code !== 'invalid_union') return [{ path, message: issue.message }];
  const [closest] = [...issue.errors].sort((a, b) => depth(b) - depth(a) || a.length - b.length);
  if (closest === undefined) return [{ path, message: issue.message }];
  return closest.flatMap((inner) => withBranches(inner, [...path, ...inner.path]));
}

const depth = (issues: readonly z.core.$ZodIssue[]) =>
  Math.max(0, ...issues.map(({ path, code }) => path.length + (code === 'unrecognized_keys' ? -1 : 0)));
