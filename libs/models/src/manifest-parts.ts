import { tagOf } from '@prelector/dicom';
import { z } from 'zod';
import { wrongUnit } from './attribute-units.js';
import { unmeetable, unreadableBy } from './condition-problems.js';
import { isIdentifying } from './identifying-attributes.js';
import { conceptSchema, printedText, unprintable } from './printed-text.js';
import { isUcum } from './ucum.js';
import { contradictedMeaning } from './unit-meaning.js';

/** DICOM keyword of an attribute (PS3.6), as in `SliceThickness`. */
export const keywordSchema = z
  .string()
  .max(64)
  .refine(isKeyword, {
    error: ({ input }) => `there is no DICOM attribute \`${String(input).slice(0, 64)}\``,
  });

/** An attribute whose value may be printed and kept in clear. */
export const statedKeywordSchema = keywordSchema.refine(
  (keyword) => !isKeyword(keyword) || !isIdentifying(keyword),
  {
    error: ({ input }) =>
      `\`${String(input)}\` identifies a patient, a request or a person: of those, only PatientAge and PatientSex may be read`,
  },
);

/** A unit by the Unified Code for Units of Measure. */
export const unitSchema = conceptSchema
  .refine(({ scheme, value }) => scheme === 'UCUM' && isUcum(value), {
    error: ({ input }) => {
      const { scheme, value } = input as { scheme?: unknown; value?: unknown };
      return `\`${String(value)}\` of ${String(scheme)} is no unit of UCUM: state one, such as mm, mL, %, [hnsf'U], or 1 for none, with \`scheme: UCUM\``;
    },
  })
  .check(({ value: { value, meaning }, issues }) => {
    const message = contradictedMeaning(value, meaning);
    if (message !== undefined) issues.push({ code: 'custom', message, input: value });
  });

/** Lower-case name within the package: `lung-volume`. */
export const keySchema = z
  .string()
  .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/u, 'lower-case words joined by hyphens');

/** Name of an input or output tensor of the graph. */
export const tensorNameSchema = z
  .string()
  .min(1)
  .max(128)
  .check(({ value, issues }) => {
    const message =
      value === '__proto__' ? 'no tensor can be read by that name: rename it' : unprintable(value);
    if (message !== undefined) issues.push({ code: 'custom', message, input: value });
  });

/**
 * Text compared without regard to case; `*` stands for any run of characters, `?` for one; `Br40*\?` takes two values,
 * one by one.
 */
export const patternSchema = z
  .string()
  .min(1)
  .max(64)
  .check(({ value, issues }) => {
    const message = unprintable(value);
    if (message !== undefined) issues.push({ code: 'custom', message, input: value });
  });

/** The ONNX file of a package, by its path within the folder. */
export const graphPathSchema = z
  .string()
  .regex(/^(?!\.)[\w.-]+(?:\/(?!\.)[\w.-]+)*\.onnx$/u, 'a path within the package that ends in .onnx');

export const uidSchema = z.string().regex(/^[0-9.]{1,64}$/u, 'a DICOM UID');

/** One step of the ranking of series: the better value wins, the next step decides among equals. */
export const preferenceSchema = z
  .strictObject({
    /** The attribute compared; a series that does not state it comes last. */
    attribute: statedKeywordSchema,
    /** Numbers: the smaller (`ascending`) or the larger (`descending`) wins. */
    order: z.enum(['ascending', 'descending']).optional(),
    /** Text: the series whose value matches an earlier pattern wins; of several values the worst counts. */
    values: z.array(patternSchema).min(1).optional(),
    /** Why this is better, in words a report can print: `thin slices resolve small emphysema`. */
    reason: printedText(200),
  })
  .refine((step) => (step.order === undefined) !== (step.values === undefined), {
    error: 'state either `order` or `values`',
  })
  .check(({ value: { attribute, order, values }, issues }) => {
    if (!isKeyword(attribute)) return;
    const kind = order === undefined ? 'text' : 'number';
    const message = (order ?? values) && unreadableBy(attribute, kind);
    if (message) issues.push({ code: 'custom', path: ['attribute'], message, input: attribute });
  });

/** A value of Modality, as images spell it: compared letter by letter. */
const modalitySchema = z
  .string()
  .min(1)
  .max(16)
  .check(({ value, issues }) => {
    const spelled = value.trim().toUpperCase();
    if (value === spelled && /^[A-Z0-9_ ]*$/u.test(value)) return;
    const message = /^[A-Z0-9_ ]+$/u.test(spelled)
      ? `images spell it in capitals: state ${spelled}`
      : 'it is no code string (PS3.5 section 6.2): state one of capitals, digits, spaces and underscores, such as CT';
    issues.push({ code: 'custom', message, input: value });
  });

/** Which series of a study the model reads. */
export const selectionSchema = z.strictObject({
  /** Modality (0008,0060), any of, in capitals. */
  modality: z.array(modalitySchema).min(1),
  /** SOP Class UIDs, any of. */
  sopClasses: z.array(uidSchema).min(1),
  /**
   * Patterns on the values of Image Type (0008,0008), of a frame's Frame Type (0008,9007), of Volume Based Calculation
   * Technique (0008,9207) and Volumetric Properties (0008,9206), and on CONSTANT_ANGLE of Acquisition Type
   * (0018,9302). What only the object's Image Type says counts for each of its frames. An entry may be several patterns joined by a backslash; it matches
   * when each of them does. Images that match an `exclude`, or miss a `require`, are left out.
   */
  imageType: z
    .strictObject({
      exclude: z.array(patternSchema).default([]),
      require: z.array(patternSchema).default([]),
    })
    .default({ exclude: [], require: [] }),
  /**
   * Patterns on Body Part Examined (0018,0015), only where it is stated: absent never excludes. Every value must match
   * an `include`; one that matches an `exclude` is enough.
   */
  bodyPart: z
    .strictObject({
      include: z.array(patternSchema).default([]),
      exclude: z.array(patternSchema).default([]),
    })
    .default({ include: [], exclude: [] }),
  /** Fewest images (or frames) of a series that is worth running on. */
  minimumInstances: z.int().min(1).default(1),
  /** Largest distance between neighbouring slice centres, mm. */
  maximumSliceSpacingMm: z.number().positive().optional(),
  /** Shortest distance from the first to the last slice centre, mm. */
  minimumCoverageMm: z.number().positive().optional(),
  /** Slices must be axial (row along the patient's x, column along y, within 15 degrees). */
  axial: z.literal(true).default(true),
  /**
   * What multi-energy CT does (virtual monoenergetic, material-specific and the like, PS3.3 C.8.2.2), whose
   * values may be HU and others than those of one spectrum: every report states it, and `refuse` leaves it out.
   */
  multiEnergy: z.enum(['refuse', 'state']).default('state'),
  /** What uneven distances between slices do; a missing slice always refuses the series. */
  unevenSpacing: z.enum(['refuse', 'note']).default('refuse'),
  /** How to choose among the series that remain; the first step that tells two apart decides. */
  prefer: z.array(preferenceSchema).default([]),
});

export type SelectionSpec = z.infer<typeof selectionSchema>;
export type Preference = z.infer<typeof preferenceSchema>;

const conditionBase = {
  id: keySchema,
  /** What is judged, in words: `slice thickness`. */
  label: printedText(64),
  /** What was validated, in words, where the bounds alone would not say it: `soft tissue kernels`. */
  validated: printedText(120).optional(),
  /** Unit for people: `mm`; of an attribute its own (PS3.3). */
  unit: printedText(16).optional(),
  /** Where the bound comes from: a publication, a guideline. */
  citation: z.string().max(500).optional(),
};

/** Judges an attribute of the source images. */
export const attributeConditionSchema = z
  .strictObject({
    ...conditionBase,
    attribute: statedKeywordSchema,
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    /** Text: every value must match one of the patterns. */
    oneOf: z.array(patternSchema).min(1).optional(),
    /** Met when the attribute is not stated. Only for Contrast/Bolus Agent of CT, where absence means none. */
    absent: z.literal(true).optional(),
  })
  .refine(
    (condition) =>
      [condition.minimum ?? condition.maximum, condition.oneOf, condition.absent].filter(
        (test) => test !== undefined,
      ).length === 1,
    { error: 'state exactly one of `minimum`/`maximum`, `oneOf`, `absent`' },
  )
  .refine((condition) => condition.absent === undefined || condition.attribute === 'ContrastBolusAgent', {
    error: '`absent` is for ContrastBolusAgent only: any other attribute that is absent is unknown',
  })
  .check(({ value, issues }) => {
    const { attribute, minimum, maximum, oneOf } = value;
    const bounds = unmeetable(value);
    if (bounds !== undefined)
      issues.push({ code: 'custom', path: [bounds.member], message: bounds.message, input: value });
    if (!isKeyword(attribute)) return;
    const unit = value.unit === undefined ? undefined : wrongUnit(attribute, value.unit);
    if (unit !== undefined) issues.push({ code: 'custom', path: ['unit'], message: unit, input: value.unit });
    const messages = [
      (minimum ?? maximum) === undefined ? undefined : unreadableBy(attribute, 'number'),
      oneOf === undefined ? undefined : unreadableBy(attribute, 'text'),
    ];
    for (const message of messages) {
      if (message !== undefined)
        issues.push({ code: 'custom', path: ['attribute'], message, input: attribute });
    }
  });

/** Judges numbers that the graph gives. */
export const outputConditionSchema = z
  .strictObject({
    ...conditionBase,
    /** One output, or several that must all hold. */
    output: z.union([tensorNameSchema, z.array(tensorNameSchema).min(1)]),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    equals: z.number().optional(),
  })
  .refine((condition) => (condition.minimum ?? condition.maximum ?? condition.equals) !== undefined, {
    error: 'state `minimum`, `maximum` or `equals`',
  })
  .check(({ value, issues }) => {
    const bounds = unmeetable(value);
    if (bounds !== undefined)
      issues.push({ code: 'custom', path: [bounds.member], message: bounds.message, input: value });
  });

/** Judges whether the images were ever compressed with loss, by their headers and by the streams they came in. */
export const compressionConditionSchema = z.strictObject({
  ...conditionBase,
  compression: z.literal('lossless'),
});

/** Judges tissue that no slice shows: the distance of slices less their thickness, at its widest, mm. */
export const gapConditionSchema = z.strictObject({
  ...conditionBase,
  geometry: z.literal('gap-between-slices'),
  /** mm; senders round positions, so a little more than 0. */
  maximum: z.number().min(0),
  unit: z.literal('mm').default('mm'),
});

export const conditionSpecSchema = z.union([
  attributeConditionSchema,
  outputConditionSchema,
  compressionConditionSchema,
  gapConditionSchema,
]);

export type ConditionSpec = z.infer<typeof conditionSpecSchema>;

/** An attribute that every report states, whatever its value. */
export const factSchema = z.union([
  statedKeywordSchema,
  z
    .strictObject({
      attribute: statedKeywordSchema,
      label: printedText(64),
      /** The attribute's own (PS3.3), which is printed also where none is stated. */
      unit: printedText(16).optional(),
    })
    .check(({ value: { attribute, unit }, issues }) => {
      const message = unit === undefined || !isKeyword(attribute) ? undefined : wrongUnit(attribute, unit);
      if (message !== undefined) issues.push({ code: 'custom', path: ['unit'], message, input: unit });
    }),
]);

function isKeyword(text: string): boolean {
  try {
    return tagOf(text) !== '';
  } catch {
    return false;
  }
}
