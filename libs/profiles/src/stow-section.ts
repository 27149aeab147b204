import { z } from 'zod';

/** What a failure reason means to the one who stores. */
export const storeFailureNames = [
  'duplicate',
  'sop-class-unsupported',
  'transfer-syntax-unsupported',
  'not-authorised',
  'out-of-resources',
  'processing-failure',
  'dataset-mismatch',
  'cannot-understand',
  'patient-conflict',
  'other',
] as const;

/** A vendor's own use of a failure reason, looked up before the standard's (vendors.md 4, codes). */
const storeCode = z.strictObject({
  code: z.int().min(0).max(0xffff).describe('Failure Reason (0008,1197), decimal.'),
  meaning: z.enum(storeFailureNames).describe('What it means there.'),
  detail: z
    .strictObject({
      tag: z.string().regex(/^[0-9A-F]{8}$/u),
      includes: z.string().min(1),
    })
    .optional()
    .describe('Only when this attribute of the failed item holds this text.'),
});

const uid = z.string().regex(/^[0-9.]{1,64}$/u);

/** STOW-RS: storing (PS3.18 section 10.5). */
export const stowSection = z.strictObject({
  enabled: z.boolean().default(true).describe('Whether the server takes objects at all.'),
  path: z
    .enum(['study', 'base'])
    .default('study')
    .describe('`study` stores to /studies/{study}, which refuses an instance of another study.'),
  quoteType: z.boolean().default(true).describe('type="application/dicom" in quotes.'),
  quoteBoundary: z.boolean().default(false).describe('The boundary parameter in quotes.'),
  maxInstances: z.int().min(1).default(1).describe('Instances in one request.'),
  maxBytes: z.int().min(1).default(1_073_741_824).describe('Bytes of one request.'),
  transfer: z
    .enum(['content-length', 'chunked'])
    .default('content-length')
    .describe('How the length of the body is told.'),
  accept: z.string().default('application/dicom+json').describe('Media type asked for in the answer.'),
  sopClasses: z
    .union([z.literal('any'), z.literal('unknown'), z.array(uid)])
    .default('unknown')
    .describe('SOP Classes the server declares to accept.'),
  transferSyntaxes: z
    .array(uid)
    .min(1)
    .default(['1.2.840.10008.1.2.1'])
    .describe('Transfer syntaxes that may be sent; Explicit VR Little Endian is always safe.'),
  codes: z.array(storeCode).default([]).describe('Failure reasons with a meaning of the vendor’s own.'),
  duplicate: z
    .enum(['keep-old', 'keep-old-unless-identical', 'overwrite', 'reject', 'hidden-copy', 'unknown'])
    .default('unknown')
    .describe('What becomes of a second object with a known SOP Instance UID.'),
  bodyOnError: z
    .enum(['always', 'maybe', 'never', 'unknown'])
    .default('unknown')
    .describe('Whether an answer other than 200 says which instances failed.'),
  verify: z
    .enum(['none', 'qido', 'metadata', 'bytes'])
    .default('bytes')
    .describe('How a store is proven: the best the server allows.'),
  visibleAfterSeconds: z
    .int()
    .min(0)
    .default(0)
    .describe('How long a stored object may stay unseen by QIDO-RS and WADO-RS.'),
  requiresExistingStudy: z
    .boolean()
    .default(false)
    .describe('Objects are taken only into a study that is there.'),
  rewritesPatient: z
    .boolean()
    .default(false)
    .describe('Patient attributes are replaced by the server’s own.'),
});
