import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OrderMessageOptions } from '@prelector/hl7';
import { AbstractLogger } from 'typeorm';
import { some } from './ledger.testing.js';
import { TestTrigger, adt, freshStudy, messageFor } from './trigger.testing.js';

let trigger: TestTrigger;
beforeAll(async () => {
  trigger = await TestTrigger.start({ pacs: 'clinical' });
});
afterAll(() => trigger?.stop());

/** Everything that is kept of a message and its order, but for what no two of them have in common. */
async function keptOf(controlId: string): Promise<unknown> {
  const { ledger } = trigger;
  const rows = (text: string, id: string) => ledger.dataSource.query<Record<string, unknown>[]>(text, [id]);
  const [{ row: notice }] = (await rows(
    `SELECT to_jsonb(n) - 'received_at' - 'control_id_reused' AS row FROM notice n WHERE control_id = $1
     ORDER BY received_at DESC LIMIT 1`,
    controlId,
  )) as [{ row: Record<string, unknown> }];
  const noticeId = String(notice['id']);
  const subjects = await rows('SELECT kind, subject_id FROM notice_subject WHERE notice_id = $1', noticeId);
  const orderId = String(some(subjects[0])['subject_id']);
  const kept = {
    notice,
    bodies: await rows('SELECT key_id FROM notice_body WHERE notice_id = $1', noticeId),
    subjects: subjects.length,
    order: await rows(
      `SELECT to_jsonb(o) - '{created_at,updated_at,identity_id,patient_hmac,give_up_at}'::text[] AS row,
         created_at = updated_at AS "isNew", give_up_at IS NOT NULL AS "isGivenUp", patient_hmac IS NULL AS "isNobodys"
       FROM study_order o WHERE id = $1`,
      orderId,
    ),
    keys: await rows(
      `SELECT kind, namespace, authority FROM order_key WHERE order_id = $1 ORDER BY kind`,
      orderId,
    ),
    events: await rows(
      `SELECT (to_jsonb(e) #- '{after,identity}') - '{id,at}'::text[] AS row FROM event e WHERE subject_id = $1 ORDER BY id`,
      orderId,
    ),
    steps: await rows(
      `SELECT to_jsonb(s) - '{id,due_at,created_at,updated_at}'::text[] AS row FROM step s WHERE row_id = $1`,
      orderId,
    ),
    outbox: await rows(
      `SELECT x.attempt, x.dispatched_at, x.due_at = s.due_at AS "isDue" FROM outbox x JOIN step s ON s.id = x.step_id WHERE row_id = $1`,
      orderId,
    ),
  };
  const [{ identity }] = (await rows(
    'SELECT identity_id AS identity FROM study_order WHERE id = $1',
    orderId,
  )) as [{ identity: string }];
  const opened = await ledger.pool.identities.open(identity);
  const text = JSON.stringify({ ...kept, identity: opened });
  return JSON.parse(
    text
      .replaceAll(noticeId, 'notice')
      .replaceAll(orderId, 'order')
      .replaceAll(/[0-9a-f]{64}/gu, 'hmac')
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.+]+/gu, 'time')
      .replaceAll(String(opened?.patientId), 'patient')
      .replaceAll(String(opened?.accessionNumber), 'accession')
      .replaceAll(controlId, 'control'),
  );
}

class Counter extends AbstractLogger {
  readonly texts: string[] = [];

  override logQuery(text: string): void {
    this.texts.push(text);
  }

  protected override writeLog(): void {}
}

const stated: [string, Partial<OrderMessageOptions>][] = [
  ['has images', {}],
  ['is urgent', { priority: 'S' }],
  ['is placed', { orderControl: 'NW', orderStatus: 'SC' }],
  ['is a test', { processingId: 'T' }],
  ['names its procedure', { modality: 'CT', procedureCode: { value: '1', scheme: 'L', meaning: 'CT' } }],
];

describe('the first message of an order', () => {
  it.each(stated)('that says that it %s is kept as any other', async (_, change) => {
    const told = async (controlId: string) => {
      const answer = await trigger.hear(messageFor(freshStudy(), { ...change, controlId }));
      return { answer, kept: await keptOf(controlId) };
    };
    const controlId = randomUUID();
    // What bears a control id that was heard before may be a repeat, and goes the long way.
    const before = Buffer.from(adt('A08', 'PID|1||P1'))
      .toString()
      .replace(/\|M\d+\|/u, `|${controlId}|`);
    expect(await trigger.hear(Buffer.from(before))).toBe('AA');
    expect(await told(randomUUID())).toEqual(await told(controlId));
  });

  it('costs four statements', async () => {
    const counter = new Counter();
    const { dataSource } = trigger.ledger;
    const { logger } = dataSource;
    dataSource.logger = counter;
    expect(await trigger.hear(messageFor(freshStudy()))).toBe('AA');
    dataSource.logger = logger;
    expect(counter.texts.map((text) => text.trim().split(/\s/u)[0])).toEqual([
      'START',
      'SELECT',
      'WITH',
      'COMMIT',
    ]);
  });
});
