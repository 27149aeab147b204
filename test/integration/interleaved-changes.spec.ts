import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { StudyStory } from '@prelector/ledger';
import { siteOf } from '../system/installation.testing.js';
import { Interleaving, statesOf } from '../system/interleaving.testing.js';
import type { PhantomStudy } from '../system/phantom.testing.js';
import { makePhantom } from '../system/phantom.testing.js';
import { until } from '../system/until.testing.js';

let play: Interleaving;
beforeAll(async () => {
  play = await Interleaving.start();
}, 60_000);
beforeEach(() => play.afresh(), 60_000);
afterAll(() => play?.stop(), 60_000);

/** Both deliveries stand in the middle of the gate; then something changes, and they go on. */
async function atTheGate(change: (study: PhantomStudy) => Promise<unknown>): Promise<StudyStory> {
  const study = await makePhantom();
  const open = Promise.withResolvers<void>();
  let asked = 0;
  play.pacs.gate.disturb(({ method, path }) => {
    if (method !== 'GET' || !path.includes(study.studyInstanceUid)) return undefined;
    if (!/\/instances\/[0-9.]+$/u.test(path)) return undefined;
    asked += 1;
    // The first is of the encoding, those after it are of the gates.
    return asked > 1 ? { wait: open.promise } : undefined;
  });
  await play.announced(study);
  await until('both are at the gate', async () => (asked === 3 ? true : undefined));
  await change(study);
  open.resolve();
  return play.installation.settled(study.studyInstanceUid);
}

/** The site of the test without its rules, or without its nodes. */
function configureOnly({ nodes = true, rules = true }): Promise<unknown> {
  const site = siteOf({ pacs: play.pacs }, play.installation.hl7Port);
  const rest = {
    nodes: nodes
      ? site.nodes.map((node) => ({ name: node.name, purpose: node.purpose, body: { ...node } }))
      : [],
    feeds: site.feeds.map((feed) => ({ name: feed.name, body: { ...feed } })),
    rules: rules
      ? site.rules.map((rule) => ({ name: rule.name, packageId: rule.model, body: { ...rule } }))
      : [],
  };
  const by = { who: 'person:tester', why: 'a test' };
  return play.installation.resources.ledger.transaction((tx) =>
    tx.configurationChanges.apply(rest, by, { prune: true }),
  );
}

const studyId = async ({ studyInstanceUid }: PhantomStudy) =>
  (await play.installation.story(studyInstanceUid))?.study.id ?? '';

describe('what changes while a delivery stands in the gate', () => {
  it.each([
    { what: 'the purpose of the node', site: { purpose: 'clinical' as const }, why: /purpose of the node/u },
    { what: 'the outcomes that are reported', site: { rule: { report: ['positive'] } }, why: /outcome/u },
    { what: 'the rule, to shadow', site: { state: 'shadow' as const }, why: /shadow/u },
    { what: 'the rule, to off', site: { state: 'off' as const }, why: /rule is off/u },
  ])(
    'is $what: nothing is stored by what held before',
    async ({ site, why }) => {
      const story = await atTheGate(() => play.installation.configure({ pacs: play.pacs, ...site }));
      expect(statesOf(story)).toEqual(['not-sent', 'not-sent']);
      for (const { stateReason } of story.deliveries) expect(stateReason).toMatch(why);
      expect(play.pacs.gate.seen('POST', story.study.studyInstanceUid)).toEqual([]);
    },
    120_000,
  );

  it('is the rule, taken away: nothing is stored by what it asked for', async () => {
    const story = await atTheGate(() => configureOnly({ rules: false }));
    expect(statesOf(story)).toEqual(['not-sent', 'not-sent']);
    for (const { stateReason } of story.deliveries) expect(stateReason).toMatch(/no longer configured/u);
    expect(play.pacs.gate.seen('POST', story.study.studyInstanceUid)).toEqual([]);
  }, 120_000);

  it('is the node, taken away: its deliveries are given up with an open letter', async () => {
    const story = await atTheGate(() => configureOnly({ rules: false, nodes: false }));
    expect(statesOf(story)).toEqual(['dead', 'dead']);
    await play.expectNothingSilent(story);
    expect(play.pacs.gate.seen('POST', story.study.studyInstanceUid)).toEqual([]);
  }, 120_000);

  it('is the address of the node: the gate is passed anew, at the new one', async () => {
    const story = await atTheGate(() =>
      play.installation.configure({ pacs: play.pacs, node: { timeZone: 'Asia/Tokyo' } }),
    );
    expect(statesOf(story)).toEqual(['verified', 'verified']);
    const deferred = await play.installation.rows(
      `SELECT 1 FROM attempt WHERE message LIKE '%configured anew%' AND result = 'deferred'`,
    );
    expect(deferred).toHaveLength(2);
  }, 120_000);

  it('is the study, held and released: the gate is passed anew', async () => {
    const story = await atTheGate(async (study) => {
      const id = await studyId(study);
      await play.installation.resources.ledger.transaction((tx) =>
        tx.moves.study(id, 'held', { who: 'trigger', why: 'Patient ID differs' }),
      );
      play.pacs.gate.calm();
      await play.installation.release(study.studyInstanceUid, 'it is the right patient');
    });
    expect(statesOf(story)).toEqual(['verified', 'verified']);
    const again = await play.installation.rows(
      `SELECT 1 FROM attempt WHERE message LIKE '%released or completed anew%' AND result = 'deferred'`,
    );
    expect(again).toHaveLength(2);
  }, 120_000);

  it('is a purge: nothing of the patient is stored afterwards', async () => {
    const story = await atTheGate(async (study) => {
      const id = await studyId(study);
      await play.installation.resources.ledger.transaction((tx) =>
        tx.retention.purgeStudy(id, { who: 'person:pat', why: 'asked for by the patient' }),
      );
    });
    expect(play.pacs.gate.seen('POST', story.study.studyInstanceUid)).toEqual([]);
    for (const { state, stateReason } of story.deliveries) {
      expect(['not-sent', 'held']).toContain(state);
      expect(stateReason).toMatch(/purged|no longer known/u);
    }
  }, 120_000);
});
