import { z } from 'zod';

/** How result pages are asked for and when the last one was seen (vendors.md 3.2, 4). */
const pagingSection = z.strictObject({
  pageSize: z.int().min(1).default(100).describe('`limit` we ask for.'),
  overlap: z
    .int()
    .min(0)
    .default(0)
    .describe('Matches asked for again with each page, where the order may shift while we page.'),
  stop: z
    .enum(['empty-page', 'short-page'])
    .default('empty-page')
    .describe('`short-page` only where the page size is known to be honoured: some servers cap it silently.'),
  offsetMax: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe('Largest `offset` accepted; null when none is known.'),
  maxTotal: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe('Matches the server gives in all, whatever the offset; null when none is known.'),
});

/** QIDO-RS: searching (PS3.18 section 10.6). */
export const qidoSection = z.strictObject({
  accept: z.string().default('application/dicom+json').describe('The one media type asked for.'),
  keyStyle: z
    .enum(['hex', 'keyword'])
    .default('hex')
    .describe('Query parameters as 0020000D or StudyInstanceUID.'),
  keyEncoding: z
    .enum(['percent', 'literal'])
    .default('percent')
    .describe(
      'How characters such as a blank, `/` and `&` stand in a key: percent-encoded as RFC 3986 says; `literal` for a ' +
        'server that does not decode them: what may stand in a query is sent as it is, and `?` (any one character) or ' +
        '`*` (any characters) for the rest. What comes is compared with what was meant.',
    ),
  text: z
    .enum(['lossy', 'exact'])
    .default('lossy')
    .describe(
      'Whether searches keep every character: `exact` only where that was measured. Of a server that may lose some, an ' +
        'image of each study that it names is looked at: a Patient ID or accession number that may be what is left of ' +
        "the image's own counts for nothing. Characters beyond ASCII are asked for by `*`.",
    ),
  unknownKey: z
    .enum(['ignored', 'refused', 'unknown'])
    .default('unknown')
    .describe('What becomes of a parameter that the server does not match on.'),
  dateRange: z
    .enum(['open', 'closed', 'single', 'none', 'unknown'])
    .default('closed')
    .describe(
      'Forms of StudyDate matching: `open` also takes 20260101-; `single` only one day, so a range is asked day ' +
        'by day; `none` is not matched on at all; `unknown` is asked as `closed`.',
    ),
  modalitiesInStudy: z
    .strictObject({
      match: z.enum(['single', 'none', 'unknown']).default('none').describe('Whether it may be a query key.'),
      returned: z
        .enum(['default', 'includefield', 'never', 'unknown'])
        .default('unknown')
        .describe('When a study match states it.'),
      joined: z
        .boolean()
        .default(false)
        .describe('The values arrive as one string joined by a comma or a backslash.'),
    })
    .prefault({}),
  studyCounts: z
    .enum(['default', 'includefield', 'never', 'unknown'])
    .default('unknown')
    .describe('When a study match states its numbers of series and instances.'),
  includefield: z
    .enum(['none', 'comma', 'repeat'])
    .default('none')
    .describe('How further attributes are asked for.'),
  paging: pagingSection.prefault({}),
  notFoundIsEmpty: z.boolean().default(false).describe('404 to a search means no match.'),
  emptyBodyIsEmpty: z
    .boolean()
    .default(false)
    .describe('200 without a body, to a search or for metadata, means no match; else it is an error.'),
  tooManyStatuses: z
    .array(z.int().min(400).max(499))
    .default([413])
    .describe('Statuses that mean "more matches than I will give": the date range is then halved.'),
  order: z
    .enum(['unspecified', 'newest-first', 'patient-name', 'unknown'])
    .default('unknown')
    .describe('Order of matches.'),
  lagSeconds: z.int().min(0).default(0).describe('How long a stored or deleted object may stay unseen.'),
});
