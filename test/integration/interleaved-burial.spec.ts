import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Interleaving, isStore, statesOf } from '../system/interleaving.testing.js';
import type { Fault } from '../system/pacs-gate.testing.js';
import { failedStore, forms } from '../system/store-answers.testing.js';
import { until } from '../system/until.testing.js';

let play: Interleaving;
beforeAll(async () => {
  play = await Interleaving.start();
}, 60_000);
beforeEach(() => play.afresh(), 60_000);
afterAll(() => play?.stop(), 60_000);

describe('a delivery that is given up while it is asked for again', () => {
  /** The server cannot read the object; before it says so, a person asks for the study once more. */
  async function buriedWhileAskedFor(later: Fault): Promise<string> {
    const [reached, letGo] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let stores = 0;
    play.pacs.gate.disturb((request) => {
      if (!isStore(request) || !request.body.includes(forms[0])) return undefined;
      stores += 1;
      if (stores > 1) return later(request);
      reached.resolve();
      return { ...failedStore(request, 0xc000), after: letGo.promise };
    });
    const { studyInstanceUid } = await play.announced();
    await reached.promise;
    await play.installation.askAgain(studyInstanceUid);
    await until('the delivery is asked for again', async () => {
      const rows = await play.installation.rows(
        `SELECT 1 FROM step JOIN delivery d ON d.id = step.row_id JOIN evidence e ON e.id = d.evidence_id
         JOIN study s ON s.id = e.study_id
         WHERE s.study_instance_uid = $1 AND step.step = 'deliver' AND again_at IS NOT NULL`,
        [studyInstanceUid],
      );
      return rows.length > 0 ? true : undefined;
    });
    letGo.resolve();
    await until('it was stored again', async () => (stores > 1 ? true : undefined));
    return studyInstanceUid;
  }

  it('is tried again', async () => {
    const story = await play.installation.settled(await buriedWhileAskedFor(() => undefined));
    expect(statesOf(story)).toEqual(['verified', 'verified']);
    await play.expectNothingSilent(story);
  }, 120_000);

  it('is dead with an open letter when it is given up once more', async () => {
    const uid = await buriedWhileAskedFor((request) => failedStore(request, 0xc000));
    const story = await play.installation.settled(uid);
    expect(statesOf(story)).toEqual(['dead', 'verified']);
    await play.expectNothingSilent(story);
  }, 120_000);
});
