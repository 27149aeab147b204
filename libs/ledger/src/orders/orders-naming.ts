import { rowsOf } from '../sql.js';
import type { Tx } from '../tx.js';
import type { OrderRow } from './order.entity.js';

/** An order that names a study, and the message that spoke of it last; holds no identity of a patient. */
export interface OrderNaming {
  readonly state: OrderRow['state'];
  readonly stateReason: string | null;
  readonly readingState: OrderRow['readingState'];
  readonly feed: string;
  /** MSH-9 and MSH-10. */
  readonly messageType: string | null;
  readonly controlId: string | null;
  readonly receivedAt: Date;
}

/** The orders that name a Study Instance UID, whether or not any archive has shown that study; newest first, at most ten. */
export function ordersNaming(tx: Tx, studyInstanceUid: string): Promise<OrderNaming[]> {
  return rowsOf(
    tx,
    `SELECT o.state, o.state_reason AS "stateReason", o.reading_state AS "readingState", said.feed, said.message_type AS "messageType",
       said.control_id AS "controlId", said.received_at AS "receivedAt"
     FROM study_order o CROSS JOIN LATERAL (
       SELECT f.name AS feed, n.message_type, n.control_id, n.received_at
       FROM notice_subject s JOIN notice n ON n.id = s.notice_id JOIN feed f ON f.id = n.feed_id
       WHERE s.kind = 'order' AND s.subject_id = o.id ORDER BY n.received_at DESC LIMIT 1) AS said
     WHERE o.study_instance_uids @> ARRAY[$1] ORDER BY said.received_at DESC LIMIT 10`,
    [studyInstanceUid],
  );
}
