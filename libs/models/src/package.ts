import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelIdentity } from '@prelector/findings';
import { limits } from '@prelector/kernel';
import { parse } from 'yaml';
import type { z } from 'zod';
import { modelError } from './errors.js';
import { manifestSchema, type Manifest } from './manifest.js';
import { digestOfFiles, filesOf } from './package-files.js';

/** A model package as it lies on disk, checked. */
export interface ModelPackage {
  readonly folder: string;
  readonly manifest: Manifest;
  /** SHA-256 of the whole folder; what turning a package on pins. */
  readonly digest: string;
  readonly graphPath: string;
  readonly identity: ModelIdentity;
}

/** A folder that looks like a package and is one, or says why it is not. */
export interface ListedPackage {
  readonly folder: string;
  readonly package?: ModelPackage;
  readonly error?: unknown;
}

/**
 * Reads a package folder: the manifest (`model.manifest-invalid` lists every problem with its path), its
 * files (`model.package-escapes`, `model.package-too-large`) and their digest.
 */
export async function loadPackage(folder: string): Promise<ModelPackage> {
  const files = await filesOf(folder);
  const manifest = await readManifest(folder);
  if (!files.some(({ path }) => path === manifest.graph)) {
    throw modelError('model.manifest-invalid', `graph: there is no file ${manifest.graph}`);
  }
  const digest = await digestOfFiles(folder, files);
  const graphPath = join(folder, manifest.graph);
  return { folder, manifest, digest, graphPath, identity: identityOf(manifest, digest) };
}

/** Every folder of `modelsFolder` that holds a `model.yaml`, each with its package or its error. */
export async function listPackages(modelsFolder: string): Promise<ListedPackage[]> {
  const names = await readdir(modelsFolder).catch((cause: unknown) => {
    throw modelError('model.package-unreadable', modelsFolder, { cause });
  });
  const listed: ListedPackage[] = [];
  for (const name of names.sort()) {
    const folder = join(modelsFolder, name);
    const found = await stat(join(folder, 'model.yaml')).catch(() => undefined);
    if (found === undefined) continue;
    listed.push(
      await loadPackage(folder).then(
        (loaded) => ({ folder, package: loaded }),
        (error: unknown) => ({ folder, error }),
      ),
    );
  }
  return listed;
}

/** Checks a parsed `model.yaml`; throws `model.manifest-invalid` with every problem and its path. */
export function checkManifest(value: unknown): Manifest {
  const result = manifestSchema.safeParse(value);
  if (!result.success) throw modelError('model.manifest-invalid', problemsOf(result.error));
  return result.data;
}

async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, 'model.yaml');
  const about = await stat(path).catch((cause: unknown) => {
    throw modelError('model.package-unreadable', 'it holds no model.yaml', { cause });
  });
  if (about.size > limits.manifestBytes) throw modelError('model.package-too-large', 'model.yaml');
  return checkManifest(parseYaml(await readFile(path, 'utf8')));
}

function parseYaml(text: string): unknown {
  try {
    return parse(text, { logLevel: 'error' });
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message.split('\n')[0] : undefined;
    throw modelError('model.manifest-invalid', detail, { cause });
  }
}

function problemsOf(error: z.ZodError): string {
  return error.issues
    .flatMap((issue) => withBranches(issue, issue.path))
    .map(({ path, message }) => `${path.join('.') || 'model.yaml'}: ${message}`)
    .join('; ');
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

function identityOf(manifest: Manifest, digest: string): ModelIdentity {
  const { id, name, version, manufacturer, regulatory, family } = manifest;
  return { id, name, version, manufacturer, regulatoryStatus: regulatory.status, digest, family };
}
