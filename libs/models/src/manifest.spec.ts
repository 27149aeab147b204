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

  it.each([
    ['ct', 'input.selection.modality.0: images spell it in capitals: state CT'],
    [' MR', 'input.selection.modality.0: images spell it in capitals: state MR'],
    ['C-T', 'input.selection.modality.0: it is no code string'],
    ['КТ', 'input.selection.modality.0: it is no code string'],
    [' ', 'input.selection.modality.0: it is no code string'],
  ])('refuses a modality that no image has: %j', (modality, words) => {
    const { input } = plainManifest;
    const selection = { ...input.selection, modality: [modality] };
    expect(refusal({ ...plainManifest, input: { ...input, selection } })).toContain(words);
  });

  it.each([
    ...[
      'PatientName',
      'PatientID',
      'PatientBirthDate',
      'PatientWeight',
      'OtherPatientIDs',
      'PatientComments',
    ],
    ...['AccessionNumber', 'StudyID', 'ReferringPhysicianName', 'OperatorsName', 'InstitutionName'],
    ...['StudyInstanceUID', 'SOPInstanceUID', 'FrameOfReferenceUID', 'StudyDate', 'AcquisitionDateTime'],
    ...[
      'AcquisitionTime',
      'ClinicalTrialSubjectID',
      'AdmissionID',
      'RequestedProcedureID',
      'DeviceSerialNumber',
    ],
  ])('takes %s, which identifies, neither as fact nor as condition nor as preference', (attribute) => {
    const { selection } = plainManifest.input;
    const prefer = [{ attribute, order: 'ascending', reason: 'why not' }];
    const message = refusal({
      ...plainManifest,
      facts: [attribute, { attribute, label: 'who' }],
      conditions: [...plainManifest.conditions, { id: 'who', label: 'who', attribute, oneOf: ['A*'] }],
      input: { ...plainManifest.input, selection: { ...selection, prefer } },
    });
    for (const path of [
      'facts.0',
      'facts.1.attribute',
      'conditions.5.attribute',
      'input.selection.prefer.0.attribute',
    ])
      expect(message).toContain(`${path}: \`${attribute}\` identifies`);
  });

  it('takes age and sex, which do not', () => {
    const facts = ['PatientAge', 'PatientSex', 'SOPClassUID', 'Manufacturer', 'SeriesDescription'];
    expect(checkManifest({ ...plainManifest, facts }).facts).toEqual(facts);
  });

  it('refuses a unit that is none of UCUM, with its place', () => {
    const [group] = plainManifest.groups;
    const [first, ...rest] = group?.measurements ?? [];
    const withUnit = (unit: unknown) =>
      refusal({ ...plainManifest, groups: [{ ...group, measurements: [{ ...first, unit }, ...rest] }] });
    expect(withUnit({ value: 'furlong', scheme: 'UCUM', meaning: 'furlong' })).toMatch(
      /groups\.0\.measurements\.0\.unit: `furlong` of UCUM is no unit/u,
    );
    expect(withUnit({ value: 'mL', scheme: 'SCT', meaning: 'millilitre' })).toMatch(
      /measurements\.0\.unit: `mL` of SCT/u,
    );
  });

  it('refuses measurements that nobody could tell apart, in one group or in two that read the same', () => {
    const [group] = plainManifest.groups;
    const [first] = group?.measurements ?? [];
    const second = { ...first, key: 'second', output: 'mean_hu' };
    const groups = (...all: unknown[]) => ({ ...plainManifest, groups: all });
    expect(refusal(groups({ ...group, measurements: [first, second] }))).toMatch(
      /groups\.0\.measurements\.1: nobody could tell it from `air-volume`/u,
    );
    const twin = { ...group, key: 'twin', measurements: [second] };
    expect(refusal(groups({ ...group, measurements: [first] }, twin))).toMatch(
      /groups\.1\.measurements\.0: nobody/u,
    );
    const derivation = { value: '373098007', scheme: 'SCT', meaning: 'Mean' };
    checkManifest(groups({ ...group, measurements: [first, { ...second, derivation }] }));
    const left = { value: '7771000', scheme: 'SCT', meaning: 'Left' };
    checkManifest(groups({ ...group, measurements: [first] }, { ...twin, laterality: left }));
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

  it.each([
    ['int16', -99_999],
    ['int16', 32_768],
    ['int16', -1024.5],
    ['float32', 1e39],
  ])('refuses a value for padding that %s does not hold: %s', (type, outside) => {
    const { input } = plainManifest;
    const message = refusal({
      ...plainManifest,
      input: { ...input, volume: { ...input.volume, type, outside } },
    });
    expect(message).toContain(`input.volume.outside: ${type} holds `);
    expect(message).toContain(String(outside));
  });

  it('takes a fraction for padding in a volume of float32', () => {
    const { input } = plainManifest;
    const volume = { ...input.volume, type: 'float32', outside: -1024.5 };
    const manifest = checkManifest({ ...plainManifest, input: { ...input, volume } });
    expect(manifest.input.volume?.outside).toBe(-1024.5);
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

  it.each([
    [
      'bounds that nothing is within',
      { attribute: 'KVP', minimum: 140, maximum: 80 },
      'minimum: 140 is more than the maximum 80',
    ],
    [
      'bounds of an output that nothing is within',
      { output: 'volume_ml', minimum: 12_000, maximum: 1500 },
      'minimum: 12000 is more than the maximum 1500',
    ],
    [
      'a value above its own maximum',
      { output: 'volume_ml', maximum: 20, equals: 500 },
      'equals: 500 is more than the maximum 20',
    ],
    [
      'a value below its own minimum',
      { output: 'volume_ml', minimum: 20, equals: 5 },
      'equals: 5 is less than the minimum 20',
    ],
    [
      'bounds on text',
      { attribute: 'ConvolutionKernel', maximum: 3 },
      'attribute: `ConvolutionKernel` holds text (SH)',
    ],
    ['bounds on an age', { attribute: 'PatientAge', minimum: 18 }, 'attribute: `PatientAge` holds text (AS)'],
    [
      'patterns on a number',
      { attribute: 'SliceThickness', oneOf: ['1.25'] },
      'attribute: `SliceThickness` holds numbers (DS)',
    ],
  ])('refuses a condition that states %s', (_what, test, said) => {
    const condition = { id: 'x', label: 'x', ...test };
    const message = refusal({ ...plainManifest, conditions: [...plainManifest.conditions, condition] });
    expect(message).toContain(`conditions.5.${said}`);
  });

  it.each([
    [{ attribute: 'ConvolutionKernel', order: 'ascending' }, '`ConvolutionKernel` holds text (SH)'],
    [{ attribute: 'SliceThickness', values: ['1.25'] }, '`SliceThickness` holds numbers (DS)'],
  ])('refuses to prefer by %j, which the attribute has not', (step, said) => {
    const { selection, volume } = plainManifest.input;
    const prefer = [{ ...step, reason: 'why not' }];
    expect(refusal({ ...plainManifest, input: { selection: { ...selection, prefer }, volume } })).toContain(
      `input.selection.prefer.0.attribute: ${said}`,
    );
  });

  it('refuses one output as two measurements, whatever they are called', () => {
    const [group] = plainManifest.groups;
    const [first, second] = group?.measurements ?? [];
    const twice = { ...second, output: first?.output };
    expect(refusal({ ...plainManifest, groups: [{ ...group, measurements: [first, twice] }] })).toContain(
      'groups.0.measurements.1.output: `volume_ml` is measured as `air-volume` already',
    );
  });

  it('tells a name that leads nowhere also where another part cannot be read', () => {
    const [group] = plainManifest.groups;
    const [first, second] = group?.measurements ?? [];
    const wrong = { ...first, decimals: 9, conditions: ['nowhere'] };
    const message = refusal({
      ...plainManifest,
      memoryMiB: 0,
      conditions: [...plainManifest.conditions, { id: 'kernel' }],
      groups: [{ ...group, measurements: [wrong, { ...second, key: 'air-volume' }] }],
    });
    for (const said of [
      'memoryMiB: ',
      'groups.0.measurements.0.decimals: ',
      'conditions.5.id: `kernel` is used twice',
      'groups.0.measurements.0.conditions.0: there is no condition `nowhere`',
      'groups.0.measurements.1.key: `air-volume` is used twice',
    ])
      expect(message).toContain(said);
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
