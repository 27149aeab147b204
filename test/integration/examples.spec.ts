import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { siteSchema } from '@prelector/pipeline';
import { loadConfiguration } from '@prelector/platform';
import { parse } from 'yaml';

const examples = join(import.meta.dirname, '../../docs/examples');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'prelector-examples-'));
  writeFileSync(join(folder, 'database_url'), 'postgres://prelector:x@postgres:5432/prelector\n');
  for (const key of ['data_key', 'site_key'])
    writeFileSync(join(folder, key), Buffer.alloc(32, 1).toString('base64'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the examples of the documents', () => {
  it.each(['prelector.yaml', 'compose/prelector.yaml'])('%s is a configuration', (name) => {
    const file = join(folder, 'prelector.yaml');
    const text = readFileSync(join(examples, name), 'utf8');
    writeFileSync(file, text.replaceAll('/run/secrets', folder));
    expect(loadConfiguration({ file, env: {} }).site.timeZone).toBe('Europe/Zurich');
  });

  it.each(['site.yaml', 'compose/site.yaml'])('%s is a site', (name) => {
    const site = siteSchema.parse(parse(readFileSync(join(examples, name), 'utf8')));
    expect(site.rules.map((rule) => rule.model)).toEqual(['ct-lung-densitometry']);
  });

  it('belong to docker-compose.yml: each secret they name is mounted there', () => {
    const compose = parse(readFileSync(join(examples, '../../docker-compose.yml'), 'utf8'), {
      merge: true,
    }) as { services: Record<string, { secrets?: string[] }> };
    const texts = ['prelector.yaml', 'site.yaml'].map((name) =>
      readFileSync(join(examples, 'compose', name), 'utf8'),
    );
    const named = [...texts.join('\n').matchAll(/file:\/run\/secrets\/(\w+)/gu)].map(([, name]) => name);
    expect(named).toHaveLength(4);
    for (const app of ['trigger', 'analysis', 'results', 'console'])
      expect(compose.services[app]?.secrets).toEqual(expect.arrayContaining(named));
  });
});
