import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AnalysisModule } from '@prelector/analysis';
import { silentLog } from '@prelector/kernel';
import { openResources, runApps, siteSchema } from '@prelector/pipeline';
import { Shutdown, freePort, loadConfiguration } from '@prelector/platform';
import { ResultsModule } from '@prelector/results';
import { TriggerModule } from '@prelector/trigger';
import { applyConfiguration } from '../../apps/prelector/dist/commands/apply-configuration.js';

const graph = fileURLToPath(new URL('../../libs/models/fixtures/threshold.onnx', import.meta.url));

/** A package whose inference costs next to nothing, so that what is measured is everything else. */
const manifest = {
  schema: 1,
  id: 'bench-air',
  name: 'Air volume',
  version: '1.0.0',
  manufacturer: 'Prelector',
  license: 'Apache-2.0',
  regulatory: { status: 'not a medical device; not cleared for diagnosis' },
  family: { value: '123105', scheme: 'DCM', meaning: 'Histogram Analysis' },
  graph: 'model.onnx',
  memoryMiB: 4096,
  timeoutSeconds: 120,
  input: {
    selection: {
      modality: ['CT'],
      sopClasses: ['1.2.840.10008.5.1.4.1.1.2'],
      minimumInstances: 4,
    },
    volume: {
      layout: 'ZYX',
      order: 'feet-to-head',
      values: 'HU',
      type: 'int16',
      tensor: 'volume',
      spacing: 'spacing',
    },
  },
  groups: [
    {
      key: 'air',
      label: 'Air',
      measurements: [
        {
          key: 'air-volume',
          output: 'volume_ml',
          concept: { value: '118565006', scheme: 'SCT', meaning: 'Volume' },
          unit: { value: 'mL', scheme: 'UCUM', meaning: 'milliliter' },
          decimals: 1,
          conditions: [],
        },
      ],
    },
  ],
};

export const benchModel = manifest.id;

/** A model package folder of its own below `folder`. */
export async function modelFolder(folder) {
  const models = join(folder, 'models');
  const own = join(models, manifest.id);
  await mkdir(own, { recursive: true });
  await copyFile(graph, join(own, 'model.onnx'));
  await writeFile(join(own, 'model.yaml'), JSON.stringify(manifest));
  return models;
}

/** The resources of a process on an embedded database of the benchmark's own, without any app. */
export async function openBench(folder) {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const shutdown = new Shutdown({ log: silentLog });
  const configuration = loadConfiguration({
    env: {},
    defaults: {
      site: { timeZone: 'UTC' },
      dataFolder: folder,
      models: { folder: await modelFolder(folder) },
    },
  });
  const options = { configuration, env: {}, log: silentLog, shutdown, allowRoot: true };
  return { resources: await openResources(options), shutdown };
}

/** Trigger, analysis and results in this process, with a node, a feed and a rule that is on. */
export async function startApps({ resources, shutdown }, archive) {
  const hl7Port = await freePort();
  const site = siteSchema.parse({
    nodes: [
      {
        name: 'archive',
        profile: archive.profile,
        roots: { base: archive.url },
        allowHttp: true,
        purpose: 'test',
        completeness: { settleSeconds: 0, settleSecondsAfterAcquisition: 0 },
        poll: { enabled: false },
      },
    ],
    feeds: [{ name: 'ris', port: hl7Port, nodes: ['archive'], resolve: { everySeconds: 1 } }],
    rules: [
      {
        name: 'air',
        source: ['archive'],
        model: benchModel,
        state: 'on',
        why: 'a benchmark',
        conditions: { modalities: ['CT'] },
      },
    ],
  });
  await applyConfiguration(resources, site, { who: 'person:bench', why: 'a benchmark' });
  await runApps(resources, [TriggerModule, AnalysisModule, ResultsModule], shutdown);
  return { hl7Port };
}
