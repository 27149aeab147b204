import { personalityFrom } from '../behaviour/personality.js';
import { jsonAnswer, textAnswer } from '../http/answer.js';
import { nativeXml, storeResponse } from '../stow/response.js';
import { plain, storeStatus } from './plain.js';
import { chooseQuotedMultipart, refuseUnquotedType } from './quoting.js';

const MiB = 1024 ** 2;
const perLevel = { study: 12, series: 12, instance: 12 };

/** DICOMcloud for .NET, as read in its sources: three roots, twelve results, a boundary with spaces. */
export const dicomcloud = personalityFrom(plain, {
  id: 'dicomcloud',
  title: 'DICOMcloud',
  roots: { qido: '/qidors', wado: '/wadors', stow: '/stowrs' },
  qido: {
    contentType: 'application/json',
    dateRange: 'closed',
    includefield: 'repeat',
    includefieldDropsKey: true,
    paging: { fallback: perLevel, maximum: 12, above: 'clamp', zero: 'empty', notANumber: 'ignore' },
    more: ({ total, offset, returned }) => {
      const left = Math.max(0, total - offset - returned);
      const warning = `299 DICOMcloud "There are ${left} additional results that can be requested"`;
      return {
        'x-total-count': String(total),
        ...(left > 0 ? { warning, link: `<?offset=${offset + returned}>; rel="next"` } : {}),
      };
    },
  },
  wado: {
    choose: (ranges) => chooseQuotedMultipart(ranges) ?? 406,
    boundary: () => 'DICOM DATA BOUNDARY',
    transferSyntaxRefused: 'ignored',
    contentType: (boundary) => `multipart/related; type="application/dicom"; boundary="${boundary}"`,
  },
  stow: {
    refuse: refuseUnquotedType,
    maximumBytes: { bytes: 100 * MiB, answer: textAnswer(413, 'Request Entity Too Large', 'text/html') },
    duplicate: () => 'keep-old',
    respond: (outcomes, context) => {
      const body = storeResponse(outcomes, context);
      const json = context.accept.some(({ type }) => type === 'application/json');
      const status = storeStatus(outcomes);
      return json
        ? jsonAnswer(status, body, 'application/json')
        : textAnswer(status, nativeXml(body), 'application/dicom+xml');
    },
  },
});
