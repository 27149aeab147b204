import { personalityFrom } from '../behaviour/personality.js';
import { jsonAnswer, textAnswer } from '../http/answer.js';
import { storeResponse } from '../stow/response.js';
import { chooseMultipart, chooseSingle, plain, storeStatus } from './plain.js';
import { refuseOtherThanDicom } from './quoting.js';

const study = [
  '0020000D',
  '00100010',
  '00100020',
  '00100030',
  '00080050',
  '00080090',
  '00080020',
  '00081030',
  '00080061',
];
const series = [...study, '0020000E', '00080060', '00400244', '00081090'];
const BULK = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'UN']);
const VALIDATION_FAILED = 43_264;
const STUDY_MISMATCH = 43_265;
const ALREADY_EXISTS = 45_070;
const perLevel = { study: 100, series: 100, instance: 100 };

/** Microsoft's dicom-server, version 2, as its conformance statement says. */
export const azure = personalityFrom(plain, {
  id: 'azure',
  title: 'Azure Health Data Services',
  roots: { qido: '/v2', wado: '/v2', stow: '/v2' },
  unauthorised: { status: 401, headers: { 'www-authenticate': 'Bearer' } },
  qido: {
    accepts: (ranges) =>
      ranges.length === 0 || ranges.some(({ type }) => type === 'application/dicom+json' || type === '*/*'),
    keys: { study, series, instance: [...series, '00080018'] },
    unknownKey: 'reject',
    refuse: (search) =>
      ['StudyDate', '00080020'].some((key) => search.get(key) === '-')
        ? textAnswer(400, 'a date range is empty')
        : undefined,
    wildcard: false,
    uidList: false,
    commaList: false,
    repeatedKey: 'reject',
    includefield: 'repeat',
    paging: { fallback: perLevel, maximum: 200, above: 'reject', zero: 'reject', notANumber: 'reject' },
    more: () => ({}),
    empty: 'no-content',
    order: (a, b) => b.newest - a.newest,
    defaults: {
      study: [
        '00080005',
        '00080020',
        '00080050',
        '00081030',
        '00080090',
        '00100010',
        '00100020',
        '00100030',
        '0020000D',
      ],
      series: ['00080005', '00080060', '00081090', '0020000D', '0020000E', '00400244'],
      instance: ['00080005', '00080018', '0020000D', '0020000E'],
    },
    never: ['00081190'],
  },
  wado: {
    choose: (ranges, level) => chooseMultipart(ranges) ?? chooseSingle(ranges, level) ?? 406,
    omitted: ({ vr }) => BULK.has(vr),
  },
  stow: {
    refuse: (request) => {
      const json =
        request.accept.length === 0 ||
        request.accept.some(({ type }) => type === 'application/dicom+json' || type === '*/*');
      return json ? refuseOtherThanDicom(request) : textAnswer(406, 'not acceptable');
    },
    maximumBytes: { bytes: 2 * 1024 ** 3, answer: textAnswer(413, 'larger than 2 GB') },
    duplicate: () => ({ failureReason: ALREADY_EXISTS }),
    requiresPatientId: VALIDATION_FAILED,
    studyMismatch: STUDY_MISMATCH,
    unreadable: 272,
    /** The preamble does not survive, so a stored file has another digest. */
    mangle: (part) => Buffer.concat([Buffer.alloc(Math.min(128, part.length)), part.subarray(128)]),
    respond: (outcomes, context) =>
      outcomes.length === 0
        ? { status: 204 }
        : jsonAnswer(storeStatus(outcomes), storeResponse(outcomes, context)),
  },
});
