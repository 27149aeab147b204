import { describe, expect, it } from '@jest/globals';
import { buildDataset, code, isUid, itemsOf, readPart10, stringOf, tags } from '@prelector/dicom';
import { findingsSchema, modelIdentitySchema, outcomes } from '@prelector/findings';
import fc from 'fast-check';

import { checkEvidence } from './check-evidence.js';
import { compareStored } from './compare-stored.js';
import { encodeEvidence, type EvidenceInput } from './encode-evidence.js';
import {
  evidenceInputOf,
  findingsOf,
  given,
  measurementsOf,
  placed,
  replacing,
  reportsAmong,
} from './evidence-input.testing.js';
import { reportComments, reportMeasurements } from './report-measurements.js';
import { reportTree } from './report-tree.js';

const uidsOf = (input: EvidenceInput): string[] =>
  reportsAmong(encodeEvidence(input)).map(({ sopInstanceUid }) => sopInstanceUid);

/** Every single change of an input that must give other instances. */
function changed(input: EvidenceInput): Record<string, EvidenceInput> {
  const later = (date: Date): Date => new Date(date.getTime() + 60_000);
  const findings = (changes: Parameters<typeof findingsOf>[0]): EvidenceInput => ({
    ...input,
    findings: findingsOf(changes),
  });
  const source = (values: Record<string, unknown>): EvidenceInput => ({
    ...input,
    source: { ...input.source, ...buildDataset(values) },
  });
  const model = (changes: Partial<EvidenceInput['model']>): EvidenceInput => ({
    ...input,
    model: { ...input.model, ...changes },
  });
  const placement = (key: 'seriesNumber' | 'seriesDescription', value: unknown): EvidenceInput =>
    placed(input, ({ series }) => ({ series: { ...series, [key]: value } }));
  const [group] = input.findings.groups;
  return {
    runKey: { ...input, runKey: 'run-2' },
    invalid: findings({ valid: false }),
    withheld: { ...findings({ valid: false }), presentation: 'withheld' },
    value: findings({
      groups: [
        {
          ...given(group),
          measurements: given(group).measurements.map((one) => ({ ...one, value: one.value + 1 })),
        },
      ],
    }),
    outcome: findings({ outcome: 'negative' }),
    notes: findings({ notes: [] }),
    facts: findings({ facts: [] }),
    series: findings({ series: [] }),
    name: source({ PatientName: 'Doe^John' }),
    patientId: source({ PatientID: 'P2' }),
    accession: source({ AccessionNumber: 'ACC2' }),
    birthDate: source({ PatientBirthDate: '' }),
    version: model({ version: '1.0.1' }),
    digest: model({ digest: 'b'.repeat(64) }),
    status: model({ regulatoryStatus: 'cleared' }),
    zone: { ...input, timeZone: 'Asia/Tokyo' },
    offset: { ...input, sourceTimezoneOffset: '-0500' },
    started: { ...input, analysisStartedAt: later(input.analysisStartedAt) },
    completed: { ...input, completedAt: later(input.completedAt) },
    asOf: { ...input, imagesAsOf: later(input.imagesAsOf) },
    forced: { ...input, forcedByMaximumWait: true },
    software: { ...input, installation: { ...input.installation, softwareVersions: '0.2.0' } },
    institution: { ...input, installation: { ...input.installation, institution: 'Hospital' } },
    number: placement('seriesNumber', 9999),
    description: placement('seriesDescription', 'AI other'),
    instanceNumber: placed(input, () => ({ instanceNumber: 2 })),
    predecessor: replacing(input),
  };
}

describe('encodeEvidence', () => {
  it('gives the same bytes for the same input, member order and object identity apart', () => {
    const input = evidenceInputOf({ findings: findingsOf({ valid: false }) });
    const copy = structuredClone(input);
    const reordered = Object.fromEntries(Object.entries(copy).reverse()) as unknown as EvidenceInput;
    const bytes = (one: EvidenceInput): string[] =>
      encodeEvidence(one).map((evidence) => Buffer.from(evidence.bytes).toString('base64'));
    expect(bytes(copy)).toEqual(bytes(input));
    expect(bytes(reordered)).toEqual(bytes(input));
  });

  it('gives other SOP Instance UIDs for any change, and each its own', () => {
    const input = evidenceInputOf();
    const all = [input, ...Object.values(changed(input))].flatMap(uidsOf);
    expect(all.every(isUid)).toBe(true);
    expect(new Set(all).size).toBe(all.length);
  });

  it('encodes whatever findings the schema allows, and reads them back equal', () => {
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }).map((words) => `x${words}`);
    const value = fc.double({ noNaN: true, noDefaultInfinity: true });
    const condition = fc.record({
      id: fc.constant('c'),
      state: fc.constantFrom('met' as const, 'not-met' as const, 'unknown' as const),
      statement: text,
    });
    const [group] = findingsOf().groups;
    const measurement = fc.record({
      key: fc.constant('m'),
      concept: fc.constantFrom(...given(group).measurements.map(({ concept }) => concept)),
      unit: fc.constant(code('%', 'UCUM', 'Percent')),
      value,
      decimals: fc.integer({ min: 0, max: 6 }),
      valid: fc.boolean(),
      conditions: fc.array(condition, { maxLength: 3 }),
    });
    const input = fc.record({
      outcome: fc.constantFrom(...outcomes),
      summary: text,
      notes: fc.array(text, { maxLength: 3 }),
      facts: fc.array(fc.record({ name: text, value: text }), { maxLength: 3 }),
      groups: fc.array(
        fc.record({
          key: fc.constant('g'),
          label: text.map((words) => words.slice(0, 64)),
          laterality: fc.option(fc.constant(code('7771000', 'SCT', 'Left')), { nil: undefined }),
          site: fc.option(fc.constant(code('39607008', 'SCT', 'Lung')), { nil: undefined }),
          measurements: fc.array(measurement, { maxLength: 4 }),
        }),
        { maxLength: 2 },
      ),
      series: fc.constantFrom(findingsOf().series, []),
    });
    fc.assert(
      fc.property(
        input,
        fc.constantFrom('qualified' as const, 'withheld' as const),
        (changes, presentation) => {
          const findings = findingsSchema.parse({ ...findingsOf(), ...changes });
          for (const evidence of encodeEvidence(evidenceInputOf({ findings, presentation }))) {
            const { dataset } = readPart10(evidence.bytes);
            expect(compareStored(evidence.dataset, dataset).verdict).toBe('equal');
            expect(checkEvidence(dataset)).toEqual([]);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('names the archive identity, the worker, the model and its status', () => {
    const input = evidenceInputOf();
    modelIdentitySchema.parse(input.model);
    for (const { dataset } of reportsAmong(encodeEvidence(input))) {
      const text = (tag: string): string | undefined => stringOf(dataset, tag);
      expect(text(tags.PatientID)).toBe('P1');
      expect(text(tags.IssuerOfPatientID)).toBe('HOSPITAL');
      expect(text(tags.Manufacturer)).toBe('Prelector');
      expect(text(tags.VerificationFlag)).toBe('UNVERIFIED');
      expect(text(tags.PreliminaryFlag)).toBe('PRELIMINARY');
      expect(text(tags.TimezoneOffsetFromUTC)).toBe('+0100');
      expect(text(tags.ContentTime)).toBe('130000');
      expect(text(tags.InstanceCreationTime)).toBe('130041');
      const [equipment] = itemsOf(dataset, tags.ContributingEquipmentSequence);
      expect(stringOf(given(equipment), tags.ContributionDescription)).toMatch(/not cleared for diagnosis/u);
    }
  });

  it('takes the offset that the source states, in its data set as well', () => {
    const base = evidenceInputOf();
    const source = { ...base.source, ...buildDataset({ TimezoneOffsetFromUTC: '-0500' }) };
    const [report] = encodeEvidence({ ...base, source });
    expect(stringOf(given(report).dataset, tags.TimezoneOffsetFromUTC)).toBe('-0500');
    expect(stringOf(given(report).dataset, tags.ContentTime)).toBe('070000');
    expect(stringOf(given(report).dataset, tags.StudyTime)).toBe('101500');
  });

  it('says first, in the companion, that nobody has reviewed it, and says how the input was complete', () => {
    const [, text] = encodeEvidence(evidenceInputOf({ forcedByMaximumWait: true }));
    const tree = reportTree(given(text).dataset);
    expect(tree).toMatch(/Summary\n {4}Summary: AI, NOT REVIEWED/u);
    expect(tree).toMatch(
      /Images as of 2026-01-02 12:58 \(\+0100\): analysed because the maximum wait ran out/u,
    );
    expect(tree).toMatch(/Regulatory status: not a medical device; not cleared for diagnosis/u);
    expect(tree).toMatch(/Series 2 \(CT, 3 images\): the only axial reconstruction/u);
  });

  it('reads its measurements back, the qualified ones with their conditions', () => {
    const [report] = encodeEvidence(evidenceInputOf({ findings: findingsOf({ valid: false }) }));
    const measurements = reportMeasurements(readPart10(given(report).bytes).dataset);
    expect(
      measurements.map(({ concept, value, unit, valid }) => [concept.value, value, unit, valid]),
    ).toEqual([
      ['118565006', 5123, 'mL', true],
      ['112031', -845.3, "[hnsf'U]", false],
      ['PERC15', -921, "[hnsf'U]", false],
      ['LAA950', 7.33, '%', false],
    ]);
    expect(measurements[1]?.derivation?.meaning).toBe('Mean');
    expect(measurements[1]?.conditions).toEqual([
      'slice thickness 5 mm (validated at most 1.5 mm)',
      'kernel not stated (validated for soft kernels)',
    ]);
  });

  it('carries a number without declared conditions as such, in every form', () => {
    const [group] = findingsOf().groups;
    const measurements = measurementsOf(true).map((each) => ({ ...each, valid: null, conditions: [] }));
    const findings = findingsOf({ groups: [{ ...given(group), measurements }] });
    for (const presentation of ['qualified', 'withheld'] as const) {
      const input = evidenceInputOf({ findings, presentation });
      const [report, text] = encodeEvidence(input).map(({ bytes }) => readPart10(bytes).dataset);
      expect(reportMeasurements(given(report)).map(({ valid }) => valid)).toEqual([null, null, null, null]);
      for (const tree of [report, text].map((each) => reportTree(given(each)))) {
        expect(tree).toContain('no conditions of validity declared');
        expect(tree).not.toMatch(/conditions met|within the conditions/u);
      }
    }
  });

  it('withholds: no withheld number anywhere in the bytes, its conditions in every form', () => {
    const findings = findingsOf({ valid: false });
    const evidence = reportsAmong(encodeEvidence(evidenceInputOf({ findings, presentation: 'withheld' })));
    for (const { bytes, dataset } of evidence) {
      const text = Buffer.from(bytes).toString('utf8');
      expect(text).not.toMatch(/845\.|-921|7\.33/u);
      expect(reportTree(dataset)).toMatch(/value withheld, NOT VALID: slice thickness 5 mm/u);
    }
    expect(reportMeasurements(given(evidence[0]).dataset)).toHaveLength(1);
    expect(reportComments(given(evidence[0]).dataset)).toHaveLength(3);
  });

  it.each(outcomes)('states the outcome %s even where nothing was measured or selected', (outcome) => {
    const findings = findingsOf({ outcome, groups: [], series: [], summary: 'In one sentence.' });
    const [report, text] = encodeEvidence(evidenceInputOf({ findings }));
    expect(reportTree(given(report).dataset)).toMatch(/In one sentence/u);
    expect(reportTree(given(text).dataset)).toMatch(/Outcome /u);
  });

  it('refuses to write into a chart it cannot name', () => {
    const source = buildDataset({ StudyInstanceUID: '1.2.3', PatientName: 'Doe^Jane' });
    expect(() => encodeEvidence(evidenceInputOf({ source }))).toThrow(
      expect.objectContaining({ code: 'evidence.identity-unwritable', recovery: 'permanent' }),
    );
  });

  it('stops at its own gate when a package brings a code under another meaning', () => {
    const input = evidenceInputOf();
    const family = code('123110', 'DCM', 'Magic');
    expect(() => encodeEvidence({ ...input, model: { ...input.model, family } })).toThrow(
      expect.objectContaining({
        code: 'evidence.gate-refused',
        message: expect.stringMatching(/meaning-wrong/u),
      }),
    );
  });
});
