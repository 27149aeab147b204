import type { StudyIdentity } from '@prelector/findings';
import { compareOrderWithArchive } from '@prelector/findings';
import type { Events } from '../events/events.js';
import type { OrderRow } from '../orders/order.entity.js';
import type { Studies } from '../studies/studies.js';
import type { StudyRow } from '../studies/study.entity.js';
import type { Moves } from '../transitions/moves.js';

/** What an order says of the study with which it is joined. */
export class OrderEffects {
  constructor(
    private readonly events: Events,
    private readonly studies: Studies,
    private readonly moves: Moves,
  ) {}

  /**
   * What an order says of its study, which the caller holds locked, however late it is heard: the reading, and that it is
   * urgent. A test says nothing of a study that is announced in earnest.
   */
  async apply(order: OrderRow, study: StudyRow, who: string): Promise<StudyRow> {
    if (order.testOnly && !study.testOnly) return study;
    const read =
      order.readingState === 'unknown'
        ? study
        : await this.moves.reading(study.id, order.readingState, {
            who,
            why: 'as the order says',
            order: order.id,
          });
    return this.studies.raisePriority(read, order.priority);
  }

  async warnOfDemographics(
    study: StudyRow,
    { id, stated }: { readonly id: string; readonly stated: StudyIdentity },
    archive: StudyIdentity,
    who: string,
  ): Promise<void> {
    const { patientId, otherPatientIds, name, birthDate, sex } = stated;
    const patient = Object.fromEntries(
      Object.entries({ patientId, otherPatientIds, name, birthDate, sex }).filter(([, value]) => value),
    );
    const { verdict, reason } = compareOrderWithArchive(patient, archive);
    if (verdict !== 'warns') return;
    const why = `identity in the order against the archive ${reason}`;
    const subject = { subjectKind: 'study', subjectId: study.id } as const;
    await this.events.record({ who, what: 'identity warning', ...subject, after: { order: id }, why });
  }
}
