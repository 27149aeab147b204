import { describe, expect, it } from '@jest/globals';
import { plainManifest } from './images.testing.js';
import { checkManifest } from './package.js';
import { nameProblems } from './manifest-names.js';

const manifest = checkManifest(plainManifest);
const paths = (changes: Partial<Parameters<typeof nameProblems>[0]>) =>
  nameProblems({ ...manifest, ...changes }).map(({ path }) => path.join('.'));

describe('nameProblems', () => {
  it('finds none in a sound manifest', () => expect(paths({})).toEqual([]));

  it('tells measurements apart neither by codes that read the same nor by words of one code', () => {
    const [group] = manifest.groups;
    const [first] = group?.measurements ?? [];
    if (group === undefined || first === undefined) throw new Error('the manifest has a measurement');
    const with2 = (concept: typeof first.concept) =>
      paths({
        groups: [
          { ...group, measurements: [first, { ...first, key: 'second', output: 'mean_hu', concept }] },
        ],
      });
    expect(with2({ value: 'VOL2', scheme: '99SITE', meaning: 'volume' })).toEqual([
      'groups.0.measurements.1',
    ]);
    expect(with2({ ...first.concept, meaning: 'Capacity' })).toEqual(['groups.0.measurements.1']);
    expect(with2({ value: 'VOL2', scheme: '99SITE', meaning: 'Capacity' })).toEqual([]);
  });

  it('takes a mask key once, and one input for one thing', () => {
    expect(paths({ masks: [{ key: 'a' }, { key: 'a' }] })).toEqual(['masks.1.key']);
    expect(paths({ input: { volume: { tensor: 'volume', spacing: 'volume' } } })).toEqual([
      'input.volume.spacing',
    ]);
  });
});
