import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { stringOf, tags } from '@prelector/dicom';
import { PrelectorError, silentLog } from '@prelector/kernel';
import type { ArtifactStore, StoredArtifact } from '@prelector/platform';
import { OrphanSweep } from '../../apps/results/src/encoding/orphan-sweep.js';
import { Interleaving, statesOf } from '../system/interleaving.testing.js';
import { makePhantom } from '../system/phantom.testing.js';

let play: Interleaving;
let artifacts: ArtifactStore;
let sweep: OrphanSweep;
beforeAll(async () => {
  play = await Interleaving.start();
  const { resources } = play.installation;
  artifacts = resources.artifacts;
  sweep = new OrphanSweep(resources.ledger, artifacts, silentLog);
}, 60_000);
beforeEach(() => play.afresh(), 60_000);
afterEach(() => void Reflect.deleteProperty(artifacts, 'put'));
afterAll(() => play?.stop(), 60_000);

/** Does something after each artifact is kept, and says which were. */
function afterPut(then: (kept: StoredArtifact, number: number) => Promise<void>): StoredArtifact[] {
  const all: StoredArtifact[] = [];
  const put = artifacts.put.bind(artifacts);
  artifacts.put = async (...given) => {
    const kept = await put(...given);
    all.push(kept);
    await then(kept, all.length);
    return kept;
  };
  return all;
}

async function digestsOf(sql: string, uid: string): Promise<string[]> {
  const rows = await play.installation.rows<{ digest: string }>(sql, [uid]);
  return rows.map(({ digest }) => digest).sort();
}
const ofEvidence = (uid: string) =>
  digestsOf(
    `SELECT e.artifact_digest AS digest FROM evidence e JOIN study s ON s.id = e.study_id
     WHERE s.study_instance_uid = $1`,
    uid,
  );

describe('evidence that is encoded ahead of the transaction that writes it', () => {
  it('is encoded and kept while nobody holds the study', async () => {
    const study = await makePhantom();
    const held: unknown[] = [];
    const kept = afterPut(async () => {
      const free = play.installation.rows(
        'SELECT id FROM study WHERE study_instance_uid = $1 FOR UPDATE NOWAIT',
        [study.studyInstanceUid],
      );
      await free.catch((thrown: unknown) => held.push(thrown));
    });
    await play.announced(study);
    const story = await play.installation.settled(study.studyInstanceUid);
    expect(statesOf(story)).toEqual(['verified', 'verified']);
    expect(kept.map(({ digest }) => digest).sort()).toEqual(await ofEvidence(study.studyInstanceUid));
    expect(held).toEqual([]);
  }, 120_000);

  it('is the same, and there once, after a death between keeping and writing it', async () => {
    const study = await makePhantom();
    const kept = afterPut(async (_one, number) => {
      if (number === 2) throw new PrelectorError('test.died', 'transient', 'It died here.');
    });
    await play.announced(study);
    const story = await play.installation.settled(study.studyInstanceUid);
    expect(statesOf(story)).toEqual(['verified', 'verified']);
    expect(kept).toHaveLength(4);
    expect(kept.slice(2)).toEqual(kept.slice(0, 2));
    expect(await ofEvidence(study.studyInstanceUid)).toEqual(
      kept
        .slice(2)
        .map(({ digest }) => digest)
        .sort(),
    );
    expect(await play.pacs.evidence(study.studyInstanceUid)).toHaveLength(2);
    expect(await sweep.sweep(0)).toBe(0);
  }, 120_000);

  it('is encoded anew where its place became another meanwhile; what nothing came of is swept', async () => {
    const study = await makePhantom();
    const kept = afterPut(async (_one, number) => {
      if (number > 1) return;
      await play.installation.rows(
        `INSERT INTO evidence_series (id, installation_id, study_id, model_id, kind, presentation,
           series_instance_uid, series_number, series_description)
         SELECT gen_random_uuid(), i.id, s.id, 'ct-lung-densitometry', 'text-report', p.name, '2.25.' || p.number,
           9001, 'AI planted, report, NOT REVIEWED'
         FROM installation i, study s, (VALUES ('qualified', 77001), ('withheld', 77002)) AS p (name, number)
         WHERE s.study_instance_uid = $1`,
        [study.studyInstanceUid],
      );
    });
    await play.announced(study);
    const story = await play.installation.settled(study.studyInstanceUid);
    expect(statesOf(story)).toEqual(['verified', 'verified']);
    const stored = await play.pacs.evidence(study.studyInstanceUid);
    expect(stored).toHaveLength(2);
    const series = stored.map(({ dataset }) => stringOf(dataset, tags.SeriesInstanceUID));
    expect(series.filter((uid) => /^2\.25\.7700[12]$/u.test(uid ?? ''))).toHaveLength(1);
    const used = await ofEvidence(study.studyInstanceUid);
    const orphans = kept.map(({ digest }) => digest).filter((digest) => !used.includes(digest));
    expect(orphans).toHaveLength(1);
    expect(await sweep.sweep(3600)).toBe(0);
    expect(await sweep.sweep(0)).toBe(1);
    expect(await artifacts.has(orphans[0] ?? '')).toBe(false);
    for (const digest of used) expect(await artifacts.has(digest)).toBe(true);
    expect(await sweep.sweep(0)).toBe(0);
  }, 120_000);
});
