import { personalityFrom } from '../behaviour/personality.js';
import { attribute } from '../dicom/dataset.js';
import { jsonAnswer, textAnswer } from '../http/answer.js';
import { nativeXml, storeResponse } from '../stow/response.js';
import { chooseSingle, plain } from './plain.js';
import { chooseQuotedMultipart, refuseOtherThanDicom } from './quoting.js';

const root = '/v1/projects/p/locations/l/datasets/d/dicomStores/s/dicomWeb';
const study = ['0020000D', '00100010', '00100020', '00080050', '00080090', '00080020'];
const series = [...study, '0020000E', '00080060'];
const error = (status: number, message: string) =>
  jsonAnswer(status, [{ error: { code: status, message } }], 'application/json');

/** Google Cloud Healthcare API, as documented. */
export const google = personalityFrom(plain, {
  id: 'google',
  title: 'Google Cloud Healthcare API',
  roots: { qido: root, wado: root, stow: root },
  unauthorised: error(401, 'Request is missing required authentication credential.'),
  qido: {
    keys: { study, series, instance: [...series, '00080018'] },
    unknownKey: 'reject',
    wildcard: false,
    uidList: false,
    commaList: false,
    repeatedKey: 'reject',
    dateRange: 'closed',
    includefield: 'repeat',
    never: ['00080061', '00201206', '00201208'],
    paging: {
      fallback: { study: 100, series: 100, instance: 1000 },
      maximum: 5000,
      above: 'clamp',
      offsetMaximum: 1_000_000,
      zero: 'empty',
      notANumber: 'reject',
    },
    more: () => ({}),
  },
  wado: {
    choose: (ranges, level) => chooseQuotedMultipart(ranges) ?? chooseSingle(ranges, level) ?? 406,
    missing: error(403, 'Permission denied on resource (or it may not exist).'),
    omitted: (each) => each.vr === 'SQ' && JSON.stringify(each).length > 1024 * 1024,
  },
  stow: {
    refuse: refuseOtherThanDicom,
    duplicate: (known, digest) => (known.digest === digest ? 'keep-old' : alreadyExists),
    studyMismatch: 0x0110,
    unreadable: 0x0110,
    visibleAfterMs: 2000,
    respond: (outcomes, context) => {
      const failed = outcomes.some(({ failureReason }) => failureReason !== undefined);
      const body = storeResponse(outcomes, context);
      const json = context.accept.some(({ type }) => type === 'application/dicom+json');
      const status = failed ? 409 : 200;
      return json ? jsonAnswer(status, body) : textAnswer(status, nativeXml(body), 'application/dicom+xml');
    },
  },
});

const alreadyExists = {
  failureReason: 0x0110,
  detail: { '00090097': attribute('LO', 'Google'), '00091097': attribute('LO', 'instance already exists') },
};
