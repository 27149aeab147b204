import { readFile, stat } from 'node:fs/promises';
import { limits, PrelectorError } from '@prelector/kernel';
import type { ConfigurationChange } from '@prelector/ledger';
import type { Resources, SiteConfiguration } from '@prelector/pipeline';
import { siteSchema } from '@prelector/pipeline';
import { parseDocument } from 'yaml';
import type { Applied } from './apply-configuration.js';
import { applyConfiguration } from './apply-configuration.js';

/** Reads a site's YAML file; throws `site.invalid` with every problem, each with its path. */
export async function readSite(file: string): Promise<SiteConfiguration> {
  const unreadable = (cause?: unknown) =>
    new PrelectorError('site.unreadable', 'permanent', `The file ${file} cannot be read.`, { cause });
  const found = await stat(file).catch((cause: unknown) => {
    throw unreadable(cause);
  });
  if (!found.isFile() || found.size > limits.manifestBytes) throw unreadable();
  const document = parseDocument(await readFile(file, 'utf8'), { prettyErrors: false });
  const problems = document.errors.map((error) => error.message);
  const parsed = siteSchema.safeParse(document.toJS() ?? {});
  if (!parsed.success) {
    problems.push(
      ...parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`),
    );
  }
  if (problems.length > 0 || !parsed.success) {
    throw new PrelectorError(
      'site.invalid',
      'permanent',
      `${file} does not hold:\n${problems.map((each) => `  - ${each}`).join('\n')}`,
    );
  }
  return parsed.data;
}

/** Applies a site's file and says what changed, one line each. */
export async function applySiteFile(resources: Resources, file: string, who: string): Promise<Applied> {
  const site = await readSite(file);
  return applyConfiguration(resources, site, { who, why: `applied from ${file}` });
}

/** One line for a person. */
export function changeLine(change: ConfigurationChange): string {
  return `${change.change.padEnd(10)} ${change.kind} ${change.name} (version ${change.version})`;
}
