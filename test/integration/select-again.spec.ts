import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { siteOf } from '../system/installation.testing.js';
import { Interleaving } from '../system/interleaving.testing.js';
import { TestPacs } from '../system/test-pacs.testing.js';

/** More attempts than the rules that are not affected wait for the ones that are. */
const retry = { maximumAttempts: 500, initialDelayMs: 100, maximumDelayMs: 200 };

let play: Interleaving;
beforeAll(async () => {
  play = await Interleaving.start(TestPacs.start(), retry);
}, 60_000);
beforeEach(() => play.afresh(), 60_000);
afterAll(() => play?.stop(), 60_000);

describe('a rule that asks for a procedure code, beside metadata that stay short', () => {
  it('is applied when an order states the code while they are waited for', async () => {
    const { hl7Port } = play.installation;
    const site = siteOf({ pacs: play.pacs }, hl7Port);
    const [rule] = site.rules;
    const coded = {
      ...rule,
      name: 'coded',
      conditions: { ...rule?.conditions, procedureCodes: ['CTCHEST'] },
    };
    await play.installation.apply({ ...site, rules: [rule, coded] as typeof site.rules });
    play.pacs.gate.disturb(({ path }) =>
      path.endsWith('/metadata')
        ? {
            changeAnswer: (body) =>
              Buffer.from(JSON.stringify((JSON.parse(body.toString()) as unknown[]).slice(1))),
          }
        : undefined,
    );
    const study = await play.announced();
    const { studyInstanceUid, identity } = study;
    await play.hastenedUntil(studyInstanceUid, 'it has waited for long', ({ openSteps }) =>
      openSteps.some(({ step, failures }) => step === 'select' && failures > 2),
    );
    expect(
      await play.installation.tell({
        identity,
        procedureCode: { value: 'CTCHEST', scheme: 'L', meaning: 'CT' },
      }),
    ).toBe('AA');
    play.pacs.gate.calm();
    const story = await play.hastenedUntil(
      studyInstanceUid,
      'it is selected from',
      ({ openSteps, runs }) => runs.some(({ outcome }) => outcome === 'measured') && openSteps.length === 0,
    );
    const decided = story.entries.filter(({ kind }) => kind === 'verdict').map(({ what }) => what);
    expect(decided).toHaveLength(3);
    expect(decided).toEqual(
      expect.arrayContaining(['skip by rule coded', 'run by rule lungs', 'run by rule coded']),
    );
  }, 120_000);
});

describe('a server that counts a series more than it lists', () => {
  it('has a study that no model reads passed over, with that in words and without a letter', async () => {
    const { hl7Port } = play.installation;
    const site = siteOf({ pacs: play.pacs }, hl7Port);
    play.pacs.gate.disturb(({ path }) => {
      if (!/\/studies\?|\/series(?:\?|$)/u.test(path)) return undefined;
      return {
        changeAnswer: (body) =>
          Buffer.from(
            JSON.stringify(
              (JSON.parse(body.toString()) as Record<string, unknown>[]).map((each) => ({
                ...each,
                '00201206': { vr: 'IS', Value: [2] },
                ...('00080060' in each ? { '00080060': { vr: 'CS', Value: ['MR'] } } : {}),
              })),
            ),
          ),
      };
    });
    await play.installation.apply({
      ...site,
      rules: [{ ...site.rules[0], conditions: {} }] as typeof site.rules,
    });
    const { studyInstanceUid } = await play.announced();
    const story = await play.hastenedUntil(
      studyInstanceUid,
      'it is decided',
      ({ entries, openSteps }) =>
        entries.some(({ what }) => what === 'skip by rule lungs') && openSteps.length === 0,
    );
    const verdict = story.entries.find(({ what }) => what === 'skip by rule lungs');
    expect(verdict).toMatchObject({
      why: expect.stringMatching(/^not applicable: .*counts 2 series in the study and lists 1/u),
    });
  }, 120_000);
});
