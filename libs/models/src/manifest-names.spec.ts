import { describe, expect, it } from '@jest/globals';
import { groupName, measurementName } from '@prelector/evidence';
import fc from 'fast-check';
import { plainManifest } from './images.testing.js';
import { checkManifest } from './package.js';
import { contradictions, outlineProblems } from './manifest-names.js';

const manifest = checkManifest(plainManifest);
const paths = (changes: Partial<typeof manifest>) => {
  const changed = { ...manifest, ...changes };
  return [...outlineProblems(changed), ...contradictions(changed)].map(({ path }) => path.join('.'));
};

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

  it('leaves no two measurements whose names a report would print alike', () => {
    const [group] = manifest.groups;
    const [first] = group?.measurements ?? [];
    if (group === undefined || first === undefined) throw new Error('the manifest has a measurement');
    const word = fc.constantFrom('Lung', 'Left', 'Mean', 'Lu\u200bng', ' lung', 'Lung (Left)', 'Lung (Mean)');
    const concept = fc.record({
      value: fc.constantFrom('A', 'B'),
      scheme: fc.constant('99A'),
      meaning: word,
    });
    const maybe = fc.option(concept, { nil: undefined });
    const one = fc.record({
      label: word,
      site: maybe,
      laterality: maybe,
      concept,
      derivation: maybe,
      method: maybe,
    });
    fc.assert(
      fc.property(fc.array(one, { minLength: 2, maxLength: 3 }), (all) => {
        const groups = all.map(({ label, site, laterality, ...names }, index) => ({
          ...{ ...group, key: `group-${index}`, label, site, laterality },
          measurements: [{ ...first, ...names, key: `one-${index}`, output: `output_${index}` }],
        }));
        const lines = groups.flatMap((each) =>
          each.measurements.map((measured) => `${groupName(each)}: ${measurementName(measured)}`),
        );
        return paths({ groups }).length > 0 || new Set(lines).size === lines.length;
      }),
    );
  });

  it('lets no unit tell two measurements apart', () => {
    const [group] = manifest.groups;
    const [first] = group?.measurements ?? [];
    if (group === undefined || first === undefined) throw new Error('the manifest has a measurement');
    const unit = { value: 'L', scheme: 'UCUM', meaning: 'liter' };
    const second = { ...first, key: 'second', output: 'litres', unit };
    expect(paths({ groups: [{ ...group, measurements: [first, second] }] })).toEqual([
      'groups.0.measurements.1',
    ]);
  });

  it('takes a side with its site alone, and no label of the other side', () => {
    const [group] = manifest.groups;
    if (group === undefined) throw new Error('the manifest has a group');
    const left = { value: '7771000', scheme: 'SCT', meaning: 'Left' };
    const sided = (about: object) => paths({ groups: [{ ...group, laterality: left, ...about }] });
    expect(sided({})).toEqual([]);
    expect(sided({ label: 'Left lung, upright' })).toEqual([]);
    expect(sided({ site: undefined })).toEqual(['groups.0.laterality']);
    expect(sided({ label: 'Right lung' })).toEqual(['groups.0.label']);
  });

  it('takes a mask key once, and one input for one thing', () => {
    const mask = { key: 'a', output: 'mask', label: 'Air' };
    expect(paths({ masks: [mask, mask] })).toEqual(['masks.1.key']);
    const { volume } = manifest.input;
    const input = { ...manifest.input, volume: volume && { ...volume, spacing: volume.tensor } };
    expect(paths({ input })).toEqual(['input.volume.spacing']);
  });
});
