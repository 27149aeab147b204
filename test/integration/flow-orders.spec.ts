import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { orderMessage } from '@prelector/hl7';
import type { StudyIdentity } from '@prelector/findings';
import type { OrderRow, StudyStory } from '@prelector/ledger';
import { randomUid } from '@prelector/dicom';
import { TestInstallation } from '../system/installation.testing.js';
import { makePhantom } from '../system/phantom.testing.js';
import { withRawElements } from '../system/renamed-study.testing.js';
import { TestPacs } from '../system/test-pacs.testing.js';
import { until } from '../system/until.testing.js';

describe('an order and the study it means', () => {
  let pacs: TestPacs;
  let installation: TestInstallation;

  beforeAll(async () => {
    pacs = await TestPacs.startSimulator();
    installation = await TestInstallation.start();
  }, 60_000);

  beforeEach(() => installation.configure({ pacs }));

  afterAll(async () => {
    await installation?.stop();
    await pacs?.stop();
  }, 60_000);

  const orderIn = (state: string, since: Date) =>
    until(`an order is ${state}`, async () => {
      const [order] = await installation.rows<OrderRow & { state_reason: string }>(
        'SELECT *, state_reason FROM study_order WHERE state = $1 AND created_at >= $2',
        [state, since],
      );
      return order;
    });

  it('holds two studies under one accession number, and analyses the one that a person names', async () => {
    const since = new Date();
    const patient = { patientId: 'TWO-STUDIES', accession: `A${Date.now() % 1e9}` };
    const meant = await makePhantom(patient);
    const other = await makePhantom(patient);
    await pacs.push(meant);
    await pacs.push(other);
    const { studyInstanceUid: _unsaid, ...identity } = meant.identity;
    expect(await installation.tell({ identity })).toBe('AA');
    const held = await orderIn('held', since);
    expect(held.state_reason).toMatch(/2 studies stand under the accession number/u);
    expect(await installation.story(meant.studyInstanceUid)).toBeUndefined();

    await expect(installation.release(meant.studyInstanceUid, ' ')).rejects.toMatchObject({
      code: 'release.reason-missing',
    });
    await installation.release(meant.studyInstanceUid, 'the RIS says it is this one');

    const story = await installation.settled(meant.studyInstanceUid);
    expect(story.deliveries.map(({ state }) => state)).toEqual(['verified', 'verified']);
    expect(story.orders.map(({ state }) => state)).toEqual(['arrived']);
    expect(story.entries).toContainEqual(
      expect.objectContaining({ who: 'person:pat', why: 'the RIS says it is this one' }),
    );
    expect(await installation.story(other.studyInstanceUid)).toBeUndefined();
    expect(await pacs.evidence(other.studyInstanceUid)).toEqual([]);
  }, 120_000);

  /** Two studies of a patient under one accession number, of which a person says that an order means the first. */
  async function namedByPerson(
    hear: (identity: StudyIdentity, studyInstanceUid: string) => Promise<void>,
  ): Promise<StudyStory> {
    const since = new Date();
    const patient = { patientId: 'TWO-STUDIES', accession: `A${Date.now() % 1e9}` };
    const [meant, other] = [await makePhantom(patient), await makePhantom(patient)];
    for (const each of [meant, other]) await pacs.push(each);
    const { studyInstanceUid, ...identity } = meant.identity;
    await hear(identity, meant.studyInstanceUid);
    await orderIn('held', since);
    await installation.release(meant.studyInstanceUid, 'the RIS says it is this one');
    return installation.settled(studyInstanceUid ?? '');
  }
  const tell = async (message: Parameters<typeof installation.tell>[0]) =>
    expect(await installation.tell(message)).toBe('AA');

  it('brings the study that a person names what was reported before its accession number was corrected', async () => {
    const { study, deliveries } = await namedByPerson(async (identity) => {
      const numbers = { placerOrderNumber: `P${identity.accessionNumber}`, fillerOrderNumber: 'F-1' };
      const wrong = {
        ...numbers,
        identity: { ...identity, accessionNumber: `${identity.accessionNumber}0` },
      };
      await tell({ ...wrong, orderControl: 'NW', orderStatus: 'SC' });
      await tell({ ...wrong, form: 'ORU^R01', resultStatus: 'F' });
      await tell({ ...numbers, identity, orderControl: 'XO' });
    });
    expect(study.readingState).toBe('final');
    expect(deliveries.map(({ state }) => state)).toEqual(['not-sent', 'not-sent']);
  }, 120_000);

  it('that is a test signs and hurries no study of production that a person names', async () => {
    const { study, deliveries, orders } = await namedByPerson(async (identity, studyInstanceUid) => {
      const { accessionNumber: _none, ...patient } = identity;
      await tell({ identity: { ...patient, studyInstanceUid } });
      const test = { identity, processingId: 'T', fillerOrderNumber: 'F-2' } as const;
      await tell({ ...test, priority: 'S' });
      await tell({ ...test, form: 'ORU^R01', resultStatus: 'F' });
    });
    expect(orders.map(({ state }) => state)).toEqual(['arrived', 'arrived']);
    expect(study).toMatchObject({ readingState: 'unread', priority: 5, testOnly: false });
    expect(deliveries.map(({ state }) => state)).toEqual(['verified', 'verified']);
  }, 120_000);

  it('holds an accession number that leads to another patient', async () => {
    const since = new Date();
    const study = await makePhantom();
    await pacs.push(study);
    const { studyInstanceUid: _unsaid, ...identity } = study.identity;
    expect(await installation.tell({ identity: { ...identity, patientId: 'SOMEBODY-ELSE' } })).toBe('AA');
    expect((await orderIn('held', since)).state_reason).toMatch(/another patient/u);
    expect(await installation.story(study.studyInstanceUid)).toBeUndefined();
  }, 60_000);

  it.each([
    'another name and birth date under its Patient ID',
    'another name and birth date, and no Patient ID',
  ])(
    'holds a study under whose accession number an order states %s',
    async (stated) => {
      const study = await makePhantom({ accession: `B${Date.now() % 1e9}` });
      await pacs.push(study);
      const { studyInstanceUid: _unsaid, patientId = '', ...identity } = study.identity;
      const named = { ...identity, name: { family: 'QUITE', given: 'ANOTHER' }, birthDate: '19010203' };
      const isNumbered = stated.endsWith('its Patient ID');
      expect(await installation.tell({ identity: isNumbered ? { ...named, patientId } : named })).toBe('AA');
      const story = await installation.storyWhen(
        study.studyInstanceUid,
        'the study is held',
        (each) => each.study.state === 'held',
      );
      expect(story.study.stateReason).toMatch(/differs: Patient's Name, Patient's Birth Date/u);
      expect(story.orders.map(({ state }) => state)).toEqual(['held']);
      expect(pacs.gate.seen('POST', study.studyInstanceUid)).toEqual([]);
      expect(await pacs.evidence(study.studyInstanceUid)).toEqual([]);
    },
    120_000,
  );

  it('shows a study that was announced and never arrived', async () => {
    await installation.configure({ pacs, feed: { resolve: { everySeconds: 1, giveUpAfterHours: 0.001 } } });
    const since = new Date();
    const identity = { patientId: 'NEVER', studyInstanceUid: randomUid(), accessionNumber: 'NEVER-1' };
    expect(await installation.tell({ identity })).toBe('AA');
    const order = await orderIn('never-arrived', since);
    expect(order.state_reason).toMatch(/announced, never arrived/u);
    const counts = await installation.resources.ledger.pool.status.counts();
    expect(counts.orders['never-arrived']).toBe(1);
  }, 60_000);

  it('never lets a test message reach a clinical node', async () => {
    await installation.configure({ pacs, purpose: 'clinical' });
    const since = new Date();
    const study = await makePhantom();
    await pacs.push(study);
    expect(await installation.tell({ identity: study.identity, processingId: 'T' })).toBe('AA');
    const order = await orderIn('never-arrived', since);
    expect(order.state_reason).toMatch(/test/u);
    const { accessionNumber = '' } = study.identity;
    for (const key of [study.studyInstanceUid, accessionNumber])
      expect(pacs.gate.seen('GET', key)).toEqual([]);
    expect(await installation.story(study.studyInstanceUid)).toBeUndefined();
    expect(await pacs.evidence(study.studyInstanceUid)).toEqual([]);

    expect(await installation.tell({ identity: study.identity })).toBe('AA');
    const story = await installation.settled(study.studyInstanceUid);
    expect(story.study.testOnly).toBe(false);
    expect(story.deliveries.map(({ state }) => state)).toEqual(['verified', 'verified']);
  }, 120_000);

  it('sends nothing after the report was signed, and says why', async () => {
    const study = await makePhantom();
    const report = orderMessage({
      form: 'ORU^R01',
      controlId: 'SIGNED',
      now: new Date(),
      identity: study.identity,
      fillerOrderNumber: study.identity.accessionNumber ?? '',
      announcesImages: true,
      resultStatus: 'F',
    });
    const metadata = pacs.gate.hold(/series\/[0-9.]+\/metadata/u);
    await pacs.push(study);
    expect(await installation.tell({ identity: study.identity })).toBe('AA');
    await metadata.reached;
    expect(await installation.send(report)).toBe('AA');
    await installation.storyWhen(
      study.studyInstanceUid,
      'the report is heard of',
      (story) => story.study.readingState === 'final',
    );
    metadata.letGo();
    const story = await installation.settled(study.studyInstanceUid);
    expect(story.runs.map(({ state }) => state)).toEqual(['done']);
    expect(story.deliveries.map(({ state, stateReason }) => ({ state, stateReason }))).toEqual([
      { state: 'not-sent', stateReason: 'the report was signed before the result was ready' },
      { state: 'not-sent', stateReason: 'the report was signed before the result was ready' },
    ]);
    expect(pacs.gate.seen('POST', study.studyInstanceUid)).toEqual([]);
    expect(await pacs.evidence(study.studyInstanceUid)).toEqual([]);
  }, 120_000);

  it('remembers a report that was signed before the study was known, however the study is found then', async () => {
    const study = await makePhantom();
    const report = orderMessage({
      form: 'ORU^R01',
      controlId: 'SIGNED-FIRST',
      now: new Date(),
      identity: study.identity,
      fillerOrderNumber: study.identity.accessionNumber ?? '',
      resultStatus: 'F',
    });
    expect(await installation.send(report)).toBe('AA');
    await pacs.push(study);
    expect(await installation.tell({ identity: study.identity })).toBe('AA');
    const story = await installation.settled(study.studyInstanceUid);
    expect(story.study.readingState).toBe('final');
    expect(story.deliveries.map(({ state }) => state)).toEqual(['not-sent', 'not-sent']);
    expect(await pacs.evidence(study.studyInstanceUid)).toEqual([]);
  }, 120_000);

  it('lets a report go that turns out to be of another issuer by what the files alone state', async () => {
    const issuer = Buffer.concat([
      Buffer.from('feff00e012000000400031005554000006000000', 'hex'),
      Buffer.from('CLINIC'),
    ]);
    const study = withRawElements(await makePhantom(), [['00080051', 'SQ', issuer]]);
    expect(study.identity.issuerOfAccessionNumber).toBe('CLINIC');
    const { patientId = '', accessionNumber = '', studyInstanceUid = '' } = study.identity;
    const report = orderMessage({
      form: 'OMI^O23',
      controlId: 'OTHER-ISSUER',
      now: new Date(),
      identity: { patientId, accessionNumber, issuerOfAccessionNumber: 'HOSP' },
      studyInstanceUids: [randomUid()],
      fillerOrderNumber: 'OTHER-ISSUER',
      resultStatus: 'F',
    });
    expect(await installation.send(report)).toBe('AA');
    await pacs.push(study);
    expect(await installation.tell({ identity: { patientId, studyInstanceUid } })).toBe('AA');
    await installation.storyWhen(
      studyInstanceUid,
      'the report counts as long as no issuer is known',
      ({ entries }) => entries.some(({ what }) => what === 'reading moved'),
    );
    const story = await installation.settled(studyInstanceUid);
    expect(story.study.readingState).toBe('unread');
    expect(story.deliveries.map(({ state }) => state)).toEqual(['verified', 'verified']);
    expect(story.entries).toContainEqual(
      expect.objectContaining({
        what: 'no longer joined',
        why: expect.stringMatching(/all that ties them now is accession number under another issuer/u),
      }),
    );
  }, 120_000);
});
