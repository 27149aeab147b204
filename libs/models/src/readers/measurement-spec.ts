import { z } from 'zod';
import { conceptSchema, printedText } from '../printed-text.js';
import { contradictedUnit } from '../measured-kind.js';
import { keySchema, tensorNameSchema, unitSchema } from '../manifest-parts.js';

/** One number of the graph as a measurement (TID 300). */
export const measurementSpecSchema = z
  .strictObject({
    key: keySchema,
    /** Output that holds it: one number. */
    output: tensorNameSchema,
    concept: conceptSchema,
    derivation: conceptSchema.optional(),
    method: conceptSchema.optional(),
    /** UCUM. */
    unit: unitSchema,
    /** Decimal places that mean something. */
    decimals: z.int().min(0).max(6),
    /** Ids of the conditions under which it holds. */
    conditions: z.array(keySchema).default([]),
  })
  .check(({ value: { concept, unit }, issues }) => {
    const message = contradictedUnit(concept, unit);
    if (message !== undefined) issues.push({ code: 'custom', path: ['unit'], message, input: unit });
  });

/** Measurements of one site (TID 1501). */
export const groupSpecSchema = z.strictObject({
  key: keySchema,
  label: printedText(64),
  site: conceptSchema.optional(),
  laterality: conceptSchema.optional(),
  measurements: z.array(measurementSpecSchema).min(1),
});
export type GroupSpec = z.infer<typeof groupSpecSchema>;
export type MeasurementSpec = GroupSpec['measurements'][number];

const text = z.string().optional().catch(undefined);
const list = <T extends z.ZodType>(entry: T) => z.array(entry).catch([]).default([]);
const noMeasurement = { key: undefined, output: undefined, conditions: [] };

/** A group as far as it can be read, each measurement in its place. */
export const groupOutlineSchema = z
  .object({
    key: text,
    measurements: list(z.object({ key: text, output: text, conditions: list(text) }).catch(noMeasurement)),
  })
  .catch({ key: undefined, measurements: [] });
export type GroupOutline = z.infer<typeof groupOutlineSchema>;
