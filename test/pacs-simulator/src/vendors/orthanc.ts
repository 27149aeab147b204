import { personalityFrom } from '../behaviour/personality.js';
import { jsonAnswer, textAnswer } from '../http/answer.js';
import { storeResponse } from '../stow/response.js';
import { chooseMultipart, plain } from './plain.js';
import { inLatin1 } from './shapes.js';

/** Orthanc with its DICOMweb plugin, as read in its sources and measured as Debian installs it; error bodies switched off. */
export const orthanc = personalityFrom(plain, {
  id: 'orthanc',
  title: 'Orthanc',
  qido: {
    accepts: () => true,
    refuse: (search) => {
      const fuzzy = search.get('fuzzymatching');
      return fuzzy === null || /^(true|false)$/u.test(fuzzy) ? undefined : textAnswer(400, 'fuzzymatching');
    },
    undecodedKeys: true,
    repeatedKey: 'last',
    includeAll: false,
    more: () => ({}),
    // DefaultEncoding is Latin1 as installed, and searches are answered in it.
    shape: inLatin1,
  },
  wado: {
    choose: (ranges) => chooseMultipart(ranges) ?? 400,
    transferSyntaxRefused: 400,
    partHeaders: ({ bytes }) => [
      'Content-Type: application/dicom',
      `Content-Length: ${bytes}`,
      'MIME-Version: 1.0',
    ],
  },
  stow: {
    refuse: ({ contentType: { type, parameters } }) => {
      const inner = parameters['type']?.value.toLowerCase() ?? 'application/dicom';
      const known = type === 'multipart/related' && inner === 'application/dicom';
      return known && parameters['boundary'] ? undefined : textAnswer(415, '');
    },
    duplicate: () => 'keep-old',
    studyMismatch: 0x0110,
    respond: (outcomes, context) => {
      const failed = outcomes.filter(({ failureReason }) => failureReason !== undefined);
      if (failed.length === 0) return jsonAnswer(200, storeResponse(outcomes, context));
      if (failed.some(({ unreadable }) => unreadable)) return textAnswer(400, '');
      if (failed.some(({ studyUid }) => context.study !== undefined && studyUid !== context.study))
        return textAnswer(409, '');
      return textAnswer(failed.length === outcomes.length ? 400 : 202, '');
    },
  },
});
