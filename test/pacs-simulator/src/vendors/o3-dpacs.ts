import { personalityFrom } from '../behaviour/personality.js';
import { jsonAnswer, textAnswer } from '../http/answer.js';
import { storeResponse } from '../stow/response.js';
import { plain } from './plain.js';
import { refuseUnquotedType } from './quoting.js';

/** O3-DPACS, by its conformance statement: three roots, one instance a request, no metadata. */
export const o3Dpacs = personalityFrom(plain, {
  id: 'o3-dpacs',
  title: 'O3-DPACS',
  roots: {
    qido: '/o3-dpacs-wado/qido/PRELECTOR',
    wado: '/o3-dpacs-wado/rs',
    stow: '/o3-dpacs-wado/stowRsListener/PRELECTOR',
  },
  unauthorised: textAnswer(401, 'unauthorized'),
  qido: { dateRange: 'closed', wildcard: false, uidList: false, commaList: false, more: () => ({}) },
  wado: {
    /** Nothing but the one form is accepted, and it must be stated. */
    choose: (ranges) =>
      ranges.some(
        ({ type, parameters }) =>
          type === 'multipart/related' && parameters['type']?.value === 'application/dicom',
      )
        ? 'multipart'
        : 406,
    metadata: false,
    transferSyntaxRefused: 'ignored',
  },
  stow: {
    refuse: refuseUnquotedType,
    maximumParts: { parts: 1, answer: textAnswer(400, 'exactly one instance') },
    respond: (outcomes, context) => {
      const failed = outcomes.some(({ failureReason }) => failureReason !== undefined);
      const status = outcomes.length === 0 ? 400 : failed ? 409 : 200;
      return jsonAnswer(status, [storeResponse(outcomes, context)]);
    },
  },
});
