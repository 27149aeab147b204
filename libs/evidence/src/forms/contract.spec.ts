import { describe, expect, it } from '@jest/globals';
import { isUid, readPart10, stringOf, stringsOf, tags, type Dataset } from '@prelector/dicom';
import { findingKinds, findingsSchema, outcomes } from '@prelector/findings';
import fc from 'fast-check';

import { checkEvidence } from '../check-evidence.js';
import { compareStored } from '../compare-stored.js';
import { encodeEvidence, type EncodedEvidence, type EvidenceInput } from '../encode-evidence.js';
import { evidenceInputOf, findingsOf, given, placed, replacing } from '../evidence-input.testing.js';
import { formsFor } from '../forms-for.js';
import { seriesPlacementFor } from '../series-placement.js';
import { evidenceForms, evidenceKinds, formOfKind, type EvidenceKind } from './registry.js';

const invalid = findingsOf({ valid: false });

/** One input for each shape that a result can have. */
const results: Readonly<Record<string, EvidenceInput>> = {
  valid: evidenceInputOf(),
  qualified: evidenceInputOf({ findings: invalid }),
  withheld: evidenceInputOf({ findings: invalid, presentation: 'withheld' }),
  replacing: replacing(evidenceInputOf({ forcedByMaximumWait: true })),
  ...Object.fromEntries(
    outcomes.flatMap((outcome) =>
      [findingsOf().series, []].map((series) => [
        `${outcome} on ${series.length} series`,
        evidenceInputOf({
          findings: findingsOf({ outcome, groups: [], series, summary: 'In one sentence.' }),
        }),
      ]),
    ),
  ),
};

/** Kinds that one may refer to, and those that these may refer to. */
function referredBy(kind: EvidenceKind, seen: readonly string[] = []): string[] {
  if (seen.includes(kind)) return [kind];
  return evidenceForms[kind].refersTo.flatMap((other) => [
    other,
    ...referredBy(other as EvidenceKind, [...seen, kind]),
  ]);
}

describe('the registry of forms', () => {
  it('gives each form a place and a word of its own among the series of a model', () => {
    const series = evidenceKinds.map((kind) => evidenceForms[kind].series);
    expect(new Set(series.map(({ place }) => place)).size).toBe(series.length);
    expect(new Set(series.map(({ word }) => word)).size).toBe(series.length);
  });

  it('knows no form by a name that is none', () => {
    for (const name of ['', 'constructor', 'toString', '__proto__']) expect(formOfKind(name)).toBeUndefined();
  });

  it('has a form for each kind of finding, so that none is without evidence', () => {
    const carried = evidenceKinds.flatMap((kind) => evidenceForms[kind].carries);
    expect(findingKinds.filter((each) => !carried.includes(each))).toEqual([]);
  });
});

describe.each(evidenceKinds)('the form %s', (kind) => {
  const form = evidenceForms[kind];

  function encoded(input: EvidenceInput): EncodedEvidence | undefined {
    return encodeEvidence(input).find((each) => each.kind === kind);
  }

  /** The object made of a result that this form carries some of. */
  const made = (input: EvidenceInput): EncodedEvidence => given(encoded(input));
  const fitting = Object.entries(results).filter(([, { findings }]) =>
    formsFor(findings).kinds.includes(kind),
  );

  it('says what it is: kind, SOP Class, template and a place among nine', () => {
    expect(form.kind).toBe(kind);
    expect(kind).toMatch(/^[a-z]+(?:-[a-z]+)*$/u);
    expect(isUid(form.sopClassUid)).toBe(true);
    expect(form.templateId).toMatch(/^(?:\d+|none)$/u);
    expect([1, 2, 3, 4, 5, 6, 7, 8, 9]).toContain(form.series.place);
    expect(form.carries.length).toBeGreaterThan(0);
  });

  it('refers to other forms only, and to none that refers to it', () => {
    expect(referredBy(kind)).not.toContain(kind);
  });

  it('is told by a series description that says first that it is AI, and that nobody has reviewed it', () => {
    const named = { modelId: 'm', modelName: 'x'.repeat(64), presentation: 'qualified' as const };
    const placement = seriesPlacementFor(kind, { ...named, installationId: 'here', studyInstanceUid: '1.2' });
    expect(placement.seriesDescription).toMatch(/^AI x{5,}.*NOT REVIEWED$/u);
    expect(placement.seriesDescription).toContain(form.series.word);
    expect(placement.seriesNumber % 10).toBe(form.series.place);
  });

  it('is written for some of the results that every form meets', () => {
    expect(fitting.length).toBeGreaterThan(0);
  });

  it.each(fitting)('passes its own gate, and comes back from its file equal: %s', (_name, input) => {
    const { bytes, dataset, sopInstanceUid } = made(input);
    const back = readPart10(bytes);
    expect(checkEvidence(back.dataset)).toEqual([]);
    expect(compareStored(dataset, back.dataset).verdict).toBe('equal');
    expect(stringOf(back.dataset, tags.SOPClassUID)).toBe(form.sopClassUid);
    expect(stringOf(back.dataset, tags.SOPInstanceUID)).toBe(sopInstanceUid);
    expect(form.claims(back.dataset)).toBe(true);
  });

  it.each(fitting)('stands where it was placed, in the chart that the archive states: %s', (_name, input) => {
    const { dataset } = made(input);
    const { series, instanceNumber } = given(input.places[kind]);
    const text = (tag: string) => stringOf(dataset, tag);
    expect(text(tags.SeriesInstanceUID)).toBe(series.seriesInstanceUid);
    expect(text(tags.SeriesDescription)).toBe(series.seriesDescription);
    expect(stringsOf(dataset, tags.SeriesNumber)).toEqual([String(series.seriesNumber)]);
    expect(stringsOf(dataset, tags.InstanceNumber)).toEqual([String(instanceNumber)]);
    for (const tag of [tags.PatientID, tags.StudyInstanceUID, tags.AccessionNumber])
      expect(text(tag)).toBe(stringOf(input.source, tag));
    expect(dataset[tags.PatientName]?.Value).toEqual([{ Alphabetic: 'Doe^Jané' }]);
  });

  it('gives the same bytes for the same input, and other instances for any other place', () => {
    const [, input] = given(fitting[0]);
    const uid = (one: EvidenceInput) => made(one).sopInstanceUid;
    expect(Buffer.from(made(structuredClone(input)).bytes)).toEqual(Buffer.from(made(input).bytes));
    const elsewhere = placed(input, () => ({ instanceNumber: 7 }));
    expect(new Set([uid(input), uid(elsewhere), uid(replacing(input))]).size).toBe(3);
    expect(uid({ ...input, runKey: 'another run' })).not.toBe(uid(input));
  });

  it('is not written where it has no place', () => {
    const [, input] = given(fitting[0]);
    const { [kind]: _own, ...places } = input.places;
    expect(encoded({ ...input, places })).toBeUndefined();
  });

  it('holds no withheld number, in bytes or words', () => {
    const { bytes } = made(evidenceInputOf({ findings: invalid, presentation: 'withheld' }));
    expect(Buffer.from(bytes).toString('latin1')).not.toMatch(/845\.|-921|7\.33/u);
  });

  it('names the model, its version and what it may be used for', () => {
    const [, input] = given(fitting[0]);
    const text = Buffer.from(made(input).bytes).toString('utf8');
    for (const word of [input.model.name, input.model.version, input.model.regulatoryStatus])
      expect(text).toContain(word);
    expect(text).toMatch(/not reviewed/iu);
  });

  it.each(['PatientID', 'StudyInstanceUID', 'SeriesDescription', 'SoftwareVersions'] as const)(
    'is refused by the gate without %s',
    (keyword) => {
      const [, input] = given(fitting[0]);
      const dataset: Dataset = structuredClone(made(input).dataset);
      delete dataset[tags[keyword]];
      expect(checkEvidence(dataset, form).map(({ rule }) => rule)).toContain('attribute-missing');
    },
  );

  it('is refused where the source states no patient', () => {
    const [, input] = given(fitting[0]);
    const { [tags.PatientID]: _id, ...source } = input.source;
    expect(() => made({ ...input, source })).toThrow(
      expect.objectContaining({ code: 'evidence.identity-unwritable', recovery: 'permanent' }),
    );
  });

  it('takes any words that findings may hold', () => {
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }).map((words) => `x${words}`);
    fc.assert(
      fc.property(text, fc.array(text, { maxLength: 3 }), (summary, notes) => {
        const findings = findingsSchema.parse(findingsOf({ summary, notes }));
        expect(checkEvidence(readPart10(made(evidenceInputOf({ findings })).bytes).dataset)).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });
});
