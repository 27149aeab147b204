import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { buildDataset, frameDataset, type Dataset } from '@prelector/dicom';
import { evaluateConditions } from './condition.js';
import type { NumberOutputs } from './output-numbers.js';
import { ctSeries, ctSlice, manifestWith } from './images.testing.js';

const manifest = manifestWith();
const outputs = { volume_ml: 5, mean_hu: -850, first_slice: 0, last_slice: 0 };
const judge = (id: string, sample = ctSeries(3), numbers: NumberOutputs = outputs, given = manifest) =>
  evaluateConditions(given, sample, numbers).find((condition) => condition.id === id);

describe('evaluateConditions', () => {
  it('meets every condition on images and outputs within the bounds', () => {
    const states = evaluateConditions(manifest, ctSeries(3), outputs).map(({ state }) => state);
    expect(states).toEqual(['met', 'met', 'met', 'met', 'met']);
  });

  it('states the value of the images and what was validated', () => {
    expect(judge('slice-thickness', ctSeries(3, { SliceThickness: 5 }))).toEqual({
      id: 'slice-thickness',
      state: 'not-met',
      statement: 'slice thickness 5 mm (validated at most 1.5 mm)',
    });
    expect(judge('kernel', ctSeries(3, { ConvolutionKernel: 'L' }))).toEqual({
      id: 'kernel',
      state: 'not-met',
      statement: 'kernel L (validated B3?f, STANDARD)',
    });
  });

  it.each([
    ['SliceThickness', 0, 'slice thickness 0 to 1.25 mm, and 0 is no slice thickness'],
    ['SliceThickness', -5, 'slice thickness -5 to 1.25 mm, and -5 is no slice thickness'],
    ['SliceThickness', [1, 0], 'slice thickness 0 to 1.25 mm, and 0 is no slice thickness'],
    ['KVP', 0, 'tube voltage 0 to 120 kV, and 0 is no KVP'],
    ['PixelSpacing', [0.7, 0], 'pixel spacing 0 to 0.8 mm, and 0 is no pixel spacing'],
  ])('leaves a condition unknown by a %s of %j, which none can have', (attribute, value, said) => {
    const added = [
      { id: 'kvp', label: 'tube voltage', attribute: 'KVP', maximum: 140, unit: 'kV' },
      { id: 'pixels', label: 'pixel spacing', attribute: 'PixelSpacing', maximum: 1, unit: 'mm' },
    ];
    const given = manifestWith({ conditions: [...manifest.conditions, ...added] });
    const sample = [ctSlice(0), ctSlice(1, { [attribute]: value })];
    const judged = evaluateConditions(given, sample, outputs).filter(({ state }) => state !== 'met');
    expect(judged).toEqual([
      { id: expect.any(String), state: 'unknown', statement: expect.stringContaining(said) },
    ]);
  });

  it('takes a zero that an attribute may have', () => {
    const tilt = { id: 'tilt', label: 'tilt', attribute: 'GantryDetectorTilt', maximum: 1 };
    const given = manifestWith({ conditions: [...manifest.conditions, tilt] });
    for (const GantryDetectorTilt of [0, -3]) {
      expect(judge('tilt', ctSeries(2, { GantryDetectorTilt }), outputs, given)?.state).toBe('met');
    }
  });

  it.each([
    ['not-met', ['B80f', 'B31f'], 'kernel B80f/B31f (validated B3?f, STANDARD)'],
    ['not-met', ['B31f', 'B80f'], 'kernel B31f/B80f (validated B3?f, STANDARD)'],
    ['not-met', ['B31f', '3'], 'kernel B31f/3 (validated B3?f, STANDARD)'],
    ['met', ['B31f', 'standard'], 'kernel B31f/standard (validated B3?f, STANDARD)'],
    ['unknown', ['', 'B31f'], 'kernel unreadable: 1 of 2 values are empty (validated B3?f, STANDARD)'],
    [
      'unknown',
      ['B31f', '', 'B31f'],
      'kernel unreadable: 1 of 3 values are empty (validated B3?f, STANDARD)',
    ],
    ['unknown', ['', ''], 'kernel not stated (validated B3?f, STANDARD)'],
    [
      'unknown',
      { vr: 'UN', InlineBinary: 'QjMxZg==' },
      'kernel unreadable: binary of VR UN (validated B3?f, STANDARD)',
    ],
    [
      'unknown',
      { vr: 'SH', BulkDataURI: 'b/1' },
      'kernel unreadable: bulk data of VR SH (validated B3?f, STANDARD)',
    ],
    ['unknown', { vr: 'SQ', Value: [{}] }, 'kernel unreadable: a sequence (validated B3?f, STANDARD)'],
  ])('is %s by every value of several: %j', (state, ConvolutionKernel, statement) => {
    expect(judge('kernel', [ctSlice(0), ctSlice(1, { ConvolutionKernel })])).toMatchObject({
      state,
      statement: /^kernel (?:un|not s)/u.test(statement)
        ? statement.replace('not stated', 'not stated on 1 of 2 images')
        : statement.replace('kernel ', 'kernel B31f, '),
    });
  });

  it.each([[['B31f', '']], [['B31f', ' ', '']]])(
    'leaves empty values at the end out: %j',
    (ConvolutionKernel) => {
      expect(judge('kernel', ctSeries(2, { ConvolutionKernel }))?.state).toBe('met');
      const sharp = ctSeries(2, { ConvolutionKernel: ['B80f', ...ConvolutionKernel.slice(1)] });
      expect(judge('kernel', sharp)?.state).toBe('not-met');
    },
  );

  it('takes a second value that the validated kernels name with the first', () => {
    const kernel = { id: 'kernel', label: 'kernel', attribute: 'ConvolutionKernel', oneOf: ['B3*\\?'] };
    const given = manifestWith({
      conditions: [...manifest.conditions.filter(({ id }) => id !== 'kernel'), kernel],
    });
    const of = (ConvolutionKernel: string[]) =>
      judge('kernel', ctSeries(2, { ConvolutionKernel }), outputs, given)?.state;
    expect(of(['B31f', '3'])).toBe('met');
    expect(of(['B31f', 'B80f'])).toBe('not-met');
    expect(of(['B31f'])).toBe('not-met');
  });

  it('judges by the worst of all images', () => {
    const mixed = [ctSlice(0), ctSlice(1, { SliceThickness: 3 })];
    expect(judge('slice-thickness', mixed)).toMatchObject({
      state: 'not-met',
      statement: 'slice thickness 1.25 to 3 mm (validated at most 1.5 mm)',
    });
  });

  it('takes as many frames as there may be', () => {
    const [image] = ctSeries(1);
    const many = Array.from({ length: 200_000 }, () => image ?? {});
    expect(judge('slice-thickness', many)).toMatchObject({ state: 'met' });
  });

  it('leaves a condition unknown when the attribute is absent, empty or no number, on any image', () => {
    for (const SliceThickness of [undefined, '']) {
      expect(judge('slice-thickness', ctSeries(2, { SliceThickness }))).toMatchObject({
        state: 'unknown',
        statement: 'slice thickness not stated (validated at most 1.5 mm)',
      });
    }
    const partly = [ctSlice(0), ctSlice(1, { ConvolutionKernel: undefined })];
    expect(judge('kernel', partly)).toMatchObject({
      state: 'unknown',
      statement: 'kernel not stated on 1 of 2 images (validated B3?f, STANDARD)',
    });
    expect(judge('kernel', [])).toMatchObject({ state: 'unknown' });
  });

  it.each([[undefined], ['']])(
    'counts a contrast agent of %j in CT as none and says so',
    (ContrastBolusAgent) => {
      expect(judge('contrast', ctSeries(2, { ContrastBolusAgent }))).toEqual({
        id: 'contrast',
        state: 'met',
        statement: 'contrast agent not stated, which counts as none',
      });
    },
  );

  it('does not meet it on a contrast agent stated on any image, in words or coded', () => {
    const one = [ctSlice(0), ctSlice(1, { ContrastBolusAgent: 'OMNIPAQUE 350' })];
    expect(judge('contrast', one)).toMatchObject({
      state: 'not-met',
      statement: 'contrast agent OMNIPAQUE 350 (validated without)',
    });
    const coded = ctSeries(1, {
      ContrastBolusAgentSequence: [
        { CodeValue: 'C-B0322', CodingSchemeDesignator: 'SRT', CodeMeaning: 'Iohexol' },
      ],
    });
    expect(judge('contrast', coded)).toMatchObject({ state: 'not-met' });
  });

  const without = '(validated without)';
  it.each<[string, Record<string, unknown>, string]>([
    [
      'not-met',
      { ContrastBolusVolume: 100, ContrastBolusRoute: 'IV', ContrastBolusIngredient: 'IODINE' },
      `Contrast Bolus Volume 100, Contrast Bolus Route IV, Contrast Bolus Ingredient IODINE ${without}`,
    ],
    ['not-met', { ContrastBolusTotalDose: 80 }, `Contrast Bolus Total Dose 80 ${without}`],
    ['not-met', { ContrastFlowRate: [3, 0] }, `Contrast Flow Rate 3/0 ${without}`],
    ['not-met', { ContrastFlowDuration: 20 }, `Contrast Flow Duration 20 ${without}`],
    [
      'not-met',
      { ContrastBolusIngredientConcentration: 350 },
      `Contrast Bolus Ingredient Concentration 350 ${without}`,
    ],
    [
      'not-met',
      { ContrastBolusAgent: ' ', ContrastBolusStartTime: '101010' },
      `Contrast Bolus Start Time stated ${without}`,
    ],
    ['not-met', { ContrastBolusStopTime: '101010' }, `Contrast Bolus Stop Time stated ${without}`],
    ['not-met', { ContrastBolusAgentSequence: [{}] }, `a coded agent ${without}`],
    [
      'not-met',
      { ContrastBolusAdministrationRouteSequence: [{ CodeMeaning: 'Intravenous' }] },
      `Contrast Bolus Administration Route Sequence stated ${without}`,
    ],
    [
      'not-met',
      { ContrastBolusAgentAdministered: 'YES' },
      `Contrast Bolus Agent Administered YES ${without}`,
    ],
    ['not-met', { ContrastBolusAgentPhase: 'ARTERIAL' }, `Contrast Bolus Agent Phase ARTERIAL ${without}`],
    [
      'unknown',
      { ContrastBolusAgent: 'OMNIPAQUE', ContrastBolusVolume: 0 },
      `contradictory: OMNIPAQUE, and Contrast Bolus Volume 0 ${without}`,
    ],
    [
      'unknown',
      { ContrastBolusAgentAdministered: 'NO', ContrastBolusAgentPhase: 'PORTAL_VENOUS' },
      `contradictory: Contrast Bolus Agent Phase PORTAL_VENOUS, and Contrast Bolus Agent Administered NO ${without}`,
    ],
    ['unknown', { ContrastBolusVolume: -5 }, `not clear: Contrast Bolus Volume -5 ${without}`],
    [
      'unknown',
      { ContrastBolusVolume: '1,5' },
      `not clear: Contrast Bolus Volume unreadable: \`1,5\` ${without}`,
    ],
    [
      'unknown',
      { ContrastBolusAgent: { vr: 'UN', InlineBinary: 'SQ==' } },
      `not clear: Contrast Bolus Agent unreadable: binary of VR UN ${without}`,
    ],
    [
      'unknown',
      { ContrastBolusAgentSequence: { vr: 'UN', InlineBinary: 'SQ==' } },
      `not clear: Contrast Bolus Agent Sequence unreadable ${without}`,
    ],
    [
      'unknown',
      { ContrastBolusAgentAdministered: 'MAYBE' },
      `not clear: Contrast Bolus Agent Administered MAYBE ${without}`,
    ],
    [
      'unknown',
      { ContrastBolusUsageSequence: [{ ContrastBolusAgentNumber: 1 }] },
      `not clear: Contrast Bolus Usage Sequence unreadable ${without}`,
    ],
    [
      'met',
      { ContrastBolusVolume: 0, ContrastBolusAgentSequence: { vr: 'SQ', Value: [] } },
      'not stated beside Contrast Bolus Volume 0, which counts as none',
    ],
    [
      'met',
      { ContrastBolusAgentAdministered: 'NO', ContrastBolusAgentDetected: 'NO' },
      'not stated beside Contrast Bolus Agent Administered NO, which counts as none',
    ],
    [
      'met',
      {
        ContrastBolusIngredient: 'IODINE',
        ContrastBolusIngredientConcentration: 300,
        ContrastBolusVolume: 0,
      },
      'not stated beside Contrast Bolus Volume 0, Contrast Bolus Ingredient IODINE, Contrast Bolus Ingredient Concentration 300, which counts as none',
    ],
    [
      'met',
      { ContrastBolusRoute: 'IV', ContrastBolusVolume: 0 },
      'not stated beside Contrast Bolus Volume 0, Contrast Bolus Route IV, which counts as none',
    ],
    [
      'unknown',
      { ContrastFlowRate: 3, ContrastBolusVolume: 0 },
      `contradictory: Contrast Flow Rate 3, and Contrast Bolus Volume 0 ${without}`,
    ],
    [
      'unknown',
      { ContrastBolusAgent: ['NONE', 'OMNIPAQUE'] },
      `contradictory: OMNIPAQUE, and Contrast Bolus Agent NONE ${without}`,
    ],
    [
      'unknown',
      { ContrastBolusAgent: 'NONE', ContrastBolusVolume: 90 },
      `contradictory: Contrast Bolus Volume 90, and Contrast Bolus Agent NONE ${without}`,
    ],
    ['not-met', { ContrastBolusAgent: 'NONIONIC' }, `NONIONIC ${without}`],
    [
      'not-met',
      { ContrastBolusIngredient: ['NONE', 'IODINE'] },
      `Contrast Bolus Ingredient NONE/IODINE ${without}`,
    ],
    ['met', { ContrastBolusStartTime: '000000' }, 'not stated, which counts as none'],
    ['met', { ContrastBolusStopTime: '000000.000000' }, 'not stated, which counts as none'],
    [
      'not-met',
      { ContrastBolusStartTime: '000000', ContrastBolusStopTime: '000130' },
      `Contrast Bolus Stop Time stated ${without}`,
    ],
    [
      'not-met',
      { ContrastBolusIngredientCodeSequence: [{ CodeMeaning: 'None' }, {}] },
      `Contrast Bolus Ingredient Code Sequence stated ${without}`,
    ],
  ])('is %s by all that one image says of contrast: %j', (state, changes, said) => {
    expect(judge('contrast', [ctSlice(0), ctSlice(1, changes)])).toEqual({
      id: 'contrast',
      state,
      statement: `contrast agent ${said}`,
    });
  });

  it.each(['NONE', ' none ', 'NO', 'N', 'WITHOUT', 'No contrast', 'NATIVE', '-', '0'])(
    'takes the word %j for no contrast, as agent, route or ingredient and as the meaning of a code',
    (word) => {
      const code = [{ CodeMeaning: word }];
      for (const changes of [
        { ContrastBolusAgent: word },
        { ContrastBolusRoute: word },
        { ContrastBolusIngredient: word },
        { ContrastBolusAgentSequence: code },
        { ContrastBolusAdministrationRouteSequence: code },
        { ContrastBolusIngredientCodeSequence: code },
      ]) {
        expect(judge('contrast', ctSeries(1, changes))).toMatchObject({
          state: 'met',
          statement: expect.stringContaining('not stated beside Contrast Bolus '),
        });
        const given = ctSeries(1, { ...changes, ContrastBolusVolume: 90 });
        expect(judge('contrast', given)?.state).toBe('unknown');
      }
    },
  );

  it.each(['SharedFunctionalGroupsSequence', 'PerFrameFunctionalGroupsSequence'])(
    'sees an agent in use in the %s, be it the second of two',
    (groups) => {
      const use = (number: number, administered: string) => ({
        ContrastBolusAgentNumber: number,
        ContrastBolusAgentAdministered: administered,
      });
      const item = { ContrastBolusUsageSequence: [use(1, 'NO'), use(2, 'YES')] };
      const object = { SOPClassUID: '1.2.840.10008.5.1.4.1.1.2.1', NumberOfFrames: 1 };
      const frame = frameDataset(ctSlice(0, { ...object, [groups]: [item] }), 0);
      expect(judge('contrast', [frame])?.state).not.toBe('met');
      const one = { ContrastBolusUsageSequence: [use(2, 'YES')] };
      const given = frameDataset(ctSlice(0, { ...object, [groups]: [one] }), 0);
      expect(judge('contrast', [given])?.state).toBe('not-met');
    },
  );

  it('leaves contrast unknown in another modality than CT that does not state it', () => {
    expect(judge('contrast', ctSeries(2, { Modality: 'MR' }))).toMatchObject({ state: 'unknown' });
  });

  it('judges several outputs together', () => {
    expect(judge('coverage', ctSeries(1), { ...outputs, last_slice: 12 })).toMatchObject({
      state: 'not-met',
      statement: 'air on the outer slices 0 and 12 (validated 0)',
    });
  });

  it('never prints a number that is a measurement', () => {
    const condition = judge('plausible', ctSeries(1), { ...outputs, volume_ml: 4711 });
    expect(condition).toMatchObject({ state: 'not-met' });
    expect(condition?.statement).not.toContain('4711');
    expect(condition?.statement).toBe('air volume not as validated (1 to 10 mL)');
  });

  it.each([
    ['the same number', 27135.711, ''],
    ['of another unit', 27.135_711, 'L'],
    ['with another sign', -27135.7, 'mL'],
    ['almost the same', 27140, 'mL'],
  ])('prints no number from which a reader learns a measurement: %s', (_what, value, unit) => {
    const more = { id: 'more', label: 'more', output: 'again', maximum: 0.001, ...(unit ? { unit } : {}) };
    const given = manifestWith({ conditions: [...manifest.conditions, { ...more, minimum: -0.001 }] });
    const { state, statement } =
      judge('more', ctSeries(1), { ...outputs, volume_ml: 27135.7109375, again: value }, given) ?? {};
    expect(statement).toBe(`more not as validated (-0.001 to 0.001${unit ? ` ${unit}` : ''})`);
    expect(state).toBe('not-met');
  });

  it('contradicts itself in no statement: the number stands on the side of its limits on which it is', () => {
    const number = fc.oneof(
      fc.double({ noNaN: true, min: -1e6, max: 1e6 }),
      fc.constantFrom(1.5, 1.5004, 0.0004, 0.0005, 1e-9),
    );
    fc.assert(
      fc.property(number, number, (value, maximum) => {
        const spec = { id: 'more', label: 'more', output: 'again', maximum };
        const given = manifestWith({ conditions: [...manifest.conditions, spec] });
        const { state, statement } = judge('more', ctSeries(1), { ...outputs, again: value }, given) ?? {};
        const [, shown, limit] = /^more (\S+) \(validated at most (\S+)\)$/u.exec(statement ?? '') ?? [];
        // One that a measurement could be learnt from is not shown.
        if (shown === undefined) return /^more (?:not )?as validated/u.test(statement ?? '');
        return Number(limit) === maximum && (state === 'met') === Number(shown) <= Number(limit);
      }),
    );
    const thick = judge('slice-thickness', ctSeries(1, { SliceThickness: 1.5004 }));
    expect(thick?.statement).toBe('slice thickness 1.5004 mm (validated at most 1.5 mm)');
  });

  it('leaves a condition on an output that is no number unknown', () => {
    expect(judge('coverage', ctSeries(1), { ...outputs, last_slice: Number.NaN })).toMatchObject({
      state: 'unknown',
    });
  });

  it('refuses outputs that lack one it reads', () => {
    expect(() => evaluateConditions(manifest, ctSeries(1), { volume_ml: 1 })).toThrow(
      expect.objectContaining({ code: 'model.output-missing' }),
    );
  });

  it('prints text of the images on one bounded line', () => {
    const long = `K\n${'x'.repeat(63)}`;
    const statement = judge('kernel', ctSeries(1, { ConvolutionKernel: long }))?.statement ?? '';
    expect(statement).not.toContain('\n');
    expect(statement.length).toBeLessThan(120);
  });

  it('counts a number that cannot be read as unknown, and judges every value of several', () => {
    expect(judge('slice-thickness', [ctSlice(0), ctSlice(1, { SliceThickness: '1,25' })])).toEqual({
      id: 'slice-thickness',
      state: 'unknown',
      statement: 'slice thickness unreadable: `1,25` (validated at most 1.5 mm)',
    });
    const spacing = { id: 'pixels', label: 'pixel spacing', attribute: 'PixelSpacing', maximum: 1 };
    const given = manifestWith({ conditions: [...manifest.conditions, spacing] });
    expect(judge('pixels', ctSeries(2, { PixelSpacing: [0.7, 5] }), outputs, given)?.state).toBe('not-met');
  });

  const gaps = manifestWith({
    conditions: [
      ...manifest.conditions,
      { id: 'gaps', label: 'gap between slices', geometry: 'gap-between-slices', maximum: 0.1 },
    ],
  });
  const ofSlices = (spacing: number, thickness: unknown) =>
    [0, 1, 2, 3].map((each) => ctSlice(each * spacing, { SliceThickness: thickness }));
  it.each<[string, string, Dataset[], string]>([
    ['met', 'no gap', ofSlices(1.25, 1.25), 'none (slices of 1.25 mm every 1.25 mm)'],
    ['met', 'overlapping slices', ofSlices(0.7, 1), 'none (slices of 1 mm every 0.7 mm)'],
    ['met', 'rounding', ofSlices(1.3, 1.25), '0.05 mm (slices of 1.25 mm every 1.3 mm)'],
    ['met', 'a gap as wide as validated', ofSlices(1.1, 1), '0.1 mm (slices of 1 mm every 1.1 mm)'],
    ['not-met', 'a gap a little wider', ofSlices(1.102, 1), '0.102 mm (slices of 1 mm every 1.102 mm)'],
    ['not-met', 'thin slices far apart', ofSlices(8, 1), '7 mm (slices of 1 mm every 8 mm)'],
    [
      'not-met',
      'one gap among many',
      [...ofSlices(1, 1), ctSlice(5, { SliceThickness: 1 })],
      '1 mm (slices of 1 mm every 2 mm)',
    ],
    [
      'not-met',
      'one thin slice among thick ones',
      [...ofSlices(1, 1), ctSlice(4, { SliceThickness: 0.5 })],
      '0.5 mm (slices of 0.5 mm every 1 mm)',
    ],
    [
      'not-met',
      'a stated spacing that is not so',
      ofSlices(8, 1).map((image) => ({ ...image, ...buildDataset({ SpacingBetweenSlices: 1 }) })),
      '7 mm (slices of 1 mm every 8 mm)',
    ],
    ['unknown', 'no thickness', ofSlices(1, undefined), 'not known: slice thickness not stated'],
    ['unknown', 'a thickness of 0', ofSlices(1, 0), 'not known: 0 is no slice thickness'],
    ['unknown', 'a thickness in words', ofSlices(1, '1,0'), 'not known: slice thickness unreadable: `1,0`'],
    ['unknown', 'two thicknesses', ofSlices(1, [1, 2]), 'not known: slice thickness unreadable: `1\\2`'],
    ['unknown', 'one slice', ctSeries(1), 'not known: fewer than two slices'],
    ['unknown', 'no slice', [], 'not known: fewer than two slices'],
    [
      'unknown',
      'a slice of no known place',
      [ctSlice(0), ctSlice(1, { ImagePositionPatient: undefined })],
      'not known: Image Position (Patient) (0020,0032) is not stated',
    ],
  ])('is %s by the gap between slices: %s', (state, _what, sample, said) => {
    expect(judge('gaps', sample, outputs, gaps)).toEqual({
      id: 'gaps',
      state,
      statement: `gap between slices ${said} (validated at most 0.1 mm)`,
    });
  });

  const compression = manifestWith({
    conditions: [...manifest.conditions, { id: 'loss', label: 'lossy compression', compression: 'lossless' }],
  });
  it.each<[string, Record<string, unknown>, string]>([
    ['met', {}, 'lossy compression none stated (validated without)'],
    ['met', { LossyImageCompression: '00' }, 'lossy compression none (validated without)'],
    ['not-met', { LossyImageCompression: '01' }, 'lossy compression yes; none stated (validated without)'],
    [
      'unknown',
      { LossyImageCompression: 'YES' },
      'lossy compression Lossy Image Compression (0028,2110) is unreadable: "YES"; none stated (validated without)',
    ],
  ])('is %s by the loss of one image: %j', (state, changes, statement) => {
    const sample = Object.keys(changes).length === 0 ? ctSeries(2) : [ctSlice(0, changes), ctSlice(1)];
    const expected = state === 'met' && 'LossyImageCompression' in changes ? 'none; none stated' : undefined;
    expect(judge('loss', sample, outputs, compression)).toEqual({
      id: 'loss',
      state,
      statement: expected ? `lossy compression ${expected} (validated without)` : statement,
    });
  });
});
