import { z } from 'zod';

const MULTIPART_STORED = 'multipart/related; type="application/dicom"; transfer-syntax=*';

/** How strictly multipart answers keep RFC 2046 (vendors.md 3.1). */
const multipartSection = z.strictObject({
  delimiter: z
    .enum(['strict', 'lenient'])
    .default('strict')
    .describe('`lenient`: the line break before a delimiter may be missing.'),
  missingBoundary: z
    .enum(['refuse', 'sniff'])
    .default('refuse')
    .describe('Without a boundary parameter: refuse, or read it off the first line of the body.'),
  missingClosing: z
    .enum(['refuse', 'when-complete'])
    .default('refuse')
    .describe(
      'Without a closing delimiter: refuse, or accept when the last part is as long as its Content-Length says.',
    ),
});

/** WADO-RS: retrieving (PS3.18 section 10.4). */
export const wadoSection = z.strictObject({
  levels: z
    .array(z.enum(['study', 'series', 'instance']))
    .min(1)
    .default(['study', 'series', 'instance'])
    .describe('Resources that can be retrieved as DICOM objects.'),
  accept: z
    .array(z.string())
    .min(1)
    .default([
      MULTIPART_STORED,
      'multipart/related; type=application/dicom; transfer-syntax=*',
      'multipart/related; type="application/dicom"',
    ])
    .describe('Accept headers in order of preference.'),
  instanceAccept: z
    .array(z.string())
    .default(['application/dicom; transfer-syntax=*'])
    .describe('Further Accept headers tried for a single instance.'),
  acceptFallbackOn: z
    .array(z.int().min(400).max(499))
    .default([400, 406, 415])
    .describe('Statuses on which the next Accept header is tried.'),
  transferSyntaxChoice: z
    .enum(['any', 'stored-only', 'unknown'])
    .default('unknown')
    .describe('Whether the server transcodes on request.'),
  metadata: z
    .enum(['offered', 'missing', 'unknown'])
    .default('offered')
    .describe('Whether /metadata exists; where it does not, QIDO-RS lists the instances.'),
  redirectsElsewhere: z.boolean().default(false).describe('May answer with a redirect to another server.'),
  multipart: multipartSection.prefault({}),
});
