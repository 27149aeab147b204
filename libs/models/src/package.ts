import { readFile, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ModelIdentity } from '@prelector/findings';
import { limits } from '@prelector/kernel';
import { parse } from 'yaml';
import { z } from 'zod';
import { modelError } from './errors.js';
import { outlineProblems } from './manifest-names.js';
import { outlineOf, type ManifestOutline } from './manifest-outline.js';
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

/** A package whose graph can be opened, whether or not all of its manifest holds. */
export interface InspectablePackage {
  readonly folder: string;
  readonly manifest: ManifestOutline;
  readonly digest: string;
  readonly graphPath: string;
}

/** A folder that looks like a package and is one, or says why it is not. */
export interface ListedPackage {
  readonly folder: string;
  readonly package?: ModelPackage | undefined;
  readonly error?: unknown;
  /** Also of one in error, where its graph is there. */
  readonly inspectable?: InspectablePackage | undefined;
}

/**
 * Reads a package folder: the manifest (`model.manifest-invalid` lists every problem with its path), its
 * files (`model.package-escapes`, `model.package-too-large`) and their digest.
 */
export async function loadPackage(folder: string): Promise<ModelPackage> {
  const files = await filesOf(folder);
  const manifest = checkManifest(await readYaml(folder));
  if (!files.some(({ path }) => path === manifest.graph)) {
    throw modelError('model.manifest-invalid', `graph: there is no file ${manifest.graph}`);
  }
  const digest = await digestOfFiles(folder, files);
  const graphPath = join(folder, manifest.graph);
  return { folder, manifest, digest, graphPath, identity: identityOf(manifest, digest) };
}

/**
 * Every folder of `modelsFolder` that is empty or holds a part of a package, each with its package or its error. Two packages of
 * one id are both in error: nobody could say which one a rule means.
 */
export async function listPackages(modelsFolder: string): Promise<ListedPackage[]> {
  const names = await readdir(modelsFolder).catch((cause: unknown) => {
    throw modelError('model.folder-unreadable', modelsFolder, { cause });
  });
  const listed: ListedPackage[] = [];
  for (const name of names.sort()) {
    const folder = join(modelsFolder, name);
    if (!(await isMeantAsPackage(folder))) continue;
    listed.push(
      await loadPackage(folder).then(
        (loaded) => ({ folder, package: loaded, inspectable: loaded }),
        async (error: unknown) => ({ folder, error, inspectable: await loadInspectable(folder) }),
      ),
    );
  }
  const ids = listed.map(({ inspectable }) => inspectable?.manifest.id);
  return listed.map((each, index) => {
    const id = ids[index];
    const twins = listed.filter((_, other) => other !== index && id !== undefined && ids[other] === id);
    return each.package === undefined || twins.length === 0
      ? each
      : {
          ...each,
          package: undefined,
          error: modelError(
            'model.id-taken',
            `${id}, also in ${twins.map((twin) => basename(twin.folder)).join(' and ')}`,
          ),
        };
  });
}

/** The package as far as its graph can be judged; undefined where the graph or the manifest cannot be found. */
export async function loadInspectable(folder: string): Promise<InspectablePackage | undefined> {
  try {
    const files = await filesOf(folder);
    const manifest = outlineOf(await readYaml(folder));
    const { graph } = manifest;
    if (graph === undefined || !files.some(({ path }) => path === graph)) return undefined;
    return { folder, manifest, digest: await digestOfFiles(folder, files), graphPath: join(folder, graph) };
  } catch {
    // What keeps it from being read is the error of loading it.
    return undefined;
  }
}

const MANIFEST = /^model\.ya?ml$/iu;
/** Any of these, or something like a manifest, is part of a package. */
const PART = /\.onnx$|^MODEL-CARD\.md$|^vectors$/iu;
/** Folders that are of no person: hidden ones, and what file systems make. */
const FOREIGN = /^\.|^lost\+found$/u;

/**
 * A folder with a part of a package, or empty, or that may not be read, and a link that leads nowhere: none of what
 * somebody may have meant as one is passed over.
 */
async function isMeantAsPackage(folder: string): Promise<boolean> {
  if (FOREIGN.test(basename(folder))) return false;
  try {
    const names = await readdir(folder);
    return names.length === 0 || names.some((name) => MANIFEST.test(name) || PART.test(name));
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code !== 'ENOTDIR';
  }
}

/** Checks a parsed `model.yaml`; throws `model.manifest-invalid` with every problem and its path. */
export function checkManifest(value: unknown): Manifest {
  const result = manifestSchema.safeParse(value);
  if (!result.success) {
    const error = withNames(value, result.error);
    const text = problemsOf(error).map(problemText).join('; ');
    throw modelError('model.manifest-invalid', text, { cause: error });
  }
  return result.data;
}

/** With the names of what can be read: the schema looks at them only where all of its parts hold. */
function withNames(value: unknown, error: z.ZodError): z.ZodError {
  const known = new Set(problemsOf(error).map(problemText));
  const named = outlineProblems(outlineOf(value)).filter(
    ({ path, message }) => !known.has(problemText({ path: path.join('.'), message })),
  );
  const issues = named.map((problem) => ({ ...problem, code: 'custom' as const, input: undefined }));
  return new z.ZodError([...error.issues, ...issues]);
}

async function readYaml(folder: string): Promise<unknown> {
  const path = join(folder, 'model.yaml');
  const about = await stat(path).catch(async (cause: unknown) => {
    throw await manifestError(folder, cause);
  });
  if (!about.isFile()) throw modelError('model.package-unreadable', 'its model.yaml is no file');
  if (about.size > limits.manifestBytes) throw modelError('model.package-too-large', 'model.yaml');
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw modelError('model.package-unreadable', 'its model.yaml may not be read', { cause });
  });
  return parseYaml(textOf(bytes));
}

/** Why there is no manifest to read: none, or one under another name. */
async function manifestError(folder: string, cause: unknown): Promise<Error> {
  if ((cause as NodeJS.ErrnoException).code !== 'ENOENT')
    return modelError('model.package-unreadable', 'its model.yaml may not be read', { cause });
  const names: string[] = await readdir(folder).catch(() => []);
  const other = names.find((name) => MANIFEST.test(name));
  const isEmpty = names.length === 0 ? 'it is empty' : undefined;
  return modelError('model.manifest-missing', other ? `rename ${other} to model.yaml` : isEmpty, { cause });
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw modelError('model.manifest-invalid', 'model.yaml is not in UTF-8: save it so', { cause });
  }
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
