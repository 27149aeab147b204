import { standingRuns } from '../runs/standing-runs.js';
import { rowsOf } from '../sql.js';
import { scheduleStep } from '../steps/schedule-step.js';
import type { Tx } from '../tx.js';

/**
 * What a study's results were kept back for counts no more, be it an order that was cancelled, a report, a person's
 * wish or a test: the newest result of each model that is kept, or that is looked for and would be, is encoded anew
 * and decided on again. To be called under the study's lock, under which a result is decided to be kept, wherever a
 * circumstance of `decideSending` may turn that way; what a rule's configuration kept is for a person to ask for.
 */
export async function takeUpKeptBack(tx: Tx, studyId: string): Promise<void> {
  const runs = await rowsOf<{ id: string; priority: number }>(
    tx,
    `WITH newest AS (${standingRuns('$1')})
     SELECT id, priority FROM newest WHERE EXISTS (
       SELECT 1 FROM evidence e JOIN delivery d ON d.evidence_id = e.id
       WHERE e.run_id = newest.id AND (d.state = 'not-sent' OR d.in_doubt_since IS NOT NULL)) ORDER BY id`,
    [studyId],
  );
  for (const { id, priority } of runs)
    await scheduleStep(tx, { step: 'encode', rowId: id, priority, restart: true });
}
