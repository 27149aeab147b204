import { randomBytes } from 'node:crypto';
import type { KeyRing, LedgerOptions } from '@prelector/ledger';
import { Ledger } from '@prelector/ledger';
import { testDatabase } from '../postgres.js';

const key = randomBytes(32);

/** One key for a whole spec file. */
export const testKeys: KeyRing = {
  current: { id: 'test-1', key },
  get: (id) => (id === 'test-1' ? key : undefined),
  siteKey: randomBytes(32),
};

/** A migrated ledger on a database of its own. */
export async function testLedger(
  options: Partial<LedgerOptions> = {},
): Promise<{ ledger: Ledger; url: string; close: () => Promise<void> }> {
  const database = await testDatabase();
  const ledger = await Ledger.open({ url: database.url, keys: testKeys, poolSize: 10, ...options });
  await ledger.migrate();
  return {
    ledger,
    url: database.url,
    close: async () => {
      await ledger.close();
      await database.drop();
    },
  };
}

/** What of a run no test of the ledger looks at. */
export const runFacts = {
  packageVersion: '1.0.0',
  packageDigest: 'a'.repeat(64),
  settingsDigest: 'b'.repeat(64),
  contractVersion: 1,
  inputDigest: 'c'.repeat(64),
  revision: 0,
  forced: false,
};

/** The value, where a test knows that there is one. */
export function some<T>(value: T): NonNullable<T> {
  if (value === undefined || value === null) throw new Error('expected a value');
  return value;
}

let serial = 0;
/** A Study Instance UID that no other call returned. */
export const freshUid = () => `1.2.826.0.1.3680043.10.${process.pid}.${Date.now()}.${(serial += 1)}`;

export const by = { who: 'person:tester', why: 'a test' };

/** A study on a node under a rule, and one run of it. */
export async function seed(ledger: Ledger) {
  return ledger.transaction(async (tx) => {
    await tx.configurationChanges.apply(
      {
        nodes: [{ name: 'pacs', purpose: 'test', body: { url: 'http://127.0.0.1:1/dicom-web' } }],
        feeds: [{ name: 'ris', body: { port: 2575 } }],
        rules: [{ name: 'lungs', packageId: 'ct-lung-densitometry', body: { source: ['pacs'] } }],
        activations: [{ rule: 'lungs', state: 'on', packageDigest: 'a'.repeat(64), packageVersion: '1.0.0' }],
      },
      by,
    );
    const configuration = await tx.configuration.current();
    const node = some(configuration.nodes[0]);
    const feed = some(configuration.feeds[0]);
    const rule = some(configuration.rules[0]);
    const { study } = await tx.studies.findOrCreate({ studyInstanceUid: freshUid(), who: 'trigger' });
    const { run } = await tx.runs.create(
      {
        runKey: `key of ${study.id}`,
        studyId: study.id,
        completionNo: 1,
        nodeId: node.id,
        nodeVersion: node.version,
        ruleId: rule.id,
        ruleVersion: rule.version,
        packageId: rule.packageId,
        ...runFacts,
      },
      [{ seriesInstanceUid: '1.2.3', sopClassUid: '1.2.840.10008.5.1.4.1.1.2', sopInstanceUid: '1.2.3.4' }],
      'analysis',
    );
    return { node, feed, rule, study, run };
  });
}
