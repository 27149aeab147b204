import { randomUUID } from 'node:crypto';
import { personalityFrom } from '../behaviour/personality.js';
import { tagOf } from '../dicom/tags.js';
import { plain, standardRespond } from './plain.js';
import { numbersAsStrings } from './shapes.js';

const root = '/dcm4chee-arc/aets/DCM4CHEE/rs';
const NOT_DICOM_CLASS = '1.2.40.0.13.1.15.110.3.165.2';

/** dcm4chee-arc-light 5, as read in its sources, with numbers as strings and no maximum configured. */
export const dcm4chee = personalityFrom(plain, {
  id: 'dcm4chee',
  title: 'dcm4chee-arc-light',
  roots: { qido: root, wado: root, stow: root },
  qido: {
    empty: 'no-content',
    paging: { maximum: 99_999, above: 'reject', offsetMaximum: 99_999, zero: 'reject', notANumber: 'reject' },
    more: () => ({}),
    shape: numbersAsStrings,
  },
  stow: {
    onlyDicomParts: true,
    duplicate: () => 'keep-old',
    studyMismatch: 0xc409,
    unreadable: 0xc499,
    requiresPatientId: 0xa777,
    /** Every query parameter that names an attribute is written into what is stored. */
    coerce: (_study, query) =>
      Object.fromEntries(
        [...query].flatMap(([name, value]) => {
          const tag = tagOf(name);
          return tag === undefined ? [] : [[tag, value] as const];
        }),
      ),
    respond: (outcomes, context) => {
      const listed = outcomes.map((each) => (each.unreadable ? { ...each, ...madeUp() } : each));
      const answer = standardRespond(listed, context);
      const failed = listed.findLast(({ failureReason }) => failureReason !== undefined);
      const warning = failed && {
        warning: `299 dcm4chee-arc "Failure ${failed.failureReason?.toString(16)}H"`,
      };
      return { ...answer, headers: { ...answer.headers, ...warning } };
    },
  },
});

/** What it says of a part that is no DICOM: a class of its own, and a new UID each time. */
function madeUp() {
  const sopInstanceUid = `2.25.${BigInt(`0x${randomUUID().replaceAll('-', '')}`)}`;
  return { sopClassUid: NOT_DICOM_CLASS, sopInstanceUid };
}
