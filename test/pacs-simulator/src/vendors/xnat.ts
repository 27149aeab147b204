import { personalityFrom } from '../behaviour/personality.js';
import type { JsonAttribute, JsonDataset } from '../dicom/dataset.js';
import { attribute } from '../dicom/dataset.js';
import { jsonAnswer } from '../http/answer.js';
import { storeResponse } from '../stow/response.js';
import { chooseSingle, plain } from './plain.js';
import { chooseQuotedMultipart, refuseUnquotedType } from './quoting.js';

const root = '/xapi/dicomweb/projects/P';
const study = ['0020000D', '00100010', '00100020', '00080050', '00080020', '00080060', '00081030'];
const series = [...study, '0020000E'];
const perLevel = { study: 100, series: 100, instance: 100 };

/** XNAT's DICOMweb plugin, as documented: what a search says is the session's, and storing is asynchronous. */
export const xnat = personalityFrom(plain, {
  id: 'xnat',
  title: 'XNAT with its DICOMweb plugin',
  roots: { qido: root, wado: root, stow: root },
  qido: {
    keys: { study, series, instance: [...series, '00080018', '00080016'] },
    wildcard: false,
    uidList: false,
    commaList: false,
    repeatedKey: 'last',
    includefield: 'ignored',
    paging: { fallback: perLevel, maximum: 1000, above: 'clamp', zero: 'empty', notANumber: 'ignore' },
    more: ({ total }) => ({ 'x-total-count': String(total) }),
    empty: 'no-content',
    shape: (found, level) => (level === 'study' ? session(found) : { ...found }),
  },
  wado: {
    transferSyntaxRefused: 'ignored',
    choose: (ranges, level) => {
      if (level === 'instance' && ranges.length === 0) return 'single';
      return chooseQuotedMultipart(ranges) ?? chooseSingle(ranges, level) ?? 406;
    },
  },
  stow: {
    refuse: refuseUnquotedType,
    visibleAfterMs: 5000,
    duplicate: () => 'overwrite',
    respond: (outcomes, context) => {
      const studies = [...Map.groupBy(outcomes, ({ studyUid }) => studyUid).values()];
      return jsonAnswer(
        200,
        studies.map((each) => storeResponse(each, context)),
      );
    },
  },
});

function session(found: JsonDataset): Record<string, JsonAttribute> {
  const stated = Object.entries(found).map(([tag, each]): [string, JsonAttribute] =>
    each.Value || each.vr !== 'LO' ? [tag, each] : [tag, attribute(each.vr, 'UNKNOWN')],
  );
  return {
    ...Object.fromEntries(stated),
    '00100010': attribute('PN', { Alphabetic: 'P_SESSION_1' }),
    '00080050': attribute('SH', 'XNAT_E00001'),
    '00081030': attribute('LO', 'P'),
  };
}
