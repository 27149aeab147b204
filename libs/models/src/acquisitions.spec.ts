import { describe, expect, it } from '@jest/globals';
import type { Dataset } from '@prelector/dicom';
import { separateAcquisitions } from './acquisitions.js';
import { ctSlice } from './images.testing.js';

type Attributes = Record<string, unknown>;

/** Slices 1 mm apart, each with the attributes that its place gives it. */
const stack = (count: number, attributes: (index: number) => Attributes) =>
  Array.from({ length: count }, (_, index) => ctSlice(index, attributes(index)));
const volumes = (count: number, attributes: (index: number) => Attributes) =>
  separateAcquisitions(stack(count, attributes)).volumes;
const time = (seconds: number) => {
  const text = (value: number) => String(Math.floor(value)).padStart(2, '0');
  const fraction = String(Math.round((seconds % 1) * 1000)).padStart(3, '0');
  return `12${text(seconds / 60)}${text(seconds % 60)}.${fraction}`;
};

describe('separateAcquisitions', () => {
  it.each<[string, Attributes, Attributes]>([
    ['Acquisition Number', { AcquisitionNumber: 1 }, { AcquisitionNumber: '2' }],
    ['Temporal Position Identifier', { TemporalPositionIdentifier: 1 }, { TemporalPositionIdentifier: 2 }],
    ['Temporal Position Index', { TemporalPositionIndex: 1 }, { TemporalPositionIndex: 2 }],
    ['Echo Numbers', { EchoNumbers: 1 }, { EchoNumbers: 2 }],
    ['Echo Time', { EchoTime: 4.6 }, { EchoTime: 9.2 }],
    ['Effective Echo Time', { EffectiveEchoTime: 4.6 }, { EffectiveEchoTime: 9.2 }],
    ['Trigger Time', { TriggerTime: 0 }, { TriggerTime: 400 }],
    ['phase of the heart', { NominalPercentageOfCardiacPhase: 30 }, { NominalPercentageOfCardiacPhase: 75 }],
    ['b-value', { DiffusionBValue: undefined }, { DiffusionBValue: 1000 }],
    ['Image Type', {}, { ImageType: ['DERIVED', 'PRIMARY', 'MIP'] }],
    ['kernel', { ConvolutionKernel: 'B31f' }, { ConvolutionKernel: 'B70f' }],
    ['tube voltage', { KVP: 80 }, { KVP: 140 }],
    ['slice thickness', { SliceThickness: 1 }, { SliceThickness: 5 }],
    ['contrast agent', {}, { ContrastBolusAgent: 'iodine' }],
    ['time of acquisition', { AcquisitionTime: '120000' }, { AcquisitionTime: '120030' }],
    [
      'date and time of acquisition',
      { AcquisitionDateTime: '20260101120000' },
      { AcquisitionDateTime: '20260101120030.5' },
    ],
    ['time of content', { ContentTime: '120000' }, { ContentTime: '120040' }],
    [
      'time, over midnight',
      { AcquisitionTime: '235950', AcquisitionDate: '20260101' },
      { AcquisitionTime: '000020', AcquisitionDate: '20260102' },
    ],
    ['hours and minutes', { AcquisitionTime: '1010' }, { AcquisitionTime: '1020' }],
    ['hours', { AcquisitionTime: '10' }, { AcquisitionTime: '11' }],
    ['minutes', { AcquisitionDateTime: '202601011010' }, { AcquisitionDateTime: '202601011020' }],
    ['days', { AcquisitionDateTime: '20260101' }, { AcquisitionDateTime: '20260102' }],
    [
      'times with a zone',
      { AcquisitionDateTime: '20260101101000+0100' },
      { AcquisitionDateTime: '20260101102000+0100' },
    ],
    ['texts that are no times', { AcquisitionTime: '10.10.10' }, { AcquisitionTime: '10.20.10' }],
    ['date alone', { AcquisitionDate: '20260101' }, { AcquisitionDate: '20270101' }],
    ['irradiation event', { IrradiationEventUID: '1.2.1' }, { IrradiationEventUID: '1.2.2' }],
    [
      'place in the cycle of breath',
      { RespiratoryCyclePosition: 'START_RESPIR' },
      { RespiratoryCyclePosition: 'END_RESPIR' },
    ],
    [
      'reference time of the frame',
      { FrameReferenceDateTime: '20260101120000' },
      { FrameReferenceDateTime: '20260101120100' },
    ],
    ['tube voltage that half of them state', { KVP: 80 }, { KVP: undefined }],
    ['patient position that half of them state', { PatientPosition: 'HFP' }, { PatientPosition: undefined }],
    [
      'reconstruction algorithm',
      { ReconstructionAlgorithm: 'ITERATIVE' },
      { ReconstructionAlgorithm: 'FILTER_BACK_PROJ' },
    ],
  ])('tells two volumes by %s, alternating or in another rhythm', (_what, first, second) => {
    expect(volumes(24, (index) => (index % 2 === 0 ? first : second))).toBe(2);
    expect(volumes(24, (index) => (index % 3 === 0 ? first : second))).toBe(2);
  });

  it.each<[string, Attributes, Attributes]>([
    ['Series Type', { SeriesType: ['STATIC', 'IMAGE'] }, { SeriesType: ['GATED', 'IMAGE'] }],
    ['reprojection', { SeriesType: ['STATIC', 'IMAGE'] }, { SeriesType: ['STATIC', 'REPROJECTION'] }],
    ['Counts Source', { CountsSource: 'EMISSION' }, { CountsSource: 'TRANSMISSION' }],
    ['Corrected Image', { CorrectedImage: ['DECY', 'ATTN'] }, { CorrectedImage: ['DECY'] }],
    ['Corrected Image that half of them state', { CorrectedImage: ['ATTN'] }, {}],
    ['Decay Correction', { DecayCorrection: 'START' }, { DecayCorrection: 'NONE' }],
    ['SUV Type that half of them state', { SUVType: 'BSA' }, {}],
    ['reconstruction', { ReconstructionMethod: 'OSEM' }, { ReconstructionMethod: 'FBP' }],
    ['scatter correction', { ScatterCorrectionMethod: 'MODEL' }, { ScatterCorrectionMethod: 'NONE' }],
    [
      'tracer',
      { RadiopharmaceuticalInformationSequence: [{ Radiopharmaceutical: 'FDG' }] },
      { RadiopharmaceuticalInformationSequence: [{ Radiopharmaceutical: 'PSMA' }] },
    ],
    [
      'nuclide',
      {
        RadiopharmaceuticalInformationSequence: [
          { RadionuclideCodeSequence: [{ CodeMeaning: '^18^Fluorine' }] },
        ],
      },
      {
        RadiopharmaceuticalInformationSequence: [
          { RadionuclideCodeSequence: [{ CodeMeaning: '^68^Gallium' }] },
        ],
      },
    ],
    ['nucleus that half of them state', {}, { ImagedNucleus: '23Na' }],
    ['Scanning Sequence', { ScanningSequence: 'SE' }, { ScanningSequence: 'GR' }],
    ['Sequence Name', { SequenceName: '*ep_b0' }, { SequenceName: '*ep_b1000' }],
    ['Sequence Variant', { SequenceVariant: 'SK' }, { SequenceVariant: ['SK', 'MP'] }],
    ['Repetition Time', { RepetitionTime: 500 }, { RepetitionTime: 2000 }],
  ])('tells two volumes by %s, alternating, end to end, and on a few slices', (_what, first, second) => {
    expect(volumes(24, (index) => (index % 2 === 0 ? first : second))).toBe(2);
    expect(volumes(24, (index) => (index < 12 ? first : second))).toBe(2);
    expect(volumes(24, (index) => (index > 5 && index < 9 ? first : second))).toBe(2);
  });

  it.each<[string, Attributes, Attributes]>([
    ['reference time of the frame', { FrameReferenceTime: 0 }, { FrameReferenceTime: 600_000 }],
    ['duration of the frame', { ActualFrameDuration: 60_000 }, { ActualFrameDuration: 120_000 }],
    ['coil', { ReceiveCoilName: 'HEAD' }, { ReceiveCoilName: 'BODY' }],
  ])('tells two that alternate by %s, and takes positions of the bed', (what, first, second) => {
    expect(volumes(24, (index) => (index % 2 === 0 ? first : second))).toBe(2);
    const { volumes: count, notes } = separateAcquisitions(
      stack(24, (index) => (index < 9 ? first : second)),
    );
    expect([what, count, notes.length]).toEqual([what, 1, 1]);
  });

  it('takes a slice of another coil as one of the others', () => {
    const coil = (index: number) => ({ ReceiveCoilName: index === 9 ? 'HEA;HEP' : 'HEA' });
    expect(volumes(24, coil)).toBe(1);
  });

  it('tells frames of a dynamic or gated series end to end, too', () => {
    for (const [type, keyword] of [
      ['DYNAMIC', 'FrameReferenceTime'],
      ['GATED', 'TriggerTime'],
    ] as const) {
      const halves = (index: number) => ({ SeriesType: [type, 'IMAGE'], [keyword]: index < 12 ? 0 : 400 });
      expect(volumes(24, halves)).toBe(2);
    }
  });

  it('takes a static series of PET with what its positions of the bed change as one', () => {
    const whole = (index: number) => ({
      SeriesType: ['WHOLE BODY', 'IMAGE'],
      CorrectedImage: index % 2 === 0 ? ['DECY', 'ATTN'] : ['ATTN', 'DECY'],
      FrameReferenceTime: index * 1000,
      DecayFactor: 1 + index / 100,
      RescaleSlope: 1 + index,
    });
    expect(separateAcquisitions(stack(24, whole))).toMatchObject({ volumes: 1, notes: [] });
  });

  it('takes numbers that senders round or a trigger stretches as one', () => {
    expect(volumes(24, (index) => ({ RepetitionTime: 2450 + (index % 3) * 40 }))).toBe(1);
    expect(volumes(24, (index) => ({ EchoTime: index % 2 === 0 ? 4.602 : 4.603 }))).toBe(1);
  });

  it('tells by the private attributes of two makers, where their creator is stated', () => {
    const own = (image: Dataset, elements: Record<string, [vr: string, value: unknown]>): Dataset => ({
      ...image,
      ...Object.fromEntries(
        Object.entries(elements).map(([tag, [vr, value]]) => [tag, { vr, Value: [value] }]),
      ),
    });
    const count = (creator: [string, string], tag: string, second: unknown) =>
      separateAcquisitions(
        stack(24, () => ({ Modality: 'MR' })).map((image, index) =>
          own(image, {
            [creator[0]]: ['LO', creator[1]],
            [tag]: ['IS', index % 2 === 0 ? 0 : second],
          }),
        ),
      ).volumes;
    expect(count(['00190010', 'SIEMENS MR HEADER'], '0019100C', 1000)).toBe(2);
    expect(count(['00430010', 'GEMS_PARM_01'], '0043102F', 1)).toBe(2);
    expect(count(['00190010', 'ANOTHER MAKER'], '0019100C', 1000)).toBe(1);
  });

  it('tells by times of which each slice has its own', () => {
    const sweeps = (index: number) => time((index % 2) * 30 + index * 0.1);
    expect(volumes(24, (index) => ({ AcquisitionTime: sweeps(index) }))).toBe(2);
    expect(volumes(24, (index) => ({ ContentTime: sweeps(index) }))).toBe(2);
  });

  it.each(['', 'no time', undefined])(
    'tells by the times of the others where one image states %j',
    (AcquisitionTime) => {
      const times = (index: number) =>
        index === 7 ? { AcquisitionTime } : { AcquisitionTime: index % 2 === 0 ? '101010' : '103010' };
      expect(volumes(24, times)).toBeGreaterThan(1);
      const one = (index: number) =>
        index === 7 ? { AcquisitionTime } : { AcquisitionTime: time(index * 0.1) };
      expect(volumes(24, one)).toBe(1);
    },
  );

  it.each<[string, number, (index: number) => Attributes]>([
    [
      'a date and no time',
      1,
      (index) => ({ AcquisitionDate: '20260101', AcquisitionTime: index === 9 ? undefined : '101010' }),
    ],
    [
      'a date and no time on every second one',
      12,
      (index) => ({ AcquisitionDate: '20260101', AcquisitionTime: index % 2 === 0 ? '101010' : undefined }),
    ],
    [
      'no date, where two stacks end to end state two',
      3,
      (index) => ({
        AcquisitionTime: '101010',
        AcquisitionDate: index < 3 ? undefined : index < 12 ? '20260101' : '20260102',
      }),
    ],
    ['a text that is no time', 1, (index) => ({ AcquisitionTime: index === 9 ? '10h' : '101010' })],
  ])('says of how many slices nobody knows the moment: %s', (_what, count, attributes) => {
    const said = `when ${count} of 24 slices were acquired cannot be told, by Acquisition time: their date or time is missing or unreadable`;
    const { volumes: found, notes } = separateAcquisitions(stack(24, attributes));
    expect(found).toBe(1);
    expect(notes).toContain(said);
    const whole = separateAcquisitions(
      stack(24, (index) => ({ ...attributes(index), AcquisitionDateTime: '20260101101010' })),
    );
    expect(whole.notes).not.toContain(said);
  });

  it.each<[string, (index: number) => Attributes]>([
    ['times on every second one', (index) => ({ AcquisitionTime: index % 2 === 0 ? '101010' : undefined })],
    ['times here and there', (index) => ({ AcquisitionTime: index % 3 === 0 ? '101010' : undefined })],
  ])('tells two days that alternate, with %s', (_what, attributes) => {
    const days = (index: number) => (index % 2 === 0 ? '20260101' : '20260102');
    expect(volumes(24, (index) => ({ ...attributes(index), AcquisitionDate: days(index) }))).toBeGreaterThan(
      1,
    );
  });

  it('tells by a contrast agent in a sequence, and by the phase of its use', () => {
    const agent = [{ CodeMeaning: 'Iodine' }];
    expect(volumes(24, (index) => (index % 2 === 0 ? { ContrastBolusAgentSequence: agent } : {}))).toBe(2);
    const use = (phase: string) => ({ ContrastBolusUsageSequence: [{ ContrastBolusAgentPhase: phase }] });
    expect(volumes(24, (index) => use(index % 2 === 0 ? 'PRE' : 'POST'))).toBe(2);
    expect(volumes(24, () => use('POST'))).toBe(1);
  });

  it('takes a value that is lost on some images as the one of all', () => {
    expect(volumes(24, (index) => ({ KVP: index === 3 || index === 17 ? undefined : 120 }))).toBe(1);
    expect(volumes(24, (index) => ({ KVP: index < 12 ? undefined : 120 }))).toBe(1);
  });

  it.each<[string, (index: number) => Attributes]>([
    ['no irradiation event', (index) => ({ IrradiationEventUID: index === 9 ? undefined : '1.2.3' })],
    ['no acquisition number', (index) => ({ AcquisitionNumber: index === 9 ? undefined : 3 })],
    [
      'no date beside its time',
      (index) => ({ AcquisitionTime: time(index), AcquisitionDate: index === 9 ? undefined : '20260101' }),
    ],
    ['no agent', (index) => (index === 9 ? {} : { ContrastBolusAgentSequence: [{ CodeMeaning: 'Iodine' }] })],
  ])('takes an image that states %s as one of the others', (_what, attributes) => {
    expect(volumes(24, attributes)).toBe(1);
  });

  it('takes an agent that is detected on a part of the images as one use', () => {
    const use = (index: number) => ({
      ContrastBolusUsageSequence: [
        { ContrastBolusAgentAdministered: 'YES', ContrastBolusAgentDetected: index < 12 ? 'NO' : 'YES' },
      ],
    });
    expect(volumes(24, use)).toBe(1);
    expect(volumes(24, (index) => use(index % 3 === 0 ? 0 : 20))).toBe(1);
  });

  it('tells a single slice of another acquisition', () => {
    expect(volumes(24, (index) => ({ AcquisitionNumber: index === 9 ? 2 : 1 }))).toBe(2);
    expect(volumes(24, (index) => ({ AcquisitionTime: time(index === 9 ? 900 : index * 0.1) }))).toBe(2);
  });

  it('counts by every attribute at once, and says by which', () => {
    const { volumes: count, by } = separateAcquisitions(
      stack(24, (index) => ({
        EchoNumbers: (index % 2) + 1,
        AcquisitionNumber: (Math.floor(index / 2) % 2) + 1,
      })),
    );
    expect(count).toBe(4);
    expect(by).toBe(
      'Acquisition number (1 on 12 images, 2 on 12 images) and Echo numbers (1 on 12 images, 2 on 12 images)',
    );
  });

  it.each<[string, (index: number) => Attributes]>([
    ['that states nothing', () => ({})],
    [
      'with one value of everything',
      () => ({ AcquisitionNumber: 3, AcquisitionTime: '120000', EchoTime: 5 }),
    ],
    [
      'of a helical scan: each slice a later time',
      (index) => ({ AcquisitionTime: time(index * 0.05), ContentTime: time(100 + index * 0.2) }),
    ],
    ['from head to feet: each slice an earlier time', (index) => ({ AcquisitionTime: time(50 - index) })],
    ['made in no strict order', (index) => ({ ContentTime: time(index * 0.2 + ((index * 7) % 5)) })],
    ['of several rotations', (index) => ({ AcquisitionTime: time(Math.floor(index / 4) * 3) })],
    [
      'with one rotation a slice',
      (index) => ({ AcquisitionNumber: index + 1, AcquisitionTime: time(index * 3) }),
    ],
    [
      'of which a few slices were made late',
      (index) => ({ ContentTime: time(index > 9 && index < 14 ? 90 : 1) }),
    ],
    [
      'with rounded numbers',
      (index) => ({ KVP: index % 2 ? 120 : '120.00', SliceThickness: index % 2 ? 1.25 : 1.25001 }),
    ],
    ['with a gated moment for each slice', (index) => ({ TriggerTime: (index * 37) % 24 })],
    ['of which some slices state no kernel', (index) => (index % 5 ? {} : { ConvolutionKernel: undefined })],
  ])('takes a scan %s as one volume', (_what, attributes) => {
    const separation = separateAcquisitions(stack(24, attributes));
    expect(separation).toMatchObject({ volumes: 1, by: '', notes: [] });
  });

  describe('of magnetic resonance', () => {
    const resonance = (type: string | undefined, attributes: (index: number) => Attributes) =>
      separateAcquisitions(
        stack(24, (index) => ({ Modality: 'MR', MRAcquisitionType: type, ...attributes(index) })),
      );
    const alternating = (keyword: string, first: unknown, second: unknown) => (index: number) => ({
      [keyword]: index % 2 === 0 ? first : second,
    });

    it.each<[string, (index: number) => Attributes]>([
      ['seconds', (index) => ({ AcquisitionTime: time((index % 2) * 5) })],
      ['a breath hold', (index) => ({ AcquisitionTime: time((index % 3) * 45 + index * 0.2) })],
      ['minutes', (index) => ({ AcquisitionTime: time((index % 2) * 300) })],
      ['minutes, three of them', (index) => ({ AcquisitionTime: time((index % 3) * 540) })],
      ['minutes, by their content', (index) => ({ ContentTime: time((index % 2) * 300) })],
      [
        'no time, in two zones',
        alternating('AcquisitionDateTime', '20260101101010+0000', '20260101111010+0100'),
      ],
      [
        'no time, in two zones over midnight',
        alternating('AcquisitionDateTime', '20260101233000-0030', '20260102010000.5+0100'),
      ],
      [
        'no time, of which one names its zone',
        alternating('AcquisitionDateTime', '20260101101010', '20260101101010+0100'),
      ],
      [
        'seconds, over midnight',
        (index) => ({
          AcquisitionDate: index % 2 === 0 ? '20260101' : '20260102',
          AcquisitionTime: index % 2 === 0 ? '235950' : '000010',
        }),
      ],
    ])('takes passes over the slices that begin %s after each other as one volume', (_what, passes) => {
      expect(resonance('2D', passes)).toMatchObject({ volumes: 1, notes: [] });
      expect(resonance(undefined, passes).volumes).toBe(1);
    });

    it.each<[string, (index: number) => Attributes]>([
      ['half an hour', alternating('AcquisitionTime', '101010', '104010')],
      [
        'half an hour, each slice in turn',
        (index) => ({ AcquisitionTime: time((index % 2) * 1800 + index) }),
      ],
      ['half an hour, by their content', alternating('ContentTime', '101010', '104010')],
      ['half an hour, in one text', alternating('AcquisitionDateTime', '20260101101010', '20260101104010')],
      [
        'a day, at one time of it',
        (index) => ({
          AcquisitionTime: '101010',
          AcquisitionDate: index % 2 === 0 ? '20260101' : '20260102',
        }),
      ],
      [
        'a day, which one slice does not state',
        (index) => ({
          AcquisitionTime: '101010',
          AcquisitionDate: index === 7 ? undefined : index % 2 === 0 ? '20260101' : '20260102',
        }),
      ],
      ['a day, without a time', alternating('AcquisitionDate', '20260101', '20260102')],
      ['what no reader tells: a text that is no time', alternating('AcquisitionTime', '101310', '10:1x')],
      [
        'what no reader tells: a text of each slice',
        (index) => ({ AcquisitionTime: index % 2 === 0 ? time(index) : `10.${index}x` }),
      ],
      [
        'a day, stated on a part of the slices',
        (index) => ({
          AcquisitionTime: '101010',
          AcquisitionDate: index % 5 > 1 ? undefined : index % 2 === 0 ? '20260101' : '20260102',
        }),
      ],
      [
        'a day, of which one states no time',
        (index) => ({
          AcquisitionTime: index % 2 === 0 ? '101010' : undefined,
          AcquisitionDate: index % 2 === 0 ? '20260101' : '20260102',
        }),
      ],
      [
        'an hour, by their zones',
        alternating('AcquisitionDateTime', '20260101101010+0000', '20260101101010+0100'),
      ],
    ])('tells two that alternate and lie apart by %s', (_what, attributes) => {
      for (const type of ['2D', '3D', undefined])
        expect(resonance(type, attributes).volumes).toBeGreaterThan(1);
    });

    /** Slices of a thickness, at steps of 1.5 mm. */
    const halfSteps = (
      SliceThickness: unknown,
      type: string | undefined,
      seconds: (index: number) => number,
    ) =>
      separateAcquisitions(
        Array.from({ length: 24 }, (_, index) =>
          ctSlice(index * 1.5, {
            Modality: 'MR',
            MRAcquisitionType: type,
            SliceThickness,
            AcquisitionTime: time(seconds(index)),
          }),
        ),
      );

    it('tells two scans half a step apart, whose slices overlap', () => {
      for (const type of ['2D', '3D', undefined])
        for (const thickness of [3, 2.5, 2])
          expect(halfSteps(thickness, type, (index) => (index % 2) * 300).volumes).toBe(2);
    });

    it('takes the passes of a scan whose slices lie beside each other, and overlapping slices of one moment', () => {
      for (const thickness of [1.5, 1.2, 1.8])
        expect(halfSteps(thickness, '2D', (index) => (index % 2) * 300)).toMatchObject({
          volumes: 1,
          notes: [],
        });
      for (const type of ['2D', '3D', undefined]) {
        expect(halfSteps(3, type, () => 0)).toMatchObject({ volumes: 1, notes: [] });
        expect(halfSteps(3, type, (index) => index * 0.1)).toMatchObject({ volumes: 1, notes: [] });
      }
    });

    it('says how long passes lie apart where no thickness shows whether slices overlap', () => {
      for (const thickness of [undefined, 0, 'x'])
        expect(halfSteps(thickness, '2D', (index) => (index % 2) * 300)).toMatchObject({
          volumes: 1,
          notes: ['the slices were acquired with a pause of 300 s between them, by Acquisition time'],
        });
    });

    it.each<[string, (index: number) => number]>([
      ['six passes over 49 minutes', (index) => (index % 6) * 590],
      [
        'two half an hour apart, with single slices between',
        (index) => (index % 2) * 1800 + ({ 2: 600, 4: 1200 }[index] ?? 0),
      ],
    ])('tells moments that creep further apart than one scan lasts: %s', (_what, seconds) => {
      const moment = (index: number) => ({ AcquisitionTime: time(seconds(index)) });
      expect(resonance('2D', moment).volumes).toBeGreaterThan(1);
    });

    it('takes slices one after the other as one scan, however long it lasts', () => {
      const turns = (index: number) => ({ AcquisitionTime: time(((index % 2) * 12 + (index >> 1)) * 60) });
      expect(resonance('2D', turns).volumes).toBe(1);
      expect(resonance('2D', (index) => ({ AcquisitionTime: time(index * 120) })).volumes).toBe(1);
    });

    it('takes times around midnight without a date the short way round the clock', () => {
      const night = alternating('AcquisitionTime', '235930', '000130');
      expect(resonance('2D', night)).toMatchObject({ volumes: 1, notes: [] });
      expect(resonance('2D', (index) => ({ ...night(index), AcquisitionDate: '20260101' })).volumes).toBe(2);
      const half = resonance('2D', alternating('AcquisitionTime', '234500', '001500'));
      expect(half.by).toBe('Acquisition time (+0 s on 12 images, +1800 s on 12 images)');
    });

    it('knows no passes where the volume is excited as a whole', () => {
      for (const seconds of [5, 90, 300]) {
        const turns = (index: number) => ({ AcquisitionTime: time((index % 2) * seconds) });
        expect(resonance('3D', turns).volumes).toBe(2);
      }
      expect(resonance('3D', (index) => ({ AcquisitionTime: time(index * 0.1) }))).toMatchObject({
        volumes: 1,
        notes: [],
      });
    });

    it.each<[string, string | undefined, (index: number) => Attributes]>([
      ['a single slice', '2D', (index) => ({ AcquisitionTime: time(index === 9 ? 180 : 0) })],
      ['a half laid beside the other', '2D', (index) => ({ AcquisitionTime: time(index < 12 ? 0 : 180) })],
      ['a slab laid beside the other', '3D', (index) => ({ AcquisitionTime: time(index < 12 ? 0 : 180) })],
      [
        'every second slice, where nothing says that slices were taken',
        undefined,
        (index) => ({ AcquisitionTime: time((index % 2) * 180) }),
      ],
    ])('says that minutes lie before %s', (_what, type, attributes) => {
      expect(resonance(type, attributes)).toMatchObject({
        volumes: 1,
        notes: ['the slices were acquired with a pause of 180 s between them, by Acquisition time'],
      });
    });
  });

  it('takes acquisitions laid end to end as one stack, and says so', () => {
    const { volumes: count, notes } = separateAcquisitions(
      stack(24, (index) => ({
        AcquisitionNumber: index < 12 ? 1 : 2,
        AcquisitionTime: time(index < 12 ? 0 : 40),
      })),
    );
    expect(count).toBe(1);
    expect(notes).toEqual(['the slices are of 2 acquisitions laid end to end, by Acquisition number']);
  });

  it.each<[string, (index: number) => Attributes, string]>([
    [
      'another irradiation event',
      (index) => ({ IrradiationEventUID: index < 12 ? '1.2.1' : '1.2.2' }),
      'the slices are of 2 acquisitions laid end to end, by Irradiation event UID',
    ],
    [
      'a pause of minutes',
      (index) => ({ AcquisitionTime: time(index * 0.1 + (index < 12 ? 0 : 85)) }),
      'the slices were acquired with a pause of 85 s between them, by Acquisition time',
    ],
    [
      'another moment of the heart on a single slice',
      (index) => ({ TriggerTime: index === 9 ? 400 : 0 }),
      'the slices differ in Trigger time (0 on 23 images, 400 on 1 image)',
    ],
  ])('takes one stack with %s, and says so', (_what, attributes, note) => {
    const { volumes: count, notes } = separateAcquisitions(stack(24, attributes));
    expect(count).toBe(1);
    expect(notes).toEqual([note]);
  });

  it.each<[string, (index: number) => Attributes]>([
    ['a place of its own in the cycle of the heart', (index) => ({ NominalPercentageOfCardiacPhase: index })],
    [
      'an undetermined place',
      (index) => ({ RespiratoryCyclePosition: index < 9 ? 'UNDETERMINED' : undefined }),
    ],
  ])('takes slices of which each has %s as one volume, and says nothing', (_what, attributes) => {
    expect(separateAcquisitions(stack(24, attributes))).toMatchObject({ volumes: 1, notes: [] });
  });
});
