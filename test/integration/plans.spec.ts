import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AbstractLogger } from 'typeorm';
import { TestInstallation } from '../system/installation.testing.js';
import { makePhantom } from '../system/phantom.testing.js';
import { TestPacs } from '../system/test-pacs.testing.js';
import { merge } from './trigger.testing.js';
import { fillLedger, growingTables } from './filled-ledger.testing.js';

interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Statements of the ledger, one for each text, with the parameters it had first. */
const seen = new Map<string, Statement>();

/** Hears every statement that TypeORM sends. */
class Statements extends AbstractLogger {
  override logQuery(text: string, values: readonly unknown[] = []): void {
    if (/^\s*(?:SELECT|INSERT|UPDATE|DELETE|WITH)\b/iu.test(text) && !seen.has(text))
      seen.set(text, { text, values });
  }

  protected override writeLog(): void {}
}

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly Filter?: string;
  readonly Plans?: readonly Plan[];
}

function* nodesOf(plan: Plan): Generator<Plan> {
  yield plan;
  for (const each of plan.Plans ?? []) yield* nodesOf(each);
}

let pacs: TestPacs;
let installation: TestInstallation;
beforeAll(async () => {
  pacs = await TestPacs.start();
  installation = await TestInstallation.start();
  installation.resources.ledger.dataSource.logger = new Statements();
}, 60_000);
afterAll(async () => {
  await installation?.stop();
  await pacs?.stop();
}, 60_000);

describe('the statements of a study', () => {
  it('read no table that grows from one end to the other', async () => {
    await installation.configure({ pacs, poll: true });
    for (const isNamed of [false, true]) {
      const study = await makePhantom();
      const { studyInstanceUid } = study;
      const identity = isNamed ? { ...study.identity, studyInstanceUid } : study.identity;
      await pacs.push(study);
      await installation.tell({ identity });
      await installation.settled(studyInstanceUid);
      await installation.tell({ identity, resultStatus: 'F' });
      await installation.tell({ identity, orderControl: 'CA', orderStatus: 'CA' });
      await installation.send(merge(`M-${String(identity.patientId)}`, String(identity.patientId)));
      await installation.settled(studyInstanceUid);
    }
    const { ledger } = installation.resources;
    const statements = [...seen.values()];
    // What this study had no need of.
    await installation.rows(
      `INSERT INTO dead_letter (id, step_id, code, reason, resolved_at) SELECT gen_random_uuid(), id, '', '', now() FROM step LIMIT 1`,
    );
    await installation.rows(
      `INSERT INTO outbox (id, step_id, attempt, due_at) SELECT gen_random_uuid(), id, 0, now() + interval '40 days' FROM step LIMIT 1`,
    );
    await installation.rows(`INSERT INTO patient_merge SELECT id, 'a', '', 'b', '' FROM feed`);
    await installation.rows(`INSERT INTO released_identity SELECT id, 'a', now(), 'person:pat' FROM study`);
    const growing = await growingTables(ledger);
    await fillLedger(ledger, 20_000);
    const found: string[] = [];
    for (const { text, values } of statements) {
      if (!growing.some((table) => new RegExp(`\\b${table}\\b`, 'u').test(text))) continue;
      const rows = await ledger.dataSource.query<{ 'QUERY PLAN': [{ Plan: Plan }] }[]>(
        `EXPLAIN (FORMAT JSON) ${text}`,
        [...values],
      );
      for (const node of rows.flatMap((row) => [...nodesOf(row['QUERY PLAN'][0].Plan)])) {
        const table = node['Relation Name'];
        if (node['Node Type'] === 'Seq Scan' && table && growing.includes(table))
          found.push(
            `${table} by ${text.replaceAll(/\s+/gu, ' ').trim()} (${node.Filter ?? 'no condition'})`,
          );
      }
    }
    expect(found).toEqual([]);
    expect(statements.length).toBeGreaterThan(100);
  }, 120_000);
});
