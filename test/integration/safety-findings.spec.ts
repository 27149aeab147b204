import { appendFile, cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { itemsOf, stringOf } from '@prelector/dicom';
import { reportMeasurements } from '@prelector/evidence';
import type { Findings, Measurement } from '@prelector/findings';
import { TestInstallation } from '../system/installation.testing.js';
import { leaksOf } from '../system/leaks.testing.js';
import { makePhantom } from '../system/phantom.testing.js';
import type { PhantomStudy } from '../system/phantom.testing.js';
import { TestPacs } from '../system/test-pacs.testing.js';
import type { StoredEvidence } from '../system/test-pacs.testing.js';
import { until } from '../system/until.testing.js';

const densities = ['mean-lung-density', 'perc15', 'laa950'];
/** As many slices as lie side by side. */
const noGaps = { slices: 250 };
const everything = ['lung-volume', ...densities];

describe('findings and what is said of them', () => {
  let pacs: TestPacs;
  let installation: TestInstallation;
  let models: string;
  const made: PhantomStudy[] = [];

  beforeAll(async () => {
    pacs = await TestPacs.start();
    models = await mkdtemp(join(tmpdir(), 'prelector-models-'));
    const shipped = new URL('../../models/ct-lung-densitometry', import.meta.url).pathname;
    await cp(shipped, join(models, 'ct-lung-densitometry'), { recursive: true });
    installation = await TestInstallation.start(models);
  }, 60_000);

  beforeEach(async () => {
    pacs.gate.calm();
    await installation.configure({ pacs });
  });

  afterAll(async () => {
    await installation?.stop();
    await pacs?.stop();
    await rm(models, { recursive: true, force: true });
  }, 60_000);

  async function announced(study: PhantomStudy, end?: number): Promise<PhantomStudy> {
    made.push(study);
    await pacs.push(study, 0, end);
    expect(await installation.tell({ identity: study.identity })).toBe('AA');
    return study;
  }

  describe.each([
    {
      what: 'a contrast agent',
      options: { contrast: true, ...noGaps },
      affected: densities,
      words: /contrast agent/u,
    },
    {
      what: 'a cut-off apex',
      options: { cutApex: true, ...noGaps },
      affected: everything,
      words: /first and last slice/u,
    },
    { what: 'gaps between slices', options: {}, affected: everything, words: /gap between slices/u },
  ])('with $what', ({ options, affected, words }) => {
    it('qualifies the measurements at a test node, with the condition', async () => {
      const study = await announced(await makePhantom(options));
      const story = await installation.settled(study.studyInstanceUid);
      expect(story.deliveries.map(({ state }) => state)).toEqual(['verified', 'verified']);
      const stored = await pacs.evidence(study.studyInstanceUid);
      const reported = stored.flatMap(({ dataset }) => reportMeasurements(dataset));
      expect(reported).toHaveLength(4);
      const invalid = reported.filter(({ valid }) => !valid);
      expect(invalid).toHaveLength(affected.length);
      for (const { conditions } of invalid) expect(conditions.join()).toMatch(words);
    }, 120_000);

    it('withholds the measurements at a clinical node: the numbers stand in no stored byte', async () => {
      await installation.configure({ pacs, purpose: 'clinical' });
      const study = await announced(await makePhantom(options));
      const story = await installation.settled(study.studyInstanceUid);
      expect(story.deliveries.map(({ state }) => state)).toEqual(['verified', 'verified']);
      const withheld = measurementsOf(await installation.findings(story)).filter(({ valid }) => !valid);
      expect(withheld.map(({ key }) => key)).toEqual(affected);
      const stored = await pacs.evidence(study.studyInstanceUid);
      expect(stored.flatMap(({ dataset }) => reportMeasurements(dataset))).toHaveLength(4 - affected.length);
      for (const measurement of withheld) {
        for (const evidence of stored) expect(spellingsIn(evidence, measurement)).toEqual([]);
      }
      expect(stored.some(({ bytes }) => words.test(Buffer.from(bytes).toString('latin1')))).toBe(true);
    }, 120_000);
  });

  it('says in the chart that the model could not look at a study that lacks images', async () => {
    const study = await announced(await makePhantom(), 8);
    const story = await installation.settled(study.studyInstanceUid);
    expect(story.runs.map(({ state, outcome }) => ({ state, outcome }))).toEqual([
      { state: 'done', outcome: 'incomplete-input' },
    ]);
    expect(story.deliveries.map(({ state }) => state)).toEqual(['verified', 'verified']);
    const stored = await pacs.evidence(study.studyInstanceUid);
    expect(stored).toHaveLength(2);
    for (const { dataset } of stored) {
      expect(reportMeasurements(dataset)).toEqual([]);
      expect(JSON.stringify(dataset)).toMatch(/did not run/u);
    }
  }, 120_000);

  it('keeps the findings of a rule in shadow, and sends them once it is on without a second run', async () => {
    await installation.configure({ pacs, state: 'shadow' });
    const study = await announced(await makePhantom());
    const shadow = await installation.settled(study.studyInstanceUid);
    expect(shadow.runs.map(({ outcome }) => outcome)).toEqual(['measured']);
    expect((await installation.findings(shadow)).groups).toHaveLength(1);
    expect(shadow.deliveries.map(({ stateReason }) => stateReason)).toEqual([
      'the rule is in shadow: findings are kept, nothing is sent',
      'the rule is in shadow: findings are kept, nothing is sent',
    ]);
    expect(pacs.gate.seen('POST', study.studyInstanceUid)).toEqual([]);

    await installation.configure({ pacs, state: 'on' });
    await installation.askAgain(study.studyInstanceUid);
    const sent = await installation.storyWhen(
      study.studyInstanceUid,
      'the report is verified',
      ({ deliveries }) => deliveries.every(({ state }) => state === 'verified'),
    );
    expect(sent.runs).toHaveLength(1);
    expect(await pacs.evidence(study.studyInstanceUid)).toHaveLength(2);
  }, 120_000);

  it('opens a study again for late images, and the changed result names the one before', async () => {
    await installation.configure({ pacs, poll: true });
    await installation.polled();
    await until('the first poll is over', async () =>
      pacs.gate.seen('GET', 'studies?00080020=').length > 0 ? true : undefined,
    );
    const study = await announced(await makePhantom(), 38);
    const before = await installation.settled(study.studyInstanceUid);
    expect(before.deliveries.map(({ state }) => state)).toEqual(['verified', 'verified']);
    await pacs.push(study, 38);
    const after = await installation.storyWhen(
      study.studyInstanceUid,
      'the changed result is verified',
      ({ deliveries }) => deliveries.filter(({ state }) => state === 'verified').length === 4,
    );
    expect(after.study.completionNo).toBe(2);
    expect(after.runs).toHaveLength(2);
    const stored = await pacs.evidence(study.studyInstanceUid);
    expect(stored).toHaveLength(4);
    const named = stored.flatMap(({ dataset }) => predecessorsOf(dataset));
    const first = before.deliveries.map(({ sopInstanceUid }) => sopInstanceUid);
    expect(named.sort()).toEqual(first.sort());
    expect(new Set(stored.map(({ seriesInstanceUid }) => seriesInstanceUid)).size).toBe(2);
  }, 120_000);

  it('comes to a verified report although the fetch was cut off once', async () => {
    let cuts = 0;
    pacs.gate.disturb(({ method, path }) =>
      method === 'GET' && /series\/[0-9.]+(?:\/instances\/[0-9.]+)?$/u.test(path) && cuts++ === 0
        ? { cutAfter: 5000 }
        : undefined,
    );
    const study = await announced(await makePhantom());
    const story = await installation.settled(study.studyInstanceUid);
    expect(cuts).toBeGreaterThan(1);
    expect(story.runs).toHaveLength(1);
    expect(story.deliveries.map(({ state }) => state)).toEqual(['verified', 'verified']);
  }, 120_000);

  it('tries a fetch that was cut off again, and in the end says in the story why there is no result', async () => {
    const cut = pacs.gate.disturb(({ method, path }) =>
      // Before it is announced, single instances are looked at for its accession number.
      method === 'GET' && /series\/[0-9.]+$/u.test(path) ? { cutAfter: 5000 } : undefined,
    );
    const study = await announced(await makePhantom());
    const story = await installation.storyWhen(
      study.studyInstanceUid,
      'the run is given up',
      ({ runs }) => runs[0]?.state === 'dead',
    );
    cut();
    expect(story.deliveries).toEqual([]);
    const attempts = story.entries.filter(
      ({ kind, what }) => kind === 'attempt' && what.startsWith('run attempt'),
    );
    expect(attempts.map(({ what, why, detail }) => [what, why, detail?.['code']])).toHaveLength(3);
    const letters = story.entries.filter(({ kind }) => kind === 'dead-letter');
    expect(letters).toHaveLength(1);
    expect(letters[0]?.why).toMatch(/\w+ \w+ \w+/u);
    expect(story.runs[0]?.stateReason).toBe(letters[0]?.why);
  }, 120_000);

  it('counts a package that has changed since it was turned on as off', async () => {
    await installation.configure({ pacs, state: 'on' });
    await appendFile(join(models, 'ct-lung-densitometry', 'MODEL-CARD.md'), '\nChanged.\n');
    const skipped = await until('the change is noticed', async () => {
      const study = await announced(await makePhantom());
      const story = await installation.settled(study.studyInstanceUid);
      return story.runs.length === 0 ? story : undefined;
    });
    expect(skipped.deliveries).toEqual([]);
    expect(skipped.entries.find(({ kind }) => kind === 'verdict')?.why).toMatch(/package had changed/u);
    expect(pacs.gate.seen('POST', skipped.study.studyInstanceUid)).toEqual([]);
  }, 120_000);

  it('ends every study in a verified report or a reason that a person can see', async () => {
    expect(made.length).toBeGreaterThanOrEqual(8);
    for (const { studyInstanceUid } of made) {
      const story = await installation.settled(studyInstanceUid);
      const reasons = [
        ...story.runs.map(({ state, stateReason }) => state === 'done' || stateReason),
        ...story.deliveries.map(({ state, stateReason }) => state === 'verified' || stateReason),
        ...(story.runs.length === 0
          ? story.entries.filter(({ kind }) => kind === 'verdict').map(({ why }) => why)
          : []),
      ];
      expect(reasons.length).toBeGreaterThan(0);
      expect(reasons.every(Boolean)).toBe(true);
    }
  }, 60_000);

  it('writes no identity into a log line or a readable column', async () => {
    const values = made.flatMap(({ identity }) => [
      identity.patientId ?? '',
      identity.accessionNumber ?? '',
      `${identity.name?.given}`.split(' ').at(-1) ?? '',
    ]);
    expect(new Set(values).size).toBeGreaterThan(10);
    expect(await leaksOf(installation, values)).toEqual([]);
  }, 60_000);
});

const measurementsOf = (findings: Findings): Measurement[] =>
  findings.groups.flatMap(({ measurements }) => measurements);

/** Every way in which a withheld number might stand in the bytes after all; digits within a UID are none. */
function spellingsIn({ bytes }: StoredEvidence, { value, decimals, unit }: Measurement): string[] {
  const text = Buffer.from(bytes).toString('latin1');
  const rounded = value.toFixed(decimals);
  const spellings = [`${rounded} ${unit.value}`, `${rounded} HU`, `${Number(rounded)} ${unit.value}`];
  if (!Number.isInteger(value)) spellings.push(String(value));
  if (Math.abs(value) >= 100) spellings.push(rounded);
  return spellings.filter((each) => standsAlone(text, each));
}

function standsAlone(text: string, number: string): boolean {
  const literal = number.replaceAll(/[.[\]]/gu, '\\$&');
  return new RegExp(`(?<![0-9.])${literal}(?![0-9])`, 'u').test(text);
}

function predecessorsOf(dataset: StoredEvidence['dataset']): string[] {
  return itemsOf(dataset, '0040A360').flatMap((study) =>
    itemsOf(study, '00081115').flatMap((series) =>
      itemsOf(series, '00081199').flatMap((each) => stringOf(each, '00081155') ?? []),
    ),
  );
}
