import { personalityFrom } from '../behaviour/personality.js';
import { jsonAnswer, textAnswer } from '../http/answer.js';
import { storeResponse } from '../stow/response.js';
import { plain, storeStatus } from './plain.js';
import { refuseOtherThanDicom } from './quoting.js';

const root = '/datastore/00000000000000000000000000000000';
const study = [
  '00080020',
  '00080050',
  '00080061',
  '00080090',
  '00100010',
  '00100020',
  '0020000D',
  '00200010',
];
const series = [...study, '0020000E', '00080060'];
const GiB = 1024 ** 3;

/** AWS HealthImaging's own DICOMweb, as documented: instances one by one, the newest update first. */
export const aws = personalityFrom(plain, {
  id: 'aws',
  title: 'AWS HealthImaging',
  roots: { qido: root, wado: root, stow: root },
  unauthorised: jsonAnswer(403, { message: 'Missing Authentication Token' }, 'application/json'),
  qido: {
    accepts: (ranges) =>
      ranges.length === 0 || (ranges.length === 1 && ranges[0]?.type === 'application/dicom+json'),
    keys: { study, series, instance: [...series, '00080018'] },
    unknownKey: 'reject',
    wildcard: false,
    uidList: false,
    commaList: false,
    repeatedKey: 'reject',
    dateRange: 'closed',
    includefield: 'ignored',
    order: (a, b) => b.newest - a.newest,
    paging: { above: 'clamp', zero: 'empty', notANumber: 'reject', total: 10_000 },
    more: () => ({}),
  },
  wado: {
    levels: ['instance'],
    choose: (ranges) =>
      ranges.length === 1 && ['application/dicom', '*/*'].includes(ranges[0]?.type ?? '') ? 'single' : 406,
  },
  stow: {
    refuse: (request) =>
      request.contentLength === undefined
        ? textAnswer(411, 'length required')
        : refuseOtherThanDicom(request),
    maximumBytes: { bytes: GiB, answer: textAnswer(413, 'larger than 1 GB') },
    /** A conflicting copy becomes a non-primary image set, which no query shows. */
    duplicate: () => 'hide-new',
    respond: (outcomes, context) => jsonAnswer(storeStatus(outcomes), storeResponse(outcomes, context)),
  },
});

/** The DICOMweb proxy of AWS's samples: read-only, `[]` where there is nothing. */
export const awsProxy = personalityFrom(plain, {
  id: 'aws-proxy',
  title: 'AWS HealthImaging samples: DICOMweb proxy',
  roots: { qido: '/aetitle', wado: '/aetitle', stow: '/aetitle' },
  qido: { accepts: () => true, contentType: 'application/json', more: () => ({}) },
  wado: { choose: () => 'multipart', transferSyntaxRefused: 'ignored' },
  stow: 'none',
});
