import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventRow, OutboxRow, StepRow } from '@prelector/ledger';
import type {
  DeliveryRow,
  Hold,
  Ledger,
  NewEvidenceSeries,
  NewStudy,
  RunRow,
  StudyRow,
  Tx,
} from '@prelector/ledger';
import { storyLine } from '../../apps/prelector/src/commands/story-lines.js';
import { until } from '../system/until.testing.js';
import { freshUid, seed, some, testLedger } from './ledger.testing.js';

let ledger: Ledger;
let close: () => Promise<void>;
beforeAll(async () => ({ ledger, close } = await testLedger()));
afterAll(() => close());

const identity = { patientId: 'P1', accessionNumber: 'A1' };

const eventsOf = (subjectId: string) =>
  ledger.pool.sql.manager.find(EventRow, { where: { subjectId }, order: { id: 'ASC' } });

describe('a transition', () => {
  it('writes row, event and outbox together', async () => {
    const { study } = await seed(ledger);
    await ledger.transaction((tx) =>
      tx.moves.study(
        study.id,
        'complete',
        { who: 'trigger', why: 'no change for 60 s', next: [{ step: 'select' }] },
        { completionNo: 1, completedAt: new Date() },
      ),
    );
    const now = some(await ledger.pool.studies.byUid(study.studyInstanceUid));
    expect(now).toMatchObject({ state: 'complete', stateReason: 'no change for 60 s', completionNo: 1 });
    expect((await eventsOf(study.id)).at(-1)).toMatchObject({
      who: 'trigger',
      what: 'moved',
      before: { state: 'watching' },
      after: { state: 'complete' },
      why: 'no change for 60 s',
    });
    const step = await ledger.pool.sql.manager.findOneByOrFail(StepRow, { step: 'select', rowId: study.id });
    expect(await ledger.pool.sql.manager.countBy(OutboxRow, { stepId: step.id })).toBe(1);
  });

  it('refuses a step that the table does not list, and leaves nothing behind', async () => {
    const { run } = await seed(ledger);
    const events = (await eventsOf(run.id)).length;
    await expect(
      ledger.transaction((tx) => tx.moves.run(run.id, 'done', { who: 'analysis' })),
    ).rejects.toMatchObject({
      code: 'ledger.illegal-transition',
      message: expect.stringContaining('run from pending to done'),
    });
    expect((await ledger.pool.runs.byId(run.id))?.state).toBe('pending');
    expect(await eventsOf(run.id)).toHaveLength(events);
  });

  it('lets one of two that go the same way at once win', async () => {
    const { run } = await seed(ledger);
    const both = await Promise.allSettled(
      [1, 2].map(() => ledger.transaction((tx) => tx.moves.run(run.id, 'running', { who: 'analysis' }))),
    );
    expect(both.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('keeps when a run began and ended', async () => {
    const { run } = await seed(ledger);
    await ledger.transaction((tx) => tx.moves.run(run.id, 'running', { who: 'analysis' }));
    expect((await ledger.pool.runs.byId(run.id))?.startedAt).toBeInstanceOf(Date);
    await ledger.transaction((tx) =>
      tx.moves.run(run.id, 'done', { who: 'analysis' }, { outcome: 'measured' }),
    );
    expect(await ledger.pool.runs.byId(run.id)).toMatchObject({
      outcome: 'measured',
      endedAt: expect.any(Date),
    });
  });

  it('throws for a row that is not there', async () => {
    await expect(
      ledger.transaction((tx) =>
        tx.moves.run('00000000-0000-7000-8000-000000000000', 'running', { who: 'analysis' }),
      ),
    ).rejects.toMatchObject({ code: 'ledger.not-found' });
  });
});

describe('transactions that write of one study at once and then decide on it', () => {
  it.each([
    [
      'of its identity, and join it with its orders',
      async (tx: Tx, study: StudyRow, nodeId: string, both: () => Promise<void>) => {
        await tx.identities.recordSighting({ studyId: study.id, nodeId, stage: 'store', identity });
        await both();
        await tx.joining.joinStudy(study, { nodeId, identity }, { who: 'results' });
      },
    ],
    [
      'of its identity, and move it',
      async (tx: Tx, study: StudyRow, nodeId: string, both: () => Promise<void>) => {
        await tx.identities.recordSighting({ studyId: study.id, nodeId, stage: 'store', identity });
        await both();
        await tx.studies.lock(study.id);
        await tx.moves.reading(study.id, 'preliminary', { who: 'trigger' });
      },
    ],
  ])('do not wait for each other: %s', async (_what, work) => {
    const { study, node } = await seed(ledger);
    const count = 4;
    let begun = 0;
    let open: () => void;
    const opened = new Promise<void>((resolve) => (open = resolve));
    const both = async () => {
      if ((begun += 1) === count) open();
      await opened;
    };
    await Promise.all(
      Array.from({ length: count }, () => ledger.transaction((tx) => work(tx, study, node.id, both))),
    );
    // One that PostgreSQL ended because of a deadlock would have begun again.
    expect(begun).toBe(count);
  });
});

describe('a held study', () => {
  it('is left only by a person with a reason', async () => {
    const { study } = await seed(ledger);
    await ledger.transaction((tx) =>
      tx.moves.study(study.id, 'held', { who: 'results', why: 'Patient ID differs' }),
    );
    for (const move of [
      { who: 'trigger', why: 'time is up' },
      { who: 'person:it' },
      { who: 'person:it', why: ' ' },
    ])
      await expect(
        ledger.transaction((tx) => tx.moves.study(study.id, 'watching', move)),
      ).rejects.toMatchObject({ code: 'ledger.held-needs-a-person' });
    await ledger.transaction((tx) =>
      tx.moves.study(study.id, 'complete', { who: 'person:it', why: 'merged in the PACS' }),
    );
    expect((await ledger.pool.studies.byUid(study.studyInstanceUid))?.state).toBe('complete');
  });
});

describe('a study that is held for a second reason', () => {
  const gate = { who: 'results', why: 'Patient ID differs in the archive', awaitsOrder: false };
  const fetched = {
    who: 'analysis',
    why: 'identity within the fetched instances differs',
    awaitsOrder: false,
  };
  const ordered = { who: 'trigger', why: 'identity in the order differs', awaitsOrder: true };
  const heldFor = async (holds: readonly Hold[]) => {
    const { study } = await seed(ledger);
    for (const hold of holds)
      await ledger.transaction(async (tx) => tx.holds.hold(await tx.studies.lock(study.id), hold));
    const row = some(await ledger.pool.studies.byUid(study.studyInstanceUid));
    const told = (await eventsOf(study.id)).filter(({ what }) => what !== 'heard of');
    return { row, told: told.map(({ what, why }) => `${what}: ${why}`) };
  };

  it('keeps and tells every reason once, in whatever order they come', async () => {
    for (const [first, second, what] of [
      [gate, fetched, 'held for a further reason'],
      [ordered, gate, 'held for a person'],
      [gate, ordered, 'held for a further reason'],
    ] as const) {
      const { row, told } = await heldFor([first, second, first, second]);
      expect(row).toMatchObject({
        state: 'held',
        stateReason: `${first.why}; besides: ${second.why}`,
        awaitsOrder: false,
      });
      expect(told).toEqual([`moved: ${first.why}`, `${what}: ${second.why}`]);
    }
  });

  it('tells a reason again when it is held again', async () => {
    const { study } = await seed(ledger);
    const hold = () =>
      ledger.transaction(async (tx) => tx.holds.hold(await tx.studies.lock(study.id), fetched));
    await hold();
    await ledger.transaction((tx) =>
      tx.moves.study(study.id, 'watching', { who: 'person:pat', why: 'merged' }, { awaitsOrder: false }),
    );
    await ledger.transaction(async (tx) => tx.holds.hold(await tx.studies.lock(study.id), gate));
    const row = await hold();
    expect(row.stateReason).toBe(`${gate.why}; besides: ${fetched.why}`);
  });
});

describe('a release', () => {
  const seen = (studyInstanceUid: string, patientId: string) => ({ patientId, studyInstanceUid });

  /** Whether a release covers an identity that is seen at that time of a hold for two reasons. */
  async function covers(when: 'with the first reason' | 'with the second' | 'later'): Promise<boolean> {
    const { study, node } = await seed(ledger);
    const foreign = seen(study.studyInstanceUid, 'FOREIGN');
    const sight = (tx: Tx, patientId: string) =>
      tx.identities.recordSighting({
        studyId: study.id,
        nodeId: node.id,
        stage: 'fetch',
        identity: seen(study.studyInstanceUid, patientId),
      });
    const hold = (why: string, patientId: string | undefined) =>
      ledger.transaction(async (tx) => {
        if (patientId) await sight(tx, patientId);
        await tx.holds.hold(await tx.studies.lock(study.id), { who: 'results', why, awaitsOrder: false });
      });
    await hold('the first', when === 'with the first reason' ? 'FOREIGN' : 'P1');
    await hold('the second', when === 'with the second' ? 'FOREIGN' : undefined);
    if (when === 'later') await ledger.transaction((tx) => sight(tx, 'FOREIGN'));
    return ledger.transaction(async (tx) => {
      const reason = await tx.holds.lastReason([study.id]);
      await tx.identities.release({ id: study.id, who: 'person:pat', reason }, { identityIds: [] });
      return (await tx.identities.releasedOf(study.id))(foreign);
    });
  }

  it('covers what was seen until the last reason of the hold was given, and nothing later', async () => {
    expect(await covers('with the first reason')).toBe(true);
    expect(await covers('with the second')).toBe(true);
    expect(await covers('later')).toBe(false);
  });
});

describe('the reading state', () => {
  it('moves forward only, unless a person corrects it', async () => {
    const { study } = await seed(ledger);
    const read = async (to: 'unread' | 'preliminary' | 'final', who = 'trigger') =>
      (await ledger.transaction((tx) => tx.moves.reading(study.id, to, { who, why: 'OBR-25' }))).readingState;
    expect(await read('final')).toBe('final');
    expect(await read('preliminary')).toBe('final');
    expect(await read('unread', 'person:radiologist')).toBe('unread');
    const moved = (await eventsOf(study.id)).filter((event) => event.what === 'reading moved');
    expect(moved.map((event) => event.after)).toEqual([
      { readingState: 'final' },
      { readingState: 'unread' },
    ]);
  });
});

describe('studies', () => {
  it('are one, however many hear of them at once', async () => {
    const studyInstanceUid = freshUid();
    const heard = await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        ledger.transaction((tx) =>
          tx.studies.findOrCreate({ studyInstanceUid, priority: n, who: 'trigger' }),
        ),
      ),
    );
    expect(new Set(heard.map((one) => one.study.id)).size).toBe(1);
    expect(heard.filter((one) => one.created)).toHaveLength(1);
    expect((await eventsOf(some(heard[0]).study.id)).filter((one) => one.what === 'heard of')).toHaveLength(
      1,
    );
  });

  it('take the most urgent priority that was asked for', async () => {
    const studyInstanceUid = freshUid();
    const hear = (priority?: number) =>
      ledger.transaction((tx) => tx.studies.findOrCreate({ studyInstanceUid, priority, who: 'trigger' }));
    await hear();
    await hear(1);
    expect((await hear(4)).study.priority).toBe(1);
    expect(await ledger.pool.studies.byUid(studyInstanceUid)).toMatchObject({ priority: 1 });
  });

  it('keep what two notices say at once: announced in earnest by one, urgent and dated by another', async () => {
    const studyInstanceUid = freshUid();
    const hear = (tx: Tx, said: Partial<NewStudy>) =>
      tx.studies.findOrCreate({ studyInstanceUid, who: 'trigger', ...said });
    await ledger.transaction((tx) => hear(tx, { testOnly: true, priority: 9 }));
    const said = Promise.withResolvers<void>();
    const end = Promise.withResolvers<void>();
    const earnest = ledger.transaction(async (tx) => {
      await hear(tx, { testOnly: false, priority: 1 });
      said.resolve();
      await end.promise;
    });
    await said.promise;
    const test = ledger.transaction((tx) => hear(tx, { testOnly: true, priority: 4, studyDate: '20260101' }));
    const waits = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    await until('the second waits for the first', async () =>
      (await ledger.pool.sql.manager.query<unknown[]>(waits)).length > 0 ? true : undefined,
    );
    end.resolve();
    await Promise.all([earnest, test]);
    expect(await ledger.pool.studies.byUid(studyInstanceUid)).toMatchObject({
      testOnly: false,
      priority: 1,
      studyDate: '20260101',
    });
  });

  it('are told with their counts, one image in the singular', async () => {
    const { study, node } = await seed(ledger);
    await ledger.transaction(async (tx) => {
      const { copy } = await tx.copies.findOrCreate(study.id, node.id);
      for (const instances of [1, 2]) {
        const series = [{ seriesInstanceUid: '1.2.3', modality: 'CT', instances }];
        await tx.copies.recordObservation({
          copyId: copy.id,
          at: new Date(2026, 0, instances),
          instances,
          series,
        });
      }
    });
    const story = some(await ledger.pool.stories.ofStudy(study.studyInstanceUid));
    expect(story.entries.filter(({ kind }) => kind === 'observation').map(({ what }) => what)).toEqual([
      '1 instance in 1 series',
      '2 instances in 1 series',
    ]);
  });

  it('keep counts over time and know what changed', async () => {
    const { study, node } = await seed(ledger);
    const { copy } = await ledger.transaction((tx) => tx.copies.findOrCreate(study.id, node.id));
    const series = (instances: number | undefined) => [
      { seriesInstanceUid: '1.2', modality: 'CT', instances },
      { seriesInstanceUid: '1.1', modality: 'CT', instances: 2 },
    ];
    const observe = (seconds: number, instances: number | undefined) =>
      ledger.transaction((tx) =>
        tx.copies.recordObservation({
          copyId: copy.id,
          at: new Date(1_800_000_000_000 + seconds * 1000),
          instances: (instances ?? 1) + 2,
          series: series(instances),
        }),
      );
    expect(await observe(0, 5)).toEqual({ changed: true });
    expect(await observe(10, 5)).toEqual({ changed: false });
    expect(await observe(20, 6)).toEqual({ changed: true });
    expect(await observe(30, undefined)).toEqual({ changed: true });
    const [now] = await ledger.pool.copies.ofStudy(study.id);
    expect(now).toMatchObject({ instances: 3, series: 2, lastChangedAt: new Date(1_800_000_030_000) });
    const seen = await ledger.pool.copies.observationsOf(copy.id);
    expect(seen.map((one) => one.instances)).toEqual([7, 7, 8, 3]);
    expect(some(seen[0]).series.map((one) => one.seriesInstanceUid)).toEqual(['1.1', '1.2']);
    expect(await ledger.pool.copies.observationsOf(copy.id, new Date(1_800_000_020_000))).toHaveLength(2);
  });
});

describe('runs', () => {
  /** Another run of what `run` ran on. */
  const another = (tx: Tx, run: RunRow, runKey: string, revision: number) => {
    const { id: _id, state: _state, ...same } = run;
    const offered = {
      ...same,
      runKey,
      revision,
      ruleId: run.ruleId ?? undefined,
      ruleVersion: run.ruleVersion ?? undefined,
      selection: undefined,
      requestedBy: undefined,
      imagesAsOf: undefined,
    };
    return tx.runs.create(offered, [], 'analysis');
  };

  it('are one for one key, however many ask at once', async () => {
    const { run } = await seed(ledger);
    const asked = await Promise.all(
      Array.from({ length: 8 }, () => ledger.transaction((tx) => another(tx, run, `${run.runKey} again`, 1))),
    );
    expect(asked.filter((one) => one.created)).toHaveLength(1);
    expect(await ledger.pool.runs.ofStudy(run.studyId)).toHaveLength(2);
    expect(await ledger.pool.runs.latestRevision(run)).toEqual({
      revision: 1,
      runId: some(asked[0]).run.id,
    });
  });

  it('stand in a story with the steps that work on them, or neither does, whenever it is read', async () => {
    const { study, run } = await seed(ledger);
    const writing = new AbortController();
    const write = async () => {
      for (let revision = 1; revision <= 100; revision += 1) {
        await ledger.transaction(async (tx) => {
          const { run: made } = await another(tx, run, `${run.runKey} ${revision}`, revision);
          await tx.steps.schedule({ step: 'run', rowId: made.id });
        });
      }
      writing.abort();
    };
    const written = write();
    while (!writing.signal.aborted) {
      const { runs, openSteps } = some(await ledger.pool.stories.ofStudy(study.studyInstanceUid));
      const worked = openSteps.map(({ rowId }) => rowId).toSorted();
      expect(worked).toEqual(
        runs
          .map(({ id }) => id)
          .filter((id) => id !== run.id)
          .toSorted(),
      );
    }
    await written;
    const { openSteps } = some(await ledger.pool.stories.ofStudy(study.studyInstanceUid));
    expect(openSteps).toHaveLength(100);
  });
});

describe('evidence', () => {
  const digest = (letter: string) => letter.repeat(64);

  async function encoded(offer: Partial<NewEvidenceSeries> = {}) {
    const { study, run, node, rule } = await seed(ledger);
    return ledger.transaction(async (tx) => {
      const series = await tx.evidence.findOrCreateSeries({
        studyId: study.id,
        modelId: 'ct-lung-densitometry',
        kind: 'sr',
        presentation: 'qualified',
        seriesInstanceUid: freshUid(),
        seriesNumber: 9001,
        seriesDescription: 'AI, not reviewed',
        createdAt: new Date(),
        ...offer,
      });
      const { identityId } = await tx.identities.recordSighting({
        studyId: study.id,
        stage: 'store',
        identity: { patientId: 'P1' },
      });
      await tx.evidence.recordArtifact({
        digest: digest('d'),
        size: 10,
        mediaType: 'application/dicom',
        encrypted: true,
      });
      const offered = {
        runId: run.id,
        studyId: study.id,
        evidenceSeriesId: series.id,
        kind: 'sr',
        presentation: 'qualified' as const,
        identityId,
        sopClassUid: '1.2.840.10008.5.1.4.1.1.88.34',
        sopInstanceUid: freshUid(),
        seriesInstanceUid: series.seriesInstanceUid,
        instanceNumber: 1,
        template: 'TID 1500',
        transferSyntax: '1.2.840.10008.1.2.1',
        artifactDigest: digest('d'),
        encodedAt: new Date(),
      };
      const { evidence } = await tx.evidence.create(offered, 'results');
      return { study, run, node, rule, series, evidence, offered };
    });
  }

  it('keeps the number, description and time that a series had at first use', async () => {
    const { study, series } = await encoded();
    const later = await ledger.transaction((tx) =>
      tx.evidence.findOrCreateSeries({
        studyId: study.id,
        modelId: 'ct-lung-densitometry',
        kind: 'sr',
        presentation: 'qualified',
        seriesInstanceUid: series.seriesInstanceUid,
        seriesNumber: 9002,
        seriesDescription: 'another',
        createdAt: new Date(0),
      }),
    );
    expect(later).toEqual(series);
    expect(await ledger.pool.studies.ownSeriesOf(study.id)).toEqual(new Set([series.seriesInstanceUid]));
  });

  it('is kept once per SOP Instance UID, and delivered once per node', async () => {
    const { evidence, offered, node, rule, series } = await encoded();
    const again = await ledger.transaction((tx) => tx.evidence.create(offered, 'results'));
    expect(again).toEqual({ evidence, created: false });
    expect((await ledger.pool.evidence.latestInSeries(series.id))?.id).toBe(evidence.id);
    const deliver = () =>
      ledger.transaction((tx) =>
        tx.deliveries.create(
          { evidenceId: evidence.id, nodeId: node.id, nodeVersion: node.version, ruleId: rule.id },
          'results',
        ),
      );
    const [first, second] = await Promise.all([deliver(), deliver()]);
    expect(first.delivery.id).toBe(second.delivery.id);
    expect(first.created).not.toBe(second.created);
  });

  it('is named in every line of the story that is of it or of a delivery of it', async () => {
    const { study, evidence, node } = await encoded();
    const by = { who: 'results', why: 'the rule was turned off' };
    await ledger.transaction(async (tx) => {
      const delivered = { evidenceId: evidence.id, nodeId: node.id, nodeVersion: 1 };
      const { delivery } = await tx.deliveries.create(delivered, 'results');
      await tx.moves.delivery(delivery.id, 'not-sent', by);
    });
    const story = some(await ledger.pool.stories.ofStudy(study.studyInstanceUid));
    const lines = story.entries.flatMap(
      (entry) => storyLine(entry)?.slice('2026-01-01 00:00:00.000  '.length) ?? [],
    );
    expect(lines.filter((line) => /^(evidence|delivery)/u.test(line))).toEqual([
      'evidence encoded (sr of ct-lung-densitometry)',
      'delivery created to pending (sr of ct-lung-densitometry to pacs)',
      'delivery moved to not-sent (sr of ct-lung-densitometry to pacs): the rule was turned off',
    ]);
  });

  it('goes from pending to verified by its states only', async () => {
    const { evidence, node } = await encoded();
    const { delivery } = await ledger.transaction((tx) =>
      tx.deliveries.create({ evidenceId: evidence.id, nodeId: node.id, nodeVersion: 1 }, 'results'),
    );
    const move = (to: DeliveryRow['state']) =>
      ledger.transaction((tx) => tx.moves.delivery(delivery.id, to, { who: 'results' }));
    await expect(move('verified')).rejects.toMatchObject({ code: 'ledger.illegal-transition' });
    for (const to of ['attempted', 'attempted', 'stored', 'verified'] as const) await move(to);
    expect(await ledger.pool.deliveries.byId(delivery.id)).toMatchObject({
      state: 'verified',
      storedAt: expect.any(Date),
      verifiedAt: expect.any(Date),
    });
  });
});
