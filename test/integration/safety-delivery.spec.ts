import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { stringOf } from '@prelector/dicom';
import { TestInstallation, believedSearches } from '../system/installation.testing.js';
import type { Fault } from '../system/pacs-gate.testing.js';
import { makePhantom } from '../system/phantom.testing.js';
import type { PhantomStudy } from '../system/phantom.testing.js';
import { TestPacs } from '../system/test-pacs.testing.js';

const comprehensive3dSr = '1.2.840.10008.5.1.4.1.1.88.34';

/** PS3.18 table 10.5.3-1 with one failed instance: the SOP Class is not taken (0122H). */
function refusal(sopClassUid: string): Fault {
  return ({ method, body }) => {
    if (method !== 'POST' || !body.includes(sopClassUid)) return undefined;
    const uid = /2\.25\.\d+/u.exec(body.subarray(body.indexOf(sopClassUid)).toString('latin1'))?.[0];
    const item = {
      '00081150': { vr: 'UI', Value: [sopClassUid] },
      '00081155': { vr: 'UI', Value: [uid] },
      '00081197': { vr: 'US', Value: [0x0122] },
    };
    return {
      answer: {
        status: 409,
        type: 'application/dicom+json',
        body: JSON.stringify({ '00081198': { vr: 'SQ', Value: [item] } }),
      },
    };
  };
}

describe('a delivery', () => {
  let pacs: TestPacs;
  let installation: TestInstallation;

  beforeAll(async () => {
    pacs = await TestPacs.start();
    installation = await TestInstallation.start();
  }, 60_000);

  beforeEach(async () => {
    pacs.gate.calm();
    await installation.configure({ pacs, node: believedSearches });
  });

  afterAll(async () => {
    await installation?.stop();
    await pacs?.stop();
  }, 60_000);

  async function announced(study: PhantomStudy): Promise<PhantomStudy> {
    await pacs.push(study);
    expect(await installation.tell({ identity: study.identity })).toBe('AA');
    return study;
  }

  const statesOf = (deliveries: readonly { kind: string; state: string }[]) =>
    Object.fromEntries(deliveries.map(({ kind, state }) => [kind, state]));

  it('stores nothing when the patient id changed since fetch; released, it is encoded anew and stored', async () => {
    const study = await makePhantom({ patientId: 'BEFORE-1' });
    const changed = await makePhantom({
      studyUid: study.studyInstanceUid,
      seriesUid: study.seriesInstanceUid,
      accession: study.identity.accessionNumber ?? '',
      patientId: 'AFTER-2',
    });
    const encoding = pacs.gate.hold(/instances\/[0-9.]+$/u);
    await announced(study);
    await encoding.reached;
    await pacs.remove(study.studyInstanceUid);
    await pacs.push(changed);
    encoding.letGo();

    const held = await installation.storyWhen(
      study.studyInstanceUid,
      'the study is held for a person, and so are both reports',
      ({ study: { state, awaitsOrder }, deliveries }) =>
        state === 'held' && !awaitsOrder && deliveries.every((each) => each.state === 'held'),
    );
    expect(held.study.stateReason).toMatch(/Patient ID/u);
    expect(held.study.stateReason).not.toMatch(/BEFORE|AFTER/u);
    expect(await pacs.evidence(study.studyInstanceUid)).toEqual([]);
    expect(pacs.gate.seen('POST', study.studyInstanceUid)).toEqual([]);

    await expect(
      installation.release(study.studyInstanceUid, 'it has waited long enough', 'trigger'),
    ).rejects.toMatchObject({ code: 'release.reason-missing' });
    await installation.release(study.studyInstanceUid, 'the patients were merged');
    const story = await installation.storyWhen(
      study.studyInstanceUid,
      'the report is verified',
      ({ deliveries }) => deliveries.filter(({ state }) => state === 'verified').length === 2,
    );
    expect(story.study.state).toBe('complete');
    expect(story.runs).toHaveLength(1);
    const stored = await pacs.evidence(study.studyInstanceUid);
    expect(stored.map(({ dataset }) => stringOf(dataset, '00100020'))).toEqual(['AFTER-2', 'AFTER-2']);
    expect(story.entries).toContainEqual(
      expect.objectContaining({ who: 'person:pat', why: 'the patients were merged' }),
    );
  }, 120_000);

  it('says that the text report carries the findings when the SR is refused, and asks no second time', async () => {
    pacs.gate.disturb(refusal(comprehensive3dSr));
    const first = await announced(await makePhantom());
    const story = await installation.settled(first.studyInstanceUid);
    expect(statesOf(story.deliveries)).toEqual({
      'measurement-report': 'refused',
      'text-report': 'verified',
    });
    expect(story.deliveries.find(({ state }) => state === 'refused')?.stateReason).toMatch(
      /does not take this SOP Class.*text report/u,
    );
    const [node] = await installation.rows<{ id: string }>('SELECT id FROM pacs_node');
    expect(await installation.resources.ledger.pool.acceptances.ofNode(node?.id ?? '')).toContainEqual(
      expect.objectContaining({ sopClassUid: comprehensive3dSr, status: 'refused', how: 'learnt' }),
    );

    const second = await announced(await makePhantom());
    const later = await installation.settled(second.studyInstanceUid);
    expect(statesOf(later.deliveries)).toEqual({
      'measurement-report': 'refused',
      'text-report': 'verified',
    });
    expect(pacs.gate.seen('POST', second.studyInstanceUid)).toHaveLength(1);
    await installation.rows('DELETE FROM acceptance');
  }, 120_000);

  it('does not believe a 200 with nothing stored: dead, with a reason', async () => {
    pacs.gate.disturb(({ method, body }) => {
      if (method !== 'POST') return undefined;
      const item = (uid: string) => ({
        '00081150': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.1.1.88.11'] },
        '00081155': { vr: 'UI', Value: [uid] },
      });
      const uid = /2\.25\.\d+/u.exec(body.toString('latin1'))?.[0] ?? '';
      const answer = { '00081199': { vr: 'SQ', Value: [item(uid)] } };
      return { answer: { status: 200, type: 'application/dicom+json', body: JSON.stringify(answer) } };
    });
    const study = await announced(await makePhantom());
    const story = await installation.settled(study.studyInstanceUid);
    expect(statesOf(story.deliveries)).toEqual({ 'measurement-report': 'dead', 'text-report': 'dead' });
    for (const { stateReason } of story.deliveries)
      expect(stateReason).toMatch(/does not have it|not there/u);
    expect(story.entries.filter(({ kind }) => kind === 'dead-letter')).toHaveLength(2);
    expect(await pacs.evidence(study.studyInstanceUid)).toEqual([]);
  }, 120_000);

  it('raises an alarm and holds the study when a report is read back under another patient', async () => {
    const study = await makePhantom({ patientId: 'RIGHT-PATIENT' });
    pacs.gate.disturb(({ method, body }) =>
      method === 'POST' && body.includes('RIGHT-PATIENT')
        ? { changeRequest: (sent) => replaced(sent, 'RIGHT-PATIENT', 'WRONG-PATIENT') }
        : undefined,
    );
    await announced(study);
    const story = await installation.settled(study.studyInstanceUid);
    expect(story.study.state).toBe('held');
    expect(story.study.stateReason).toMatch(/another patient/u);
    expect(story.deliveries.map(({ state }) => state)).toContain('misfiled');
    expect(story.deliveries.map(({ state }) => state)).not.toContain('verified');
    expect(story.entries.map(({ what }) => what)).toContain('alarm: misfiled');
  }, 120_000);

  it('stores again what was misfiled once a person has removed it and released the study, and not before', async () => {
    const study = await makePhantom({ patientId: 'RIGHT-PATIENT' });
    const uid = study.studyInstanceUid;
    pacs.gate.disturb(({ method, body }) =>
      method === 'POST' && body.includes('RIGHT-PATIENT')
        ? { changeRequest: (sent) => replaced(sent, 'RIGHT-PATIENT', 'WRONG-PATIENT') }
        : undefined,
    );
    await announced(study);
    expect((await installation.settled(uid)).study.state).toBe('held');
    pacs.gate.calm();
    await installation.release(uid, 'the archive was mended, and nothing removed');
    const again = await installation.settled(uid);
    expect(again.study.state).toBe('held');
    expect(again.deliveries.map(({ state }) => state)).toContain('misfiled');
    await pacs.remove(uid);
    await pacs.push(study);
    await installation.release(uid, 'removed by hand');
    const story = await installation.settled(uid);
    expect(story.deliveries.map(({ state }) => state)).toEqual(['verified', 'verified']);
    expect(await pacs.evidence(uid)).toHaveLength(2);
  }, 120_000);
});

function replaced(bytes: Buffer, from: string, to: string): Buffer {
  return Buffer.from(bytes.toString('latin1').replaceAll(from, to), 'latin1');
}
