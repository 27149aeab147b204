import { z } from 'zod';
import { isFieldPath } from '../message/field-path.js';

/** What an order message means for us. `none`: nothing; the message is acknowledged and forgotten. */
export const orderMeanings = [
  'scheduled',
  'acquired',
  'cancelled',
  'reported-preliminary',
  'reported-final',
  'report-withdrawn',
  'none',
] as const;
export type OrderMeaning = (typeof orderMeanings)[number];

/** How urgent an order is, most urgent first (HL7 table 0485). */
export const orderPriorities = ['stat', 'asap', 'preop', 'timed', 'callback', 'routine', 'prn'] as const;
export type OrderPriority = (typeof orderPriorities)[number];

const path = z.string().refine(isFieldPath, { error: 'expected a path like PID-3.1 or OBX[3=113014]-5' });
/** Tried in order; the first that states a value wins. */
const paths = z.array(path).max(20);
/** A whole field, whose components are read one by one. */
const wholeField = path.refine((text) => /^[A-Z0-9]{3}(?:\[[^\]]+\])?-\d+$/u.test(text), {
  error: 'expected a whole field like PID-5, without component',
});

const conditionSchema = z.strictObject({
  path: z.union([path, paths.min(1)]),
  /** One of these values, compared without case. */
  in: z.array(z.string().min(1)).min(1).optional(),
  /** Every value that stands there is one of those, and there is at least one. */
  every: z.boolean().optional(),
  /** One of the values that stand there is one of those; else the first that is stated counts. */
  some: z.boolean().optional(),
  /** Whether any value stands there at all. */
  present: z.boolean().optional(),
});

const ruleSchema = z.strictObject({
  /** All must hold. */
  when: z.array(conditionSchema).min(1),
  meaning: z.enum(orderMeanings),
});

const messageRulesSchema = z.strictObject({
  /** MSH-9.1, `ORM`. */
  type: z.string().regex(/^[A-Z0-9]{3}$/u),
  /** MSH-9.2, `O01`; empty for every trigger. */
  triggers: z.array(z.string().regex(/^[A-Z0-9]{3}$/u)).default([]),
  /** The first rule that holds says what the order means. */
  rules: z.array(ruleSchema).max(50),
  otherwise: z.enum(orderMeanings).default('none'),
});

const patientSchema = z.strictObject({
  /** Fields of type CX that hold patient ids, tried in order. */
  ids: z.array(wholeField).min(1),
  /** CX.5 in order of preference, among ids of the same standing. */
  idTypes: z.array(z.string()),
  names: wholeField,
  /** In which order the sender writes the first two components of a name. */
  nameOrder: z.enum(['family-given', 'given-family']),
  birthDate: paths,
  sex: paths,
});

/**
 * What a feed's messages mean and where their identifiers stand: data that a site can correct without us. A
 * site overrides single members; the rest is {@link defaultMapping}.
 */
export const feedMappingSchema = z.strictObject({
  messages: z.array(messageRulesSchema).max(50),
  studyInstanceUids: paths,
  accessionNumber: z.array(z.strictObject({ value: path, issuer: paths })).max(20),
  /**
   * Order numbers that many a RIS uses as Accession Number: they let order and study meet where both name the
   * same patient.
   */
  possibleAccessionNumber: paths,
  /** Fields of type EI: the assigning authority is read from components 2 and 3. */
  placerOrderNumber: paths,
  fillerOrderNumber: paths,
  requestedProcedureId: paths,
  modality: paths,
  /** The sender's words for modalities, as DICOM calls them: `{MRI: 'MR'}`. */
  modalityAliases: z.record(z.string(), z.string()),
  /** Fields of type CE or CWE. */
  procedureCode: z.array(wholeField).max(20),
  priority: paths,
  priorities: z.record(z.string(), z.enum(orderPriorities)),
  /** Events of ADT after which one patient id stands for another (MRG-1 for PID-3, MRG-4 for PID-2, MRG-2 for PID-4). */
  merges: z.array(z.string().regex(/^A\d{2}$/u)).max(20),
  /** Events of ADT after which two patient ids are two patients' (again): both PID-3, or PID-3 and MRG-1. */
  unmerges: z.array(z.string().regex(/^A\d{2}$/u)).max(20),
  patient: patientSchema,
});
export type FeedMapping = z.infer<typeof feedMappingSchema>;
export type MessageRules = z.infer<typeof messageRulesSchema>;
export type MappingCondition = z.infer<typeof conditionSchema>;
