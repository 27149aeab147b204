import { appendFile, cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { siteSchema } from '@prelector/pipeline';
import { applyConfiguration } from '../../apps/prelector/src/commands/apply-configuration.js';
import { TestInstallation } from '../system/installation.testing.js';

const model = 'ct-lung-densitometry';
const shipped = new URL(`../../models/${model}`, import.meta.url).pathname;

let folder: string;
let installation: TestInstallation;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prelector-models-'));
  await cp(shipped, join(folder, model), { recursive: true });
  installation = await TestInstallation.start(folder);
}, 60_000);
afterAll(async () => {
  await installation?.stop();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

const node = { name: 'pacs', profile: 'orthanc', roots: { base: 'http://127.0.0.1:9' }, allowHttp: true };
const apply = (rule: object) =>
  applyConfiguration(
    installation.resources,
    siteSchema.parse({
      nodes: [node],
      rules: [{ name: 'lungs', source: ['pacs'], model, why: 'accepted on ten studies', ...rule }],
    }),
    { who: 'person:tester', why: 'a test' },
  );
const pinned = async () =>
  (
    await installation.rows<{ digest: string }>(
      'SELECT package_digest AS digest FROM package_activation ORDER BY sequence DESC LIMIT 1',
    )
  )[0]?.digest;
/** As whoever installs another version of the package. */
const change = () => appendFile(join(folder, model, 'MODEL-CARD.md'), 'Changed.\n');

describe('a file that is applied again once the package of a rule has changed', () => {
  it.each<[string, object]>([
    ['as it was', {}],
    ['with another condition of the rule', { conditions: { modalities: ['CT'] } }],
    ['with another policy for late results', { late: { preliminary: 'keep' } }],
  ])('turns nothing on that nobody has looked at: %s', async (_name, edit) => {
    const { changes } = await apply({ state: 'on', why: `accepted for ${_name}` });
    expect(changes.length).toBeGreaterThan(0);
    const before = await pinned();
    await change();
    const { warnings } = await apply({ state: 'on', why: `accepted for ${_name}`, ...edit });
    expect(warnings).toEqual([expect.stringContaining('counts as off')]);
    expect(await pinned()).toBe(before);
    expect((await apply({ state: 'on', why: `looked at again for ${_name}`, ...edit })).warnings).toEqual([]);
    expect(await pinned()).not.toBe(before);
  });

  it('turns nothing on for a reason of long ago, as an older file states it', async () => {
    await apply({ state: 'on', why: 'the first reason' });
    await change();
    await apply({ state: 'on', why: 'the second reason' });
    const before = await pinned();
    await change();
    const { warnings } = await apply({ state: 'on', why: 'the first reason' });
    expect(warnings).toEqual([expect.stringContaining('counts as off')]);
    expect(await pinned()).toBe(before);
  });

  it('turns nothing on under another name, nor for a reason of other case and blanks', async () => {
    await apply({ state: 'on', why: 'looked at in May' });
    await change();
    const renamed = await apply({ name: 'thorax', state: 'on', why: 'looked at in May' });
    expect(renamed.warnings).toEqual([expect.stringContaining('counts as shadow')]);
    const spaced = await apply({ state: 'on', why: ' Looked  at in May ' });
    expect(spaced.warnings).toEqual([expect.stringContaining('counts as off')]);
    expect((await apply({ name: 'thorax', state: 'on', why: 'looked at in June' })).warnings).toEqual([]);
  });

  it('goes on in shadow, which sends nothing, without a word', async () => {
    await apply({ state: 'shadow' });
    const before = await pinned();
    await change();
    expect((await apply({ state: 'shadow' })).warnings).toEqual([]);
    expect(await pinned()).not.toBe(before);
  });
});

describe('a rule that somebody switched off', () => {
  const state = async () =>
    (
      await installation.rows<{ state: string }>(
        'SELECT state FROM package_activation ORDER BY sequence DESC LIMIT 1',
      )
    )[0]?.state;

  it.each(['off', 'shadow'])('to %s is switched on by no older file, but for a new reason', async (to) => {
    const on = { state: 'on', why: `accepted before ${to}` };
    expect((await apply(on)).warnings).toEqual([]);
    await apply({ state: to, why: 'wrong numbers' });
    expect((await apply(on)).warnings).toEqual([expect.stringContaining(`stays ${to}`)]);
    expect(await state()).toBe(to);
    expect((await apply({ state: 'on', why: `mended after ${to}` })).warnings).toEqual([]);
    expect(await state()).toBe('on');
  });
});
