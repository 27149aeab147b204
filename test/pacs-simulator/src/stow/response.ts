import type { JsonAttribute, JsonDataset } from '../dicom/dataset.js';
import { attribute } from '../dicom/dataset.js';
import type { PartOutcome, StoreContext } from '../behaviour/personality.js';

/** The data set of a store response (PS3.18 table 10.5.3-1). */
export function storeResponse(outcomes: readonly PartOutcome[], { study, url }: StoreContext): JsonDataset {
  const done = outcomes.filter(({ failureReason }) => failureReason === undefined);
  const named = outcomes.filter((each) => each.failureReason !== undefined && each.sopInstanceUid !== '');
  const nameless = outcomes.filter((each) => each.failureReason !== undefined && each.sopInstanceUid === '');
  const studies = new Set(done.map(({ studyUid }) => studyUid));
  const one = study ?? (studies.size === 1 ? [...studies][0] : undefined);
  return {
    ...(one === undefined ? {} : { '00081190': attribute('UR', `${url}/studies/${one}`) }),
    ...sequence('00081198', named.map(failed)),
    ...sequence(
      '00081199',
      done.map((each) => referenced(each, url)),
    ),
    ...sequence(
      '0008119A',
      nameless.map(({ failureReason }) => ({ '00081197': attribute('US', failureReason) })),
    ),
  };
}

/** The same in the Native DICOM Model (PS3.19 A.1). */
export function nativeXml(dataset: JsonDataset): string {
  return `<?xml version="1.0" encoding="UTF-8"?><NativeDicomModel xml:space="preserve">${elements(dataset)}</NativeDicomModel>`;
}

function sequence(tag: string, items: readonly JsonDataset[]): Record<string, JsonAttribute> {
  return items.length > 0 ? { [tag]: { vr: 'SQ', Value: items } } : {};
}

function failed({ sopClassUid, sopInstanceUid, failureReason, detail }: PartOutcome): JsonDataset {
  return {
    '00081150': attribute('UI', sopClassUid),
    '00081155': attribute('UI', sopInstanceUid),
    '00081197': attribute('US', failureReason),
    ...detail,
  };
}

function referenced(outcome: PartOutcome, url: string): JsonDataset {
  const { sopClassUid, sopInstanceUid, studyUid, warningReason, detail } = outcome;
  return {
    '00081150': attribute('UI', sopClassUid),
    '00081155': attribute('UI', sopInstanceUid),
    '00081190': attribute('UR', `${url}/studies/${studyUid}/instances/${sopInstanceUid}`),
    ...(warningReason === undefined ? {} : { '00081196': attribute('US', warningReason) }),
    ...detail,
  };
}

function elements(dataset: JsonDataset): string {
  return Object.entries(dataset)
    .map(([tag, { vr, Value = [] }]) => {
      const values = Value.map((value, index) =>
        vr === 'SQ'
          ? `<Item number="${index + 1}">${elements(value as JsonDataset)}</Item>`
          : `<Value number="${index + 1}">${escaped(String(value))}</Value>`,
      );
      return `<DicomAttribute tag="${tag}" vr="${vr}">${values.join('')}</DicomAttribute>`;
    })
    .join('');
}

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
