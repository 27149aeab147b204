import { basename } from 'node:path';
import { judgePackages } from '@prelector/analysis';
import { PrelectorError } from '@prelector/kernel';
import type { ModelPackage } from '@prelector/models';
import { listPackages, problemText } from '@prelector/models';
import type { Resources, SiteConfiguration } from '@prelector/pipeline';

/**
 * The installed packages by id, of which those that a site's rules run have shown that they can. Throws
 * `site.model-unusable` with every rule and every problem.
 */
export async function usablePackages(
  { configuration, log }: Resources,
  { rules }: SiteConfiguration,
): Promise<ReadonlyMap<string, ModelPackage>> {
  const listed = await listPackages(configuration.models.folder);
  const installed = new Map(
    listed.flatMap((each) => (each.package ? [[each.package.manifest.id, each]] : [])),
  );
  const wanted = new Set(rules.flatMap(({ model, state }) => (state === 'off' ? [] : [model])));
  const missing = rules.filter(({ model, state }) => state !== 'off' && !installed.has(model));
  // One that does not load may be the one that is meant.
  const suspects = missing.length === 0 ? [] : listed.filter((each) => each.package === undefined);
  const meant = [...wanted].flatMap((model) => installed.get(model) ?? []);
  const judged = await judgePackages([...meant, ...suspects], { log });
  const problems = [
    ...missing.map(
      ({ name, model }) =>
        `rule "${name}" names the model package "${model}", which is not installed, or does not load`,
    ),
    ...judged.flatMap(({ folder, package: found, problems: own }) =>
      own.map((problem) => `package ${found?.manifest.id ?? basename(folder)}: ${problemText(problem)}`),
    ),
  ];
  if (problems.length > 0) {
    throw new PrelectorError(
      'site.model-unusable',
      'permanent',
      `A model package that a rule names cannot run; correct it, or set the rule to off:\n${problems.map((each) => `  - ${each}`).join('\n')}`,
    );
  }
  return new Map([...installed].flatMap(([id, each]) => (each.package ? [[id, each.package]] : [])));
}
