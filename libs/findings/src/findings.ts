import { z } from 'zod';

/** Version of the shape below, written into every stored document. */
export const FINDINGS_VERSION = 1;

/** What a run came to. */
export const outcomes = [
  'positive',
  'negative',
  'measured',
  'not-applicable',
  'incomplete-input',
  'failed',
] as const;
export type Outcome = (typeof outcomes)[number];

/** Outcomes of images that the model read: all others say that, and why, it says nothing of them. */
export const readings: ReadonlySet<Outcome> = new Set(['positive', 'negative', 'measured']);

/** A coded entry (PS3.3 section 8.8). CodeMeaning is LO: at most 64 characters. */
export const codedConceptSchema = z.object({
  value: z.string().min(1).max(16),
  scheme: z.string().min(1).max(16),
  meaning: z.string().min(1).max(64),
});

/**
 * One condition under which a measurement holds, as found in this study. `unknown` (the attribute is absent)
 * counts as not met. `statement` is the sentence a report prints: the condition's own value and what was
 * validated, `slice thickness 5 mm (validated at most 1.5 mm)`, never the measurement.
 */
export const conditionSchema = z.object({
  id: z.string().min(1),
  state: z.enum(['met', 'not-met', 'unknown']),
  statement: z.string().min(1),
});
export type Condition = z.infer<typeof conditionSchema>;

/** A number with its unit (TID 300). `key` names it within the model and carries its tracking identifier. */
export const measurementSchema = z.object({
  key: z.string().regex(/^[a-z0-9-]+$/u),
  concept: codedConceptSchema,
  derivation: codedConceptSchema.optional(),
  method: codedConceptSchema.optional(),
  /** UCUM. */
  unit: codedConceptSchema,
  value: z.number().finite(),
  /** Decimal places that mean something, for people and for the encoded DS. */
  decimals: z.number().int().min(0).max(6),
  /** Whether all of its conditions are met; null where the model declares none, so that nobody knows. */
  valid: z.boolean().nullable(),
  conditions: z.array(conditionSchema),
});
export type Measurement = z.infer<typeof measurementSchema>;

/** Measurements that belong to one site (TID 1501). Later kinds of group join this union. */
export const measurementGroupSchema = z.object({
  key: z.string().regex(/^[a-z0-9-]+$/u),
  label: z.string().min(1).max(64),
  site: codedConceptSchema.optional(),
  laterality: codedConceptSchema.optional(),
  measurements: z.array(measurementSchema),
});
export type MeasurementGroup = z.infer<typeof measurementGroupSchema>;

/** A source instance that was analysed. */
export const sourceInstanceSchema = z.object({ sopClassUid: z.string(), sopInstanceUid: z.string() });
export type SourceInstance = z.infer<typeof sourceInstanceSchema>;

/** The series that was analysed and why this one. */
export const analysedSeriesSchema = z.object({
  seriesInstanceUid: z.string(),
  modality: z.string(),
  /** Free text of the source, for the ledger; never a reason by itself. */
  seriesDescription: z.string().optional(),
  seriesNumber: z.number().int().optional(),
  why: z.string(),
  instances: z.array(sourceInstanceSchema).min(1),
});
export type AnalysedSeries = z.infer<typeof analysedSeriesSchema>;

/** A fact of the acquisition that the report always states: `{name: 'Convolution kernel', value: 'L'}`. */
export const statedFactSchema = z.object({ name: z.string(), value: z.string() });

/** What a run says, as kept in the ledger: plain JSON, no identity. */
export const findingsSchema = z.object({
  version: z.literal(FINDINGS_VERSION),
  outcome: z.enum(outcomes),
  /** One sentence in words, the first line a person reads. */
  summary: z.string().min(1),
  groups: z.array(measurementGroupSchema),
  series: z.array(analysedSeriesSchema),
  facts: z.array(statedFactSchema),
  /** Remarks on the input a reader must know, e.g. `slices 12 and 14 are 10 mm apart`. */
  notes: z.array(z.string()),
});
export type Findings = z.infer<typeof findingsSchema>;

/** The model that ran, as a report names it (TID 4019, Contributing Equipment). */
export const modelIdentitySchema = z.object({
  id: z.string(),
  name: z.string().max(64),
  version: z.string().max(64),
  manufacturer: z.string().max(64),
  /** One sentence: `not a medical device; not cleared for diagnosis`. */
  regulatoryStatus: z.string(),
  /** SHA-256 of the whole package. */
  digest: z.string(),
  /** Algorithm Family (CID 7162). */
  family: codedConceptSchema,
});
export type ModelIdentity = z.infer<typeof modelIdentitySchema>;
