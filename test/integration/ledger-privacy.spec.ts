import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Ledger } from '@prelector/ledger';
import {
  EvidenceRow,
  IdentityVault,
  OrderKeyRow,
  NoticeRow,
  OrderRow,
  UnitOfWork,
  patientHmac,
} from '@prelector/ledger';
import { by, freshUid, seed, some, testKeys, testLedger } from './ledger.testing.js';

let ledger: Ledger;
let close: () => Promise<void>;
beforeAll(async () => ({ ledger, close } = await testLedger()));
afterAll(() => close());

/** The pool as a process with other keys has it. */
const withVault = (vault: IdentityVault) =>
  new UnitOfWork(ledger.pool.sql.manager, {
    vault,
    clock: ledger.clock,
    installationId: ledger.installationId,
  });

/** Every value by which the patient below could be recognised. */
const secret = {
  patientId: 'PATIENT-ID-90210',
  issuer: 'ISSUER-90210',
  family: 'Geheimnisträger',
  given: 'Wilhelmine',
  birthDate: '19310417',
  accession: 'ACC-90210-XYZ',
  placer: 'PLACER-90210',
  filler: 'FILLER-90210',
  password: 'hunter2-90210',
};
const identity = {
  patientId: secret.patientId,
  issuerOfPatientId: secret.issuer,
  name: { family: secret.family, given: secret.given },
  birthDate: secret.birthDate,
  sex: 'F',
  accessionNumber: secret.accession,
};

/** A study that went through every table in which something of its patient might come to stand. */
async function wholeWay() {
  const { feed, node, study, run } = await seed(ledger);
  const message = Buffer.from(
    `MSH|^~\\&|RIS\rPID|1||${secret.patientId}^^^${secret.issuer}||${secret.family}^${secret.given}||${secret.birthDate}\rORC|NW|${secret.placer}|${secret.filler}\rOBR|1|||||||||||||||||${secret.accession}\r`,
  );
  const evidence = await ledger.transaction(async (tx) => {
    const { notice } = await tx.notices.recordHl7({
      feedId: feed.id,
      feedVersion: 1,
      controlId: freshUid().slice(-20),
      message,
    });
    const { order } = await tx.orderBook.record({
      feedId: feed.id,
      authority: 'RIS',
      identity: {
        ...identity,
        placerOrderNumber: secret.placer,
        fillerOrderNumber: `${secret.filler}${freshUid()}`,
      },
      who: 'trigger',
      why: 'ORM^O01',
    });
    await tx.links.link({
      orderId: order.id,
      studyId: study.id,
      how: 'accession number',
      who: 'trigger',
    });
    await tx.notices.settle(notice.id, {
      disposition: 'used',
      ack: 'AA',
      subjects: [{ kind: 'order', id: order.id }],
    });
    const sighting = { studyId: study.id, runId: run.id, nodeId: node.id, identity };
    const { identityId } = await tx.identities.recordSighting({ ...sighting, stage: 'fetch' });
    await tx.identities.recordSighting({ ...sighting, stage: 'store' });
    const series = await tx.evidence.findOrCreateSeries({
      studyId: study.id,
      modelId: 'm',
      kind: 'sr',
      presentation: 'withheld',
      seriesInstanceUid: freshUid(),
      seriesNumber: 9001,
      seriesDescription: 'AI, not reviewed',
      createdAt: new Date(),
    });
    const digest = randomBytes(32).toString('hex');
    await tx.evidence.recordArtifact({ digest, size: 1, mediaType: 'application/dicom', encrypted: true });
    const made = await tx.evidence.create(
      {
        runId: run.id,
        studyId: study.id,
        evidenceSeriesId: series.id,
        kind: 'sr',
        presentation: 'withheld',
        identityId,
        sopClassUid: '1.2.840.10008.5.1.4.1.1.88.33',
        sopInstanceUid: freshUid(),
        seriesInstanceUid: series.seriesInstanceUid,
        instanceNumber: 1,
        template: 'TID 1500',
        transferSyntax: '1.2.840.10008.1.2.1',
        artifactDigest: digest,
        encodedAt: new Date(),
      },
      'results',
    );
    await tx.credentials.store(
      { name: `pacs ${study.id}`, body: { kind: 'basic', username: 'prelector' }, secret: secret.password },
      by,
    );
    return made.evidence;
  });
  const scheduled = await ledger.transaction((tx) => tx.steps.schedule({ step: 'run', rowId: run.id }));
  const claim = some(await ledger.pool.steps.claim({ ...scheduled, holder: 'a', leaseSeconds: 60 }));
  await ledger.transaction((tx) =>
    tx.steps.retry(claim, { code: 'dicomweb.timeout', message: 'No answer within 30 s.' }, new Date()),
  );
  return { study, run, evidence, feed };
}

/** Every value of every row of every table, as text; bytes as hexadecimal and as they are. */
async function dump(): Promise<string> {
  const tables = await ledger.pool.sql.manager.query<{ name: string }[]>(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'`,
  );
  let text = '';
  for (const { name } of tables) {
    const rows = await ledger.pool.sql.manager.query<Record<string, unknown>[]>(`SELECT * FROM ${name}`);
    for (const row of rows)
      for (const value of Object.values(row))
        text += Buffer.isBuffer(value)
          ? `${value.toString('latin1')} ${value.toString('utf8')}\n`
          : `${JSON.stringify(value)}\n`;
  }
  return text;
}

describe('identity', () => {
  it('stands readable in no column of any table', async () => {
    await wholeWay();
    const everything = await dump();
    expect(everything).toContain('dicomweb.timeout');
    for (const value of Object.values(secret)) expect(everything).not.toContain(value);
  });

  it('is nowhere in the story of a study', async () => {
    const { study } = await wholeWay();
    const story = JSON.stringify(await ledger.pool.stories.ofStudy(study.studyInstanceUid));
    for (const value of Object.values(secret)) expect(story).not.toContain(value);
  });

  it('is found again by HMAC only', async () => {
    const { study } = await wholeWay();
    const speakingOf = (vault: IdentityVault) =>
      withVault(vault).orders.speakingOf({
        studyInstanceUid: study.studyInstanceUid,
        accession: { value: identity.accessionNumber },
      });
    expect((await speakingOf(ledger.vault)).length).toBeGreaterThan(0);
    const other = new IdentityVault({ ...testKeys, siteKey: randomBytes(32) });
    expect(await speakingOf(other)).toEqual([]);
    expect(patientHmac(other, identity)).not.toBe(patientHmac(ledger.vault, identity));
    expect(patientHmac(ledger.vault, { ...identity, issuerOfPatientId: 'ANOTHER' })).not.toBe(
      patientHmac(ledger.vault, identity),
    );
    expect(patientHmac(ledger.vault, { accessionNumber: 'A' })).toBeUndefined();
  });

  it('is kept once for equal sightings and anew for another', async () => {
    const { study } = await wholeWay();
    const see = async (patientId: string) =>
      (
        await ledger.transaction((tx) =>
          tx.identities.recordSighting({
            studyId: study.id,
            stage: 'read-back',
            identity: { ...identity, patientId },
          }),
        )
      ).identityId;
    const fetched = some(await ledger.pool.identities.latestSighting({ studyId: study.id, stage: 'fetch' }));
    expect(fetched.identity).toEqual(identity);
    expect(await see(secret.patientId)).toBe(fetched.identityId);
    expect(await see('another')).not.toBe(fetched.identityId);
  });
});

describe('encrypted rows', () => {
  it('are opened with the key they name, also after a new one became current', async () => {
    const { evidence } = await wholeWay();
    const next = { id: 'test-2', key: randomBytes(32) };
    const rotated = new IdentityVault({
      ...testKeys,
      current: next,
      get: (id) => (id === next.id ? next.key : testKeys.get(id)),
    });
    expect(await withVault(rotated).identities.open(evidence.identityId)).toEqual(identity);
    const withoutOld = new IdentityVault({ ...testKeys, current: next, get: () => undefined });
    await expect(withVault(withoutOld).identities.open(evidence.identityId)).rejects.toMatchObject({
      code: 'ledger.key-missing',
    });
  });

  it('are refused when they were changed, or put in the place of another kind', () => {
    const sealed = ledger.vault.seal(Buffer.from('plain'), 'notice:1');
    expect(ledger.vault.open(sealed, 'notice:1').toString()).toBe('plain');
    expect(() => ledger.vault.open(sealed, 'notice:2')).toThrow(/cannot be opened/u);
    const changed = Buffer.from(sealed.body);
    changed[13] = (changed[13] ?? 0) ^ 1;
    expect(() => ledger.vault.open({ ...sealed, body: changed }, 'notice:1')).toThrow(/cannot be opened/u);
    expect(() => ledger.vault.open({ ...sealed, body: Buffer.alloc(3) }, 'notice:1')).toThrow(
      /cannot be opened/u,
    );
  });

  it('keep the secret of a credential out of its history', async () => {
    const { study } = await wholeWay();
    const name = `pacs ${study.id}`;
    expect(await ledger.pool.credentials.open(name)).toEqual({
      name,
      body: { kind: 'basic', username: 'prelector' },
      secret: secret.password,
    });
    await expect(ledger.pool.credentials.open('none')).rejects.toMatchObject({
      code: 'ledger.configuration-unknown-name',
    });
  });
});

describe('purging', () => {
  it('empties what names the patient and leaves the story standing', async () => {
    const { study, evidence } = await wholeWay();
    const notice = await noticeOf(study.id);
    const purged = await ledger.transaction((tx) => tx.retention.purgeStudy(study.id, by));
    expect(purged).toEqual({ identities: 2, noticeBodies: 1, artifacts: [evidence.artifactDigest] });
    expect(await ledger.pool.identities.open(evidence.identityId)).toBeUndefined();
    expect(await ledger.pool.notices.openBody(notice)).toBeUndefined();
    const story = some(await ledger.pool.stories.ofStudy(study.studyInstanceUid));
    expect(story.orders[0]).toMatchObject({ patientHmac: null });
    const keys = await ledger.pool.sql.manager.findBy(OrderKeyRow, { orderId: some(story.orders[0]).id });
    expect(keys.filter((key) => key.kind !== 'study')).toEqual([]);
    expect(story.entries.map((entry) => entry.what)).toEqual(
      expect.arrayContaining(['heard of', 'identity seen at fetch', 'encoded', 'identity purged']),
    );
    expect(await ledger.pool.sql.manager.findOneBy(EvidenceRow, { id: evidence.id })).toEqual(evidence);
    expect(await ledger.transaction((tx) => tx.retention.purgeStudy(study.id, by))).toEqual({
      identities: 0,
      noticeBodies: 0,
      artifacts: [],
    });
  });

  it('leaves alone what another study still shows', async () => {
    const { study } = await wholeWay();
    const order = some((await ledger.pool.stories.ofStudy(study.studyInstanceUid))?.orders[0]);
    await ledger.transaction(async (tx) => {
      const other = await tx.studies.findOrCreate({ studyInstanceUid: freshUid(), who: 'trigger' });
      await tx.links.link({
        orderId: order.id,
        studyId: other.study.id,
        how: 'accession',
        who: 'trigger',
      });
    });
    await ledger.transaction((tx) => tx.retention.purgeStudy(study.id, by));
    expect(await ledger.pool.identities.open(some(order.identityId))).toMatchObject(identity);
    expect(await ledger.pool.sql.manager.findOneByOrFail(OrderRow, { id: order.id })).toMatchObject({
      patientHmac: order.patientHmac,
    });
  });

  it('removes the bodies of old messages and keeps their notices', async () => {
    const { study } = await wholeWay();
    const notice = await noticeOf(study.id);
    expect(await ledger.transaction((tx) => tx.retention.purgeNoticeBodies(new Date(0)))).toBe(0);
    expect(await ledger.transaction((tx) => tx.retention.purgeNoticeBodies(new Date()))).toBeGreaterThan(0);
    expect(await ledger.pool.notices.openBody(notice)).toBeUndefined();
    expect(await ledger.pool.sql.manager.findOneBy(NoticeRow, { id: notice })).toMatchObject({ ack: 'AA' });
  });
});

async function noticeOf(studyId: string): Promise<string> {
  const [row] = await ledger.pool.sql.manager.query<{ id: string }[]>(
    `SELECT ns.notice_id AS id FROM notice_subject ns JOIN order_study os ON os.order_id = ns.subject_id
     WHERE os.study_id = $1`,
    [studyId],
  );
  return some(row).id;
}
