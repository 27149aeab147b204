import { personalityFrom } from '../behaviour/personality.js';
import { textOf } from '../dicom/dataset.js';
import { textAnswer } from '../http/answer.js';
import { plain } from './plain.js';

const root = '/api/dicom/rs';
const blanks = new Set([0x00, 0x09, 0x0a, 0x0b, 0x0d, 0x20]);

/** Conquest, as read in its sources: multipart without its line ends, STOW-RS that reads parts as text. */
export const conquest = personalityFrom(plain, {
  id: 'conquest',
  title: 'Conquest DICOM server',
  roots: { qido: root, wado: root, stow: root },
  qido: {
    accepts: () => true,
    contentType: 'application/json',
    empty: 'nothing',
    includefield: 'ignored',
    order: (a, b) => a.patientName.localeCompare(b.patientName),
    paging: { above: 'clamp', zero: 'empty', notANumber: 'ignore' },
    more: () => ({}),
  },
  wado: {
    choose: () => 'multipart',
    transferSyntaxRefused: 'ignored',
    contentType: (boundary) => `multipart/related; boundary=${boundary}`,
    partHeaders: () => ['Content-Type: application/dicom', 'Content-Transfer-Encoding: binary'],
    beforeDelimiter: '',
    afterClosing: '\r\n\r\n',
    missing: textAnswer(200, ''),
  },
  stow: {
    refuse: ({ contentType: { parameters }, study }) => {
      if (study !== undefined) return textAnswer(404, '');
      return parameters['boundary']?.quoted ? undefined : textAnswer(200, '');
    },
    onlyKnownStudies: true,
    duplicate: () => 'overwrite',
    /** Patient ID and name come from the study that is there. */
    coerce: ([first]) =>
      first
        ? { '00100020': textOf(first.dataset, '00100020'), '00100010': textOf(first.dataset, '00100010') }
        : {},
    mangle: (part) => {
      const cut = part.indexOf('\r\n\r\n');
      let end = cut < 0 ? part.length : cut;
      while (end > 0 && blanks.has(part[end - 1] ?? 1)) end -= 1;
      return part.subarray(0, end);
    },
    respond: (outcomes) =>
      textAnswer(200, outcomes.map(({ sopInstanceUid }) => `"${sopInstanceUid}"`).join(''), 'text/html'),
  },
});
