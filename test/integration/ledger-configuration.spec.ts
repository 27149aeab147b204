import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import { TypeOrmModule, getRepositoryToken } from '@nestjs/typeorm';
import type { SiteConfiguration } from '@prelector/ledger';
import { EventRow, Ledger, LedgerModule, Studies, StudyRow } from '@prelector/ledger';
import type { Repository } from 'typeorm';
import { by, seed, some, testKeys, testLedger } from './ledger.testing.js';

let ledger: Ledger;
let url: string;
let close: () => Promise<void>;
beforeAll(async () => ({ ledger, url, close } = await testLedger()));
afterAll(() => close());

const apply = (site: SiteConfiguration, options?: { prune?: boolean }) =>
  ledger.transaction((tx) => tx.configurationChanges.apply(site, by, options));
const current = () => ledger.pool.configuration.current();

const site: SiteConfiguration = {
  nodes: [
    { name: 'pacs', purpose: 'clinical', body: { url: 'http://pacs', paging: { limit: 100, by: 'offset' } } },
  ],
  feeds: [{ name: 'ris', body: { port: 2575 } }],
  rules: [{ name: 'lungs', packageId: 'ct-lung-densitometry', body: { sources: ['pacs'] } }],
};

describe('applying a site', () => {
  beforeEach(async () => {
    await apply({}, { prune: true });
    await apply(site);
  });

  it('changes nothing the second time, whatever the order of keys', async () => {
    const revision = await ledger.pool.configuration.revision();
    const changes = await apply({
      ...site,
      nodes: [
        {
          name: 'pacs',
          purpose: 'clinical',
          body: { paging: { by: 'offset', limit: 100 }, url: 'http://pacs' },
        },
      ],
    });
    expect(changes.map((one) => one.change)).toEqual(['unchanged', 'unchanged', 'unchanged']);
    expect(await ledger.pool.configuration.revision()).toBe(revision);
  });

  it('makes a version of each change and keeps the older ones', async () => {
    const before = some((await current()).nodes[0]);
    const revision = await ledger.pool.configuration.revision();
    await apply({ nodes: [{ name: 'pacs', purpose: 'test', body: { url: 'http://other' } }] });
    const after = some((await current()).nodes[0]);
    expect(after).toMatchObject({ id: before.id, version: before.version + 1, purpose: 'test' });
    expect((await ledger.pool.configuration.version(before.id, before.version)).body).toEqual({
      ...before.body,
      purpose: 'clinical',
    });
    expect(some((await ledger.pool.configuration.history('node', 'pacs'))[0])).toMatchObject({
      ...by,
      version: after.version,
    });
    expect(await ledger.pool.configuration.revision()).not.toBe(revision);
    await expect(ledger.pool.configuration.version(before.id, 999)).rejects.toMatchObject({
      code: 'ledger.not-found',
    });
  });

  it('takes away what is not named only when asked to, and brings it back under its old id', async () => {
    const { id } = some((await current()).feeds[0]);
    await apply({});
    expect((await current()).feeds).toHaveLength(1);
    expect((await apply({}, { prune: true })).map((one) => one.change)).toEqual([
      'removed',
      'removed',
      'removed',
    ]);
    expect(await current()).toMatchObject({ nodes: [], feeds: [], rules: [] });
    await apply(site);
    expect(some((await current()).feeds[0]).id).toBe(id);
  });

  it('is one change after the other when several apply at once', async () => {
    await Promise.all([1, 2, 3, 4].map((port) => apply({ feeds: [{ name: 'ris', body: { port } }] })));
    const versions = (await ledger.pool.configuration.history('feed', 'ris')).map((one) => one.version);
    expect(versions).toEqual([...versions].sort((a, b) => b - a));
    expect(new Set(versions).size).toBe(versions.length);
  });

  it('is all or nothing', async () => {
    await expect(
      apply({
        feeds: [{ name: 'ris', body: { port: 9 } }],
        activations: [{ rule: 'no such rule', state: 'shadow' }],
      }),
    ).rejects.toMatchObject({ code: 'ledger.configuration-unknown-name' });
    expect(some((await current()).feeds[0]).body).toEqual({ port: 2575 });
  });

  it('keeps text that JSON and SQL would take apart', async () => {
    const body = { odd: `'; DROP TABLE study; -- "\\ \u00e4\u{1F600}`, list: [1, [2]], nothing: null };
    await apply({ feeds: [{ name: `o'ris`, body }] });
    expect((await current()).feeds.find((feed) => feed.name === `o'ris`)?.body).toEqual(body);
  });
});

describe('switching a package', () => {
  const digest = 'e'.repeat(64);

  it('keeps who switched it on, when, why and the digest, and reads it anew', async () => {
    await apply(site);
    const rule = some((await current()).rules[0]);
    await apply({
      activations: [{ rule: 'lungs', state: 'on', packageDigest: digest, packageVersion: '1.2.0' }],
    });
    expect(await ledger.pool.configuration.activationOf(rule.id)).toMatchObject({
      ...by,
      state: 'on',
      packageId: 'ct-lung-densitometry',
      packageDigest: digest,
      at: expect.any(Date),
    });
    await apply({ activations: [{ rule: 'lungs', state: 'off' }] });
    expect((await current()).activations.get(rule.id)?.state).toBe('off');
    const switched = await ledger.pool.sql.manager.find(EventRow, {
      where: { subjectId: rule.id },
      order: { id: 'DESC' },
      take: 1,
    });
    expect(switched[0]).toMatchObject({
      what: 'package switched to off',
      before: { state: 'on', packageDigest: digest },
      who: by.who,
      why: by.why,
    });
  });

  it('on without a digest is refused by the database itself', async () => {
    await apply(site);
    await expect(apply({ activations: [{ rule: 'lungs', state: 'on' }] })).rejects.toThrow(
      /check constraint/u,
    );
  });
});

describe('acceptances', () => {
  it('keep the latest word, and let no declaration override what was learnt', async () => {
    const { node } = await seed(ledger);
    const say = (status: 'accepted' | 'refused', how: 'declared' | 'probed' | 'learnt') =>
      ledger.transaction((tx) =>
        tx.acceptances.record({
          nodeId: node.id,
          service: 'stow',
          sopClassUid: '1.2',
          status,
          how,
          evidence: how,
        }),
      );
    await say('accepted', 'declared');
    await say('refused', 'learnt');
    await say('accepted', 'declared');
    expect(await ledger.pool.acceptances.ofNode(node.id)).toMatchObject([
      { status: 'refused', how: 'learnt' },
    ]);
    await say('accepted', 'probed');
    expect(await ledger.pool.acceptances.ofNode(node.id)).toMatchObject([
      { status: 'accepted', how: 'probed' },
    ]);
  });
});

describe('the story of a study', () => {
  it('joins all that happened, in order of time, with reasons', async () => {
    const { study, run, rule, node } = await seed(ledger);
    await ledger.transaction(async (tx) => {
      await tx.notices.record({
        kind: 'person',
        who: 'person:it',
        reason: 'asked for',
        studyId: study.id,
        nodeId: node.id,
      });
      await tx.studies.recordVerdict({
        studyId: study.id,
        completionNo: 1,
        ruleId: rule.id,
        ruleVersion: rule.version,
        decision: 'run',
        reason: 'every condition holds',
        runId: run.id,
      });
    });
    const scheduled = await ledger.transaction((tx) => tx.steps.schedule({ step: 'run', rowId: run.id }));
    const claim = some(await ledger.pool.steps.claim({ ...scheduled, holder: 'worker-1', leaseSeconds: 60 }));
    await ledger.transaction((tx) =>
      tx.steps.bury(claim, { code: 'dicomweb.cut-off', message: 'The server ended the answer half way.' }),
    );
    const story = some(await ledger.pool.stories.ofStudy(study.studyInstanceUid));
    expect(story.entries.map((entry) => `${entry.kind}: ${entry.what}`)).toEqual(
      expect.arrayContaining([
        'event: heard of',
        'event: created',
        'notice: person notice used',
        'verdict: run by rule lungs',
        'attempt: run attempt 1 dead',
        'dead-letter: run given up',
      ]),
    );
    const times = story.entries.map((entry) => entry.at.getTime());
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(story.entries.find((entry) => entry.kind === 'dead-letter')).toMatchObject({
      why: 'The server ended the answer half way.',
      detail: { code: 'dicomweb.cut-off' },
    });
    expect(story.openSteps).toMatchObject([{ step: 'run', state: 'dead', rowId: run.id }]);
    expect(story.runs.map((one) => one.id)).toEqual([run.id]);
    expect(await ledger.pool.stories.ofStudy('9.9.9')).toBeUndefined();
    expect(await ledger.pool.status.counts()).toMatchObject({
      runs: { pending: expect.any(Number) },
      steps: { 'run:dead': 1 },
      deadLetters: 1,
      outbox: { due: 0, dispatched: 0, oldestDueAt: null },
      notices: { 'person:used': 1 },
    });
  });

  it('keeps what a run says once', async () => {
    const { run } = await seed(ledger);
    const findings = {
      version: 1,
      outcome: 'measured',
      summary: 'a',
      groups: [],
      series: [],
      facts: [],
      notes: [],
    } as const;
    const model = {
      id: 'm',
      name: 'M',
      version: '1',
      manufacturer: 'x',
      regulatoryStatus: 'not cleared',
      digest: 'd',
      family: { value: '1', scheme: 'DCM', meaning: 'f' },
    };
    const record = (summary: string) =>
      ledger.transaction((tx) =>
        tx.runs.recordFindings(
          run.id,
          { ...findings, groups: [], series: [], facts: [], notes: [], summary },
          model,
        ),
      );
    const first = await record('first');
    expect(await record('second')).toEqual(first);
    expect(first.body.summary).toBe('first');
  });
});

describe('LedgerModule', () => {
  it('makes the ledger and its repositories injectable, and closes what it opened', async () => {
    const app = await Test.createTestingModule({
      imports: [
        LedgerModule.forRoot({ url, keys: testKeys, poolSize: 2 }),
        TypeOrmModule.forFeature([StudyRow]),
      ],
    }).compile();
    const { study } = await seed(ledger);
    const own = app.get(Ledger);
    const repository = app.get<Repository<StudyRow>>(getRepositoryToken(StudyRow));
    expect((await repository.findOneByOrFail({ id: study.id })).studyInstanceUid).toBe(
      study.studyInstanceUid,
    );
    expect(await app.get(Studies).byUid(study.studyInstanceUid)).toMatchObject({ id: study.id });
    expect(own.installationId).toBe(ledger.installationId);
    await app.close();
    expect(own.dataSource.isInitialized).toBe(false);
  });

  it('leaves a ledger open that was handed over open', async () => {
    const app = await Test.createTestingModule({ imports: [LedgerModule.forRoot({ ledger })] }).compile();
    expect(app.get(Ledger)).toBe(ledger);
    await app.close();
    expect(ledger.dataSource.isInitialized).toBe(true);
  });

  it('says at once that the tables are missing where it may not make them', async () => {
    const empty = new URL(url);
    empty.pathname = '/postgres';
    await expect(
      Test.createTestingModule({
        imports: [LedgerModule.forRoot({ url: empty.href, keys: testKeys, migrate: false })],
      }).compile(),
    ).rejects.toMatchObject({ code: 'ledger.not-migrated' });
  });
});

describe('a run of an unknown rule', () => {
  it('is refused by the database and leaves nothing behind', async () => {
    const { run } = await seed(ledger);
    const { id: _id, state: _state, ...same } = run;
    const orphan = {
      ...same,
      runKey: 'orphan',
      ruleId: '00000000-0000-7000-8000-000000000000',
      ruleVersion: 1,
      selection: undefined,
      requestedBy: undefined,
      imagesAsOf: undefined,
    };
    await expect(ledger.transaction((tx) => tx.runs.create(orphan, [], 'analysis'))).rejects.toThrow(
      /foreign key/u,
    );
  });
});
