import { topLevelElements } from './change-elements.js';

/** What the index needs of every file at once; the rest of a header is read when it is asked for. */
export interface Identifiers {
  readonly transferSyntaxUid: string;
  readonly studyUid: string;
  readonly seriesUid: string;
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly modality: string;
}

const tags: Readonly<Record<string, keyof Identifiers>> = {
  '00020010': 'transferSyntaxUid',
  '00080016': 'sopClassUid',
  '00080018': 'sopInstanceUid',
  '00080060': 'modality',
  '0020000D': 'studyUid',
  '0020000E': 'seriesUid',
};

/** Digits and dots, so that it can name a folder and stand in a path. */
export function isUid(text: string | undefined): text is string {
  return text !== undefined && /^[0-9.]{1,64}$/u.test(text) && /\d/u.test(text) && !text.includes('..');
}

/** Reads them from the beginning of a file; undefined where they do not all stand in it, or not plainly. */
export function readIdentifiers(head: Buffer): Identifiers | undefined {
  const found: Partial<Record<keyof Identifiers, string>> = {};
  try {
    for (const { tag, value, end } of topLevelElements(head)) {
      if (tag > '0020000E') break;
      const name = tags[tag];
      if (name && end <= head.length)
        found[name] = head.toString('latin1', value, end).replace(/[\0 ]+$/u, '');
    }
  } catch {
    return undefined;
  }
  const { modality = '', studyUid, seriesUid, sopClassUid, sopInstanceUid, transferSyntaxUid } = found;
  if (!isUid(studyUid) || !isUid(seriesUid) || !isUid(sopClassUid) || !isUid(sopInstanceUid))
    return undefined;
  if (!isUid(transferSyntaxUid)) return undefined;
  return { modality, studyUid, seriesUid, sopClassUid, sopInstanceUid, transferSyntaxUid };
}
