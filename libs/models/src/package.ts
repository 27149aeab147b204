import { readFile, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ModelIdentity } from '@prelector/findings';
import { limits } from '@prelector/kernel';
import { parse } from 'yaml';
import { modelError } from './errors.js';
import { manifestSchema, type Manifest } from './manifest.js';
import { problemsOf } from './manifest-problems.js';
import { digestOfFiles, filesOf } from './package-files.js';
import { problemText } from './package-problem.js';

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

/**
 * Every folder of `modelsFolder` that holds a `model.yaml`, each with its package or its error. Two packages of
 * one id are both in error: nobody could say which one a rule means.
 */
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
  return listed.map((each) => withOwnId(each, listed));
}

function withOwnId(each: ListedPackage, all: readonly ListedPackage[]): ListedPackage {
  const id = each.package?.manifest.id;
  const other = all.find((one) => one !== each && id !== undefined && one.package?.manifest.id === id);
  if (other === undefined) return each;
  return {
    folder: each.folder,
    error: modelError('model.id-taken', `${id}, also in ${basename(other.folder)}`),
  };
}

/** Checks a parsed `model.yaml`; throws `model.manifest-invalid` with every problem and its path. */
export function checkManifest(value: unknown): Manifest {
  const result = manifestSchema.safeParse(value);
  if (!result.success) {
    const text = problemsOf(result.error).map(problemText).join('; ');
    throw modelError('model.manifest-invalid', text, { cause: result.error });
  }
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

function identityOf(manifest: Manifest, digest: string): ModelIdentity {
  const { id, name, version, manufacturer, regulatory, family } = manifest;
  return { id, name, version, manufacturer, regulatoryStatus: regulatory.status, digest, family };
}
