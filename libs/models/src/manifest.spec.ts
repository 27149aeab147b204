import { describe, expect, it } from '@jest/globals';
import { plainManifest } from './images.testing.js';
import { checkManifest } from './package.js';

const refusal = (value: unknown): string => {
  try {
    checkManifest(value);
  } catch (error) {
    expect(error).toMatchObject({ code: 'model.manifest-invalid', recovery: 'permanent' });
    return (error as Error).message;
  }
  throw new Error('the manifest was taken');
};

describe('checkManifest', () => {
  it('takes a sound manifest and fills its defaults', () => {
    const manifest = checkManifest(plainManifest);
    expect(manifest.input.selection).toMatchObject({ axial: true, unevenSpacing: 'refuse' });
    expect(manifest.masks).toEqual([]);
  });

  it('names every problem with its path', () => {
    const message = refusal({
      ...plainManifest,
      id: 'Has Spaces',
      memoryMiB: 0,
      extra: 1,
      input: { ...plainManifest.input, volume: { ...plainManifest.input.volume, type: 'int4' } },
    });
    expect(message).toContain('id: ');
    expect(message).toContain('memoryMiB: ');
    expect(message).toContain('extra');
    expect(message).toContain('input.volume.type: ');
  });

  it('refuses a condition that no measurement can find, and names used twice', () => {
    const [group] = plainManifest.groups;
    const [first] = group?.measurements ?? [];
    const message = refusal({
      ...plainManifest,
      groups: [{ ...group, measurements: [{ ...first, conditions: ['nowhere'] }, first] }],
    });
    expect(message).toContain('groups.0.measurements.0.conditions.0: there is no condition `nowhere`');
    expect(message).toContain('groups.0.measurements.1.key: `air-volume` is used twice');
  });

  it('refuses a keyword that is no DICOM attribute', () => {
    expect(refusal({ ...plainManifest, facts: ['SliceThicknes'] })).toContain(
      'facts.0: there is no DICOM attribute `SliceThicknes`',
    );
  });

  it.each([
    ['no test', { id: 'x', label: 'x', attribute: 'KVP' }],
    ['two tests', { id: 'x', label: 'x', attribute: 'KVP', maximum: 1, oneOf: ['a'] }],
    ['absence of another attribute', { id: 'x', label: 'x', attribute: 'KVP', absent: true }],
    ['an output without a bound', { id: 'x', label: 'x', output: 'volume_ml' }],
  ])('refuses a condition with %s', (_what, condition) => {
    expect(refusal({ ...plainManifest, conditions: [condition], groups: [] })).toContain('conditions.0');
  });

  it.each([['../model.onnx'], ['/etc/model.onnx'], ['a//b.onnx'], ['model.bin'], ['..onnx/../x.onnx']])(
    'refuses the graph %s, which is not within the package',
    (graph) => {
      expect(refusal({ ...plainManifest, graph })).toContain('graph: ');
    },
  );

  it.each([[undefined], [null], [[]], ['text'], [7]])('refuses %j', (value) => {
    expect(refusal(value)).toContain('model.yaml');
  });
});
