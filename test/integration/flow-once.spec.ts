import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { orderMessage } from '@prelector/hl7';
import { TestInstallation } from '../system/installation.testing.js';
import { makePhantom } from '../system/phantom.testing.js';
import { TestPacs } from '../system/test-pacs.testing.js';
import { until } from '../system/until.testing.js';

describe('a study, heard of in several ways', () => {
  let pacs: TestPacs;
  let installation: TestInstallation;

  beforeAll(async () => {
    pacs = await TestPacs.start();
    installation = await TestInstallation.start();
  }, 60_000);

  afterAll(async () => {
    await installation?.stop();
    await pacs?.stop();
  }, 60_000);

  const pollsOf = () =>
    installation.rows<{ windows: number; error: string | null }>(
      'SELECT count(*)::int AS windows, max(last_error_code) AS error FROM poll_window',
    );

  it('makes one run and one set of evidence of two messages, the poll, its own evidence and its own ORU', async () => {
    await installation.configure({ pacs, poll: true });
    await installation.polled();
    await until('the first poll is over', async () =>
      pacs.gate.seen('GET', 'studies?00080020=').length > 1 ? true : undefined,
    );
    const study = await makePhantom();
    await pacs.push(study);
    const order = { identity: study.identity, now: new Date() } as const;

    expect(await installation.tell({ ...order, controlId: 'TWICE-1' })).toBe('AA');
    expect(await installation.tell({ ...order, controlId: 'TWICE-2' })).toBe('AA');
    const first = await installation.settled(study.studyInstanceUid);
    expect(first.deliveries.map(({ state }) => state)).toEqual(['verified', 'verified']);

    const echo = orderMessage({
      form: 'ORU^R01',
      controlId: 'ECHO',
      now: new Date(),
      identity: study.identity,
      fillerOrderNumber: study.identity.accessionNumber ?? '',
      sendingApplication: 'PRELECTOR',
      resultStatus: 'F',
    });
    expect(await installation.send(echo)).toBe('AA');
    await until('a poll has found the evidence', async () => {
      const polled = (await installation.story(study.studyInstanceUid))?.entries.filter(
        (entry) =>
          entry.kind === 'notice' && entry.what.startsWith('poll') && entry.at > first.study.updatedAt,
      );
      return polled && polled.length > 0 ? true : undefined;
    });
    const later = await installation.settled(study.studyInstanceUid);

    expect(later.runs).toHaveLength(1);
    expect(later.study).toMatchObject({ state: 'complete', completionNo: 1, readingState: 'unread' });
    expect(later.deliveries).toEqual(first.deliveries);
    expect(await pacs.evidence(study.studyInstanceUid)).toHaveLength(2);
    expect(pacs.gate.seen('POST', `studies/${study.studyInstanceUid}`)).toHaveLength(2);
    expect(later.entries.filter((entry) => entry.kind === 'notice').length).toBeGreaterThanOrEqual(3);
    expect(await pollsOf()).toMatchObject([{ error: null }]);
  }, 120_000);

  it('answers a repeated message again without a second effect, and processes a reused control id', async () => {
    await installation.configure({ pacs });
    const [one, other] = [await makePhantom(), await makePhantom()];
    await pacs.push(one);
    await pacs.push(other);
    const message = (study: typeof one) =>
      orderMessage({
        form: 'ORM^O01',
        controlId: 'SAME-ID',
        now: new Date('2026-01-02T03:04:05Z'),
        identity: study.identity,
        fillerOrderNumber: study.identity.accessionNumber ?? '',
        modality: 'CT',
      });
    expect(await installation.send(message(one))).toBe('AA');
    expect(await installation.send(message(one))).toBe('AA');
    expect(await installation.send(message(other))).toBe('AA');
    for (const study of [one, other]) {
      const story = await installation.settled(study.studyInstanceUid);
      expect(story.runs).toHaveLength(1);
      expect(story.deliveries.map(({ state }) => state)).toEqual(['verified', 'verified']);
    }
    const notices = await installation.rows(
      `SELECT repeats, control_id_reused AS reused FROM notice WHERE control_id = 'SAME-ID' ORDER BY received_at`,
    );
    expect(notices).toEqual([
      { repeats: 1, reused: false },
      { repeats: 0, reused: true },
    ]);
  }, 120_000);

  it('refuses an accession number with a wildcard and asks nothing of the PACS', async () => {
    await installation.configure({ pacs });
    const before = pacs.gate.requests.length;
    const identity = { patientId: 'WILD', accessionNumber: '*' };
    expect(
      await installation.tell({ identity, placerOrderNumber: 'WILD-1', fillerOrderNumber: 'WILD-2' }),
    ).toBe('AR');
    const unusable = await installation.rows(
      `SELECT 1 FROM study_order WHERE state = 'unusable' AND state_reason LIKE 'the accession number%'`,
    );
    expect(unusable).toHaveLength(1);
    expect(await installation.rows(`SELECT 1 FROM step WHERE state <> 'done'`)).toEqual([]);
    expect(pacs.gate.requests).toHaveLength(before);
  }, 60_000);

  it('holds nothing for a name in another component order and case', async () => {
    await installation.configure({ pacs });
    const study = await makePhantom({ patientName: 'Müller-Lüdi^Anna Éva^Zoë^Dr^Jr' });
    await pacs.push(study);
    const { patientId, birthDate, accessionNumber } = study.identity;
    const message = [
      'MSH|^~\\&|RIS|HOSPITAL|PRELECTOR|HOSPITAL|20260102030405||ORM^O01|NAME-1|P|2.3.1|||||UNICODE UTF-8',
      `PID|1||${patientId}^^^^MR||MULLER-LUDI^ANNA EVA^ZOE^JR^DR||${birthDate}|O`,
      `ORC|SC||${accessionNumber}||CM`,
      `OBR|1||${accessionNumber}|CT^CT^L||||||||||||||${accessionNumber}||||||CT`,
      `ZDS|${study.studyInstanceUid}^^Application^DICOM`,
      '',
    ].join('\r');
    expect(await installation.send(Buffer.from(message))).toBe('AA');
    const story = await installation.settled(study.studyInstanceUid);
    expect(story.study.state).toBe('complete');
    expect(story.deliveries.map(({ state }) => state)).toEqual(['verified', 'verified']);
    expect(story.entries.filter((entry) => entry.what === 'identity warning')).toEqual([]);
  }, 120_000);
});
