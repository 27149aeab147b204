import { randomUUID } from 'node:crypto';
import type { MediaType } from '../http/media-types.js';
import { jsonAnswer, textAnswer } from '../http/answer.js';
import { nativeXml, storeResponse } from '../stow/response.js';
import type { Level, PartOutcome, Personality, StoreContext } from '../behaviour/personality.js';

const root = '/dicom-web';
const json = new Set(['application/dicom+json', 'application/json', 'application/*', '*/*']);

/** Keeps to PS3.18, with no deviation that we know of. */
export const plain: Personality = {
  id: 'plain',
  title: 'DICOMweb by the standard',
  roots: { qido: root, wado: root, stow: root },
  unauthorised: { status: 401, headers: { 'www-authenticate': 'Basic realm="PACS"' }, body: 'unauthorised' },
  qido: {
    accepts: (ranges) => ranges.length === 0 || ranges.some(({ type }) => json.has(type)),
    contentType: 'application/dicom+json',
    unknownKey: 'ignore',
    dateRange: 'open',
    wildcard: true,
    uidList: true,
    repeatedKey: 'any',
    commaList: true,
    paging: { above: 'clamp', zero: 'empty', notANumber: 'reject' },
    more: ({ total, offset, returned, limited }) => {
      const left = total - offset - returned;
      return limited && left > 0
        ? { warning: `299 pacs: There are ${left} additional results that can be requested` }
        : {};
    },
    empty: 'array',
    order: () => 0,
    never: [],
    includefield: 'comma',
    includeAll: true,
    includefieldDropsKey: false,
    shape: (found) => ({ ...found }),
  },
  wado: {
    levels: ['study', 'series', 'instance'],
    choose: (ranges) => chooseMultipart(ranges) ?? 406,
    transferSyntaxRefused: 406,
    boundary: () => randomUUID(),
    contentType: (boundary) => `multipart/related; type="application/dicom"; boundary=${boundary}`,
    partHeaders: ({ transferSyntaxUid }) => [
      `Content-Type: application/dicom; transfer-syntax=${transferSyntaxUid}`,
    ],
    preamble: '',
    beforeDelimiter: '\r\n',
    beforeClosing: '\r\n',
    afterClosing: '\r\n',
    missing: textAnswer(404, 'not found'),
    metadata: true,
    omitted: () => false,
  },
  stow: {
    refuse: ({ contentType: { type, parameters } }) => {
      if (type !== 'multipart/related') return textAnswer(415, 'unsupported media type');
      if ((parameters['type']?.value ?? 'application/dicom') !== 'application/dicom')
        return textAnswer(415, 'unsupported type of parts');
      return parameters['boundary'] ? undefined : textAnswer(400, 'no boundary');
    },
    duplicate: (known, digest) => (known.digest === digest ? 'keep-old' : { failureReason: 0x0111 }),
    studyMismatch: 0xa900,
    unreadable: 0xc000,
    onlyDicomParts: false,
    onlyKnownStudies: false,
    coerce: () => ({}),
    mangle: (part) => part,
    visibleAfterMs: 0,
    respond: standardRespond,
  },
};

/** `multipart` where an Accept header allows application/dicom by multipart/related. */
export function chooseMultipart(ranges: readonly MediaType[]): 'multipart' | undefined {
  const allowed = ranges.some(({ type, parameters }) => {
    if (type === '*/*') return true;
    const inner = parameters['type']?.value.toLowerCase();
    return type === 'multipart/related' && (inner === undefined || inner === 'application/dicom');
  });
  return ranges.length === 0 || allowed ? 'multipart' : undefined;
}

/** `single` where an instance is asked for as application/dicom alone. */
export function chooseSingle(ranges: readonly MediaType[], level: Level): 'single' | undefined {
  return level === 'instance' && ranges.some(({ type }) => type === 'application/dicom')
    ? 'single'
    : undefined;
}

/** 200 all, 202 some, 409 none (PS3.18 table 10.5.3-2); 400 without any part. */
export function storeStatus(outcomes: readonly PartOutcome[]): number {
  if (outcomes.length === 0) return 400;
  const failed = outcomes.filter(({ failureReason }) => failureReason !== undefined).length;
  if (failed === outcomes.length) return 409;
  const warned = outcomes.some(({ warningReason }) => warningReason !== undefined);
  return failed > 0 || warned ? 202 : 200;
}

/** JSON, or XML where only that is accepted. */
export function standardRespond(outcomes: readonly PartOutcome[], context: StoreContext) {
  const status = storeStatus(outcomes);
  const body = storeResponse(outcomes, context);
  const xml = context.accept.length > 0 && !context.accept.some(({ type }) => json.has(type));
  return xml ? textAnswer(status, nativeXml(body), 'application/dicom+xml') : jsonAnswer(status, body);
}
