import type { Dataset } from '@prelector/dicom';
import { isUid, stringOf, stringsOf } from '@prelector/dicom';
import type { DicomWebClient } from '@prelector/dicomweb';
import type { StudyIdentity } from '@prelector/findings';
import { identityOfSearch } from '@prelector/findings';
import { digestOf } from '@prelector/kernel';
import type { Ledger } from '@prelector/ledger';
import {
  findOrCreateCopy,
  findOrCreateStudy,
  moveStudy,
  pollDigests,
  recordNotice,
  setPollDigest,
  stopWithholding,
} from '@prelector/ledger';
import type { SiteNode } from '@prelector/pipeline';
import { announceStudy } from '../announcement/announce-study.js';
import type { StudyDateRange } from './poll-window.js';

const who = 'trigger';
const batch = 200;
/** How often a study is looked at anew where the server states no counts by which a change would show. */
const uncountedMs = 3_600_000;

/** One poll of one node. */
export interface Poll {
  readonly ledger: Ledger;
  readonly client: DicomWebClient;
  readonly node: SiteNode;
  readonly range: StudyDateRange;
  /**
   * Before the first poll that ended well: studies up to this local time (`YYYYMMDDHHMMSS`) stood there when
   * the node was added, and are noted, not announced.
   */
  readonly olderThan: string | undefined;
  readonly now: Date;
}

/**
 * Asks a node for the studies of a StudyDate range, to the end of its pages, and announces those that are
 * new or changed since the last poll. An unchanged study costs no further request and no write.
 *
 * @returns how many studies the node named
 */
export async function pollStudies(poll: Poll): Promise<number> {
  const { modalities } = poll.node.configuration.poll;
  const answers = poll.client.searchForStudies({
    studyDate: poll.range,
    ...(modalities.length > 0 ? { modalitiesInStudy: modalities } : {}),
  });
  let count = 0;
  let waiting: Dataset[] = [];
  for await (const answer of answers) {
    count++;
    waiting.push(answer);
    if (waiting.length === batch) {
      await take(poll, waiting);
      waiting = [];
    }
  }
  await take(poll, waiting);
  return count;
}

interface Stated {
  readonly uid: string;
  readonly digest: string;
  readonly identity: StudyIdentity;
  /** Study Date and Time, `YYYYMMDDHHMMSS`; zeros where the server states none. */
  readonly time: string;
}

/** What a poll compares: counts and modalities as the study-level answer states them. */
function stated(answer: Dataset, now: Date): Stated | undefined {
  const uid = stringOf(answer, '0020000D');
  if (!isUid(uid)) return undefined;
  const series = stringOf(answer, '00201206');
  const instances = stringOf(answer, '00201208');
  const uncounted = series === undefined && instances === undefined;
  const digest = digestOf([
    series,
    instances,
    stringsOf(answer, '00080061').sort(),
    ...(uncounted ? [Math.floor(now.getTime() / uncountedMs)] : []),
  ]);
  const date = (stringOf(answer, '00080020') ?? '').padEnd(8, '0').slice(0, 8);
  const clock = (stringOf(answer, '00080030') ?? '').split('.')[0]?.padEnd(6, '0').slice(0, 6) ?? '000000';
  return { uid, digest, identity: identityOfSearch(answer), time: `${date}${clock}` };
}

async function take(poll: Poll, answers: readonly Dataset[]): Promise<void> {
  const { ledger, node, olderThan, now } = poll;
  const studies = answers.flatMap((answer) => stated(answer, now) ?? []);
  if (studies.length === 0) return;
  const known = await pollDigests(
    ledger.pool,
    node.id,
    studies.map((each) => each.uid),
  );
  for (const study of studies) {
    if (known.get(study.uid) === study.digest) continue;
    const isOlder = olderThan !== undefined && study.time <= olderThan && !known.has(study.uid);
    await (isOlder ? note(poll, study) : announce(poll, study));
  }
}

async function announce({ ledger, node, now }: Poll, { uid, digest, identity }: Stated): Promise<void> {
  await ledger.transaction(async (tx) => {
    const why = `found by polling ${node.name}`;
    const { study, copy } = await announceStudy(tx, ledger.vault, {
      studyInstanceUid: uid,
      nodeId: node.id,
      identity,
      who,
      why,
    });
    await setPollDigest(tx, copy.id, digest, now);
    await stopWithholding(tx, study);
    await recordNotice(tx, {
      kind: 'poll',
      nodeId: node.id,
      nodeVersion: node.version,
      studyId: study.id,
      reason: why,
    });
  });
}

/** Remembers a study without watching it, unless something else has announced it already. */
async function note({ ledger, node, now }: Poll, { uid, digest }: Stated): Promise<void> {
  await ledger.transaction(async (tx) => {
    const why = 'stood there before the node was added: analysed only when somebody asks for it';
    const { study, created } = await findOrCreateStudy(tx, { studyInstanceUid: uid, who, why });
    const { copy } = await findOrCreateCopy(tx, study.id, node.id);
    await setPollDigest(tx, copy.id, digest, now);
    if (created) await moveStudy(tx, study.id, 'incomplete', { who, why });
  });
}
