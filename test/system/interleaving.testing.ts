import { expect } from '@jest/globals';
import type { DeadLetter, StudyStory } from '@prelector/ledger';
import type { RetryPolicy } from '@prelector/pipeline';
import { TestInstallation, believedSearches } from './installation.testing.js';
import type { SeenRequest } from './pacs-gate.testing.js';
import type { PhantomStudy } from './phantom.testing.js';
import { makePhantom } from './phantom.testing.js';
import { TestPacs } from './test-pacs.testing.js';
import { until } from './until.testing.js';

export const isStore = ({ method }: SeenRequest): boolean => method === 'POST';

/** A promise that is never kept. */
export const never = new Promise<void>(() => undefined);

/** The states of the deliveries, in alphabetical order. */
export const statesOf = (story: StudyStory): string[] => story.deliveries.map(({ state }) => state).sort();

/** A PACS behind a gate and an installation, on which a test plays what happens in between, step by step. */
export class Interleaving {
  private constructor(
    readonly pacs: TestPacs,
    readonly installation: TestInstallation,
  ) {}

  /** @param retry when a step that failed is tried again: soon by default */
  static async start(pacs: Promise<TestPacs> = TestPacs.start(), retry?: RetryPolicy): Promise<Interleaving> {
    return new Interleaving(await pacs, await TestInstallation.start(undefined, undefined, retry));
  }

  async stop(): Promise<void> {
    await this.installation.stop();
    await this.pacs.stop();
  }

  /** No fault, nothing known of what the server takes, the rule on. */
  async afresh(): Promise<void> {
    this.pacs.gate.calm();
    this.pacs.gate.serverName = undefined;
    await this.installation.rows('DELETE FROM acceptance');
    await this.installation.configure({ pacs: this.pacs, node: believedSearches });
  }

  /** Stores a study, or its first slices, and announces it. */
  async announced(study?: PhantomStudy, end?: number): Promise<PhantomStudy> {
    const made = study ?? (await makePhantom());
    await this.pacs.push(made, 0, end);
    expect(await this.installation.tell({ identity: made.identity })).toBe('AA');
    return made;
  }

  letters(): Promise<DeadLetter[]> {
    return this.installation.resources.ledger.pool.deadLetters.open();
  }

  /** Every delivery that is given up has an open dead letter: none is left behind in silence. */
  async expectNothingSilent(story: StudyStory): Promise<void> {
    const open = (await this.letters()).map(({ rowId }) => rowId);
    for (const { deliveryId, state } of story.deliveries)
      if (state === 'dead') expect(open).toContain(deliveryId);
  }

  /** As if the time for which a report is looked for had passed, and the next look were due. */
  forgetTheTime(studyInstanceUid: string): Promise<void> {
    return this.#doubtedEarlier(studyInstanceUid, '3 days');
  }

  /** As if the time had passed for which a store that was never answered may be under way, and hardly more. */
  forgetThatItMayLand(studyInstanceUid: string): Promise<void> {
    return this.#doubtedEarlier(studyInstanceUid, '10 minutes');
  }

  async #doubtedEarlier(studyInstanceUid: string, by: string): Promise<void> {
    await this.installation.rows(
      `UPDATE delivery d SET in_doubt_since = in_doubt_since - $2::interval FROM evidence e, study s
       WHERE e.id = d.evidence_id AND s.id = e.study_id AND s.study_instance_uid = $1`,
      [studyInstanceUid, by],
    );
    // What came of a store is known by the attempt that had begun by then.
    await this.installation.rows(
      `UPDATE attempt a SET started_at = a.started_at - $2::interval
       FROM step p, delivery d, evidence e, study s
       WHERE p.id = a.step_id AND p.step = 'deliver' AND d.id = p.row_id AND e.id = d.evidence_id
         AND s.id = e.study_id AND s.study_instance_uid = $1`,
      [studyInstanceUid, by],
    );
    await this.hasten();
  }

  /** As if every pause before a next attempt were over. */
  async hasten(): Promise<void> {
    await this.installation.rows(`UPDATE outbox SET due_at = now() WHERE due_at > now()`);
    await this.installation.rows(`SELECT pg_notify('prelector_outbox', '')`);
  }

  /** The story of a study once it fulfils a condition, with no pause between attempts. */
  async hastenedUntil(
    studyInstanceUid: string,
    what: string,
    condition: (story: StudyStory) => boolean,
  ): Promise<StudyStory> {
    return until(what, async () => {
      await this.hasten();
      const story = await this.installation.story(studyInstanceUid);
      return story && condition(story) ? story : undefined;
    });
  }
}
