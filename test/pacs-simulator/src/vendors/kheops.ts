import { personalityFrom } from '../behaviour/personality.js';
import { jsonAnswer } from '../http/answer.js';
import { chooseMultipart, plain } from './plain.js';
import { numbersAsStrings } from './shapes.js';

/** Kheops, as read in its sources; what it keeps lies in a dcm4chee behind it. */
export const kheops = personalityFrom(plain, {
  id: 'kheops',
  title: 'Kheops',
  roots: { qido: '/api', wado: '/api', stow: '/api' },
  unauthorised: jsonAnswer(401, { message: 'Unauthorized' }, 'application/json'),
  qido: {
    dateRange: 'closed',
    commaList: false,
    repeatedKey: 'last',
    empty: 'no-content',
    shape: numbersAsStrings,
    refuse: (search) =>
      search.has('album') && search.has('inbox')
        ? jsonAnswer(400, { message: 'Bad Query Parameter' }, 'application/json')
        : undefined,
    /** The name of the header stands in its value, too. */
    more: ({ total, offset, returned }) => {
      const left = total - offset - returned;
      const warning = `Warning: 299 {+service}: There are ${left} additional results that can be requested`;
      return { 'x-total-count': String(total), ...(left > 0 ? { warning } : {}) };
    },
  },
  wado: { levels: ['series', 'instance'], choose: (ranges) => chooseMultipart(ranges) ?? 406 },
  stow: { duplicate: () => 'keep-old', studyMismatch: 0xc409, unreadable: 0xc499 },
});
