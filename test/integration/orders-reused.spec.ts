import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { some } from './ledger.testing.js';
import type { ArchivedStudy } from './search-archive.testing.js';
import { TestTrigger, freshStudy, messageFor, today } from './trigger.testing.js';

let trigger: TestTrigger;
beforeAll(async () => {
  trigger = await TestTrigger.start({ a: 'clinical' });
});
afterAll(() => trigger?.stop());

const hear = async (message: Uint8Array) => expect(await trigger.hear(message)).toBe('AA');
const put = (name: string, study: ArchivedStudy) => some(trigger.archives[name]).put(study);

describe('a number that is given out again', () => {
  /** As if nobody had spoken of the last order for so many days. */
  const age = async (days: number) => {
    const { id } = await trigger.lastOrder();
    await trigger.ledger.pool.sql.manager.query(
      `UPDATE study_order SET created_at = created_at - $2 * interval '1 day',
         updated_at = updated_at - $2 * interval '1 day', reading_at = reading_at - $2 * interval '1 day'
       WHERE id = $1`,
      [id, days],
    );
  };

  it.each([
    ['signed', 40, 'the same'],
    ['signed', 500, 'the same'],
    ['signed', 40, 'another'],
    ['signed', 500, 'another'],
    ['cancelled', 40, 'another'],
    ['cancelled', 500, 'the same'],
  ])('after an order that was %s %i days ago, for %s patient, is another order', async (end, days, whose) => {
    const old = freshStudy({ studyDate: '20240101' });
    await hear(messageFor(old));
    await hear(
      messageFor(
        old,
        end === 'signed' ? { form: 'ORU^R01', resultStatus: 'F' } : { orderControl: 'CA', orderStatus: 'CA' },
      ),
    );
    await age(days);
    const before = await trigger.lastOrder();
    const fresh = {
      ...freshStudy(),
      accessionNumber: old.accessionNumber,
      ...(whose === 'the same' ? { patientId: old.patientId } : {}),
    };
    await hear(messageFor(fresh));
    await hear(messageFor(fresh));
    const order = await trigger.lastOrder();
    expect(order.id).not.toBe(before.id);
    put('a', fresh);
    await trigger.poll('a', today);
    await trigger.settle();
    expect(await trigger.study(fresh.studyInstanceUid)).toMatchObject({
      readingState: 'unread',
      state: 'complete',
    });
    await hear(messageFor(fresh, { form: 'ORU^R01', resultStatus: 'F' }));
    expect(await trigger.study(fresh.studyInstanceUid)).toMatchObject({ readingState: 'final' });
    expect((await trigger.orders()).at(-1)?.id).toBe(order.id);
  });

  it.each(['another', 'the same'])(
    'and stands on a study of %s patient of years ago waits for the study of today',
    async (whose) => {
      const old = freshStudy({ studyDate: '20190301' });
      put('a', old);
      const patient = whose === 'the same' ? { patientId: old.patientId } : {};
      const fresh = { ...freshStudy(), accessionNumber: old.accessionNumber, ...patient };
      await hear(messageFor(fresh));
      await trigger.settle();
      expect(await trigger.lastOrder()).toMatchObject({ state: 'announced' });
      put('a', fresh);
      await trigger.settle();
      expect(await trigger.lastOrder()).toMatchObject({ state: 'arrived' });
      expect(await trigger.study(fresh.studyInstanceUid)).toMatchObject({ state: 'complete' });
      expect(await trigger.ledger.pool.studies.byUid(old.studyInstanceUid)).toBeNull();
    },
  );

  it('while its order is not over speaks of that order still', async () => {
    const study = freshStudy();
    await hear(messageFor(study));
    await age(40);
    const { id } = await trigger.lastOrder();
    await hear(messageFor(study));
    expect((await trigger.lastOrder()).id).toBe(id);
  });
});
