import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { orderLines } from '../../apps/prelector/src/commands/orders.js';
import { storyLine } from '../../apps/prelector/src/commands/story-lines.js';
import { readOrders } from '@prelector/pipeline';
import { some } from './ledger.testing.js';
import type { ArchivedStudy } from './search-archive.testing.js';
import { TestTrigger, freshStudy, messageFor } from './trigger.testing.js';

let trigger: TestTrigger;
beforeAll(async () => {
  trigger = await TestTrigger.start({ pacs: 'clinical' });
});
afterAll(() => trigger?.stop());

const hear = async (message: Uint8Array) => expect(await trigger.hear(message)).toBe('AA');
const arrive = async (study: ArchivedStudy) => {
  some(trigger.archives['pacs']).put(study);
  await trigger.poll('pacs', study.studyDate);
};
/** The story as lines, without their times. */
const story = async ({ studyInstanceUid }: ArchivedStudy): Promise<string[]> => {
  const { entries } = some(await trigger.ledger.pool.stories.ofStudy(studyInstanceUid));
  return entries.flatMap((entry) => storyLine(entry)?.slice('2026-01-01 00:00:00.000  '.length) ?? []);
};

describe('the story of a study', () => {
  it('names the message and the order of what they changed, whichever came first', async () => {
    const study = freshStudy();
    await arrive(study);
    await hear(messageFor(study, { controlId: 'SAYS-IT-IS-THERE' }));
    const { id } = await trigger.lastOrder();
    await hear(messageFor(study, { form: 'ORU^R01', controlId: 'SAYS-IT-IS-SIGNED', resultStatus: 'F' }));
    const lines = await story(study);
    expect(lines).toContain('hl7 ORM^O01 notice used (SAYS-IT-IS-THERE of feed ris)');
    expect(lines).toContain(
      `study joined with an order (order ${id}) by message ORM^O01 SAYS-IT-IS-THERE of feed ris`,
    );
    expect(lines).toContain(
      `study reading moved to final (order ${id}) by message ORU^R01 SAYS-IT-IS-SIGNED of feed ris: as the order says`,
    );
    const late = freshStudy();
    await hear(messageFor(late, { form: 'ORU^R01', controlId: 'SIGNED-BEFORE', resultStatus: 'F' }));
    const { id: before } = await trigger.lastOrder();
    await arrive(late);
    expect(await story(late)).toContain(`study reading moved to final (order ${before}): as the order says`);
  });

  it('names the order over which it is held, and the message that a cancellation is from', async () => {
    const study = freshStudy();
    await arrive(study);
    await hear(messageFor({ ...study, patientId: 'SOMEBODY-ELSE' }, { controlId: 'OF-ANOTHER' }));
    const { id } = await trigger.lastOrder();
    expect(await story(study)).toContainEqual(
      expect.stringMatching(
        new RegExp(
          `^study moved to held \\(order ${id}\\) by trigger by message ORM\\^O01 OF-ANOTHER of feed ris: `,
          'u',
        ),
      ),
    );
    const other = freshStudy();
    await arrive(other);
    await hear(messageFor(other));
    await hear(messageFor(other, { controlId: 'CANCELS', orderControl: 'CA', orderStatus: 'CA' }));
    expect(await story(other)).toContain(
      'study order cancelled by message ORM^O01 CANCELS of feed ris: ris: cancelled',
    );
  });
});

describe('orders', () => {
  it('that are announced are counted by whether their study is there', async () => {
    const count = async () => (await trigger.ledger.pool.status.counts()).orders;
    const before = await count();
    const grown = async (key: string) => ((await count())[key] ?? 0) - (before[key] ?? 0);
    await hear(messageFor(freshStudy(), { orderControl: 'NW', orderStatus: 'SC' }));
    expect(await grown('announced (not acquired)')).toBe(1);
    const waiting = freshStudy();
    await hear(messageFor(waiting));
    expect(await grown('announced (study looked for)')).toBe(1);
    const there = freshStudy();
    await arrive(there);
    await hear(messageFor(there, { form: 'ORU^R01', resultStatus: 'F' }));
    expect(await grown('announced (study there)')).toBe(1);
  });

  it('that wait say when the cause was so that they tell', async () => {
    const study = freshStudy();
    await hear(messageFor(study));
    const told = async () =>
      orderLines(
        await readOrders(trigger.ledger, { accession: { value: study.accessionNumber }, limit: 1 }),
      ).join('\n');
    expect(await told()).not.toMatch(/as of/u);
    await trigger.work();
    const once = await told();
    expect(once).toMatch(/\n {2}as of 20\S+Z: the study is not on any node of the feed yet/u);
    await hear(messageFor(study, { priority: 'S' }));
    const asOf = /as of \S+/u.exec(once)?.[0];
    expect(await told()).toContain(some(asOf));
    await trigger.work();
    expect(await told()).not.toContain(some(asOf));
    await trigger.forget();
  });
});
