import {
  type AckCode,
  type Acknowledgement,
  type AckSender,
  buildAck,
  statedModes,
} from './acknowledgement.js';
import type { ConditionCode, Hl7Message } from './message.js';

/**
 * What came of a message. `accepted`: committed, or of no use and acknowledged by policy; `refused`: it can
 * never work as it is; `fault`: a temporary fault of our own, the sender may send it again.
 */
export interface MessageOutcome {
  readonly kind: 'accepted' | 'refused' | 'fault';
  readonly text?: string;
  readonly errorCode?: ConditionCode;
}

/** Who answers; every acknowledgement takes a control id of its own. */
export interface AckIssuer extends Omit<AckSender, 'controlId'> {
  readonly nextControlId: () => string;
}

const application = { accepted: 'AA', refused: 'AR', fault: 'AE' } as const;
const commit = { accepted: 'CA', refused: 'CR', fault: 'CE' } as const;

/**
 * The acknowledgements that a message asks for, in the order of sending (HL7 v2 section 2.9.2 and 2.9.3,
 * table 0155). Original mode (MSH-15 and 16 empty): one application acknowledgement. Enhanced mode: the
 * commit acknowledgement, then the application acknowledgement as a message of its own, each by its
 * condition, where an empty one means NE. A value that table 0155 does not know counts as AL beside one that it
 * knows, and as empty alone: whoever waits for an answer gets one. A message we could not commit (`fault`), or whose refusal the sender
 * would otherwise not hear of, ends with the commit acknowledgement. An acknowledgement is never answered.
 */
export function acknowledgementsFor(
  message: Hl7Message,
  outcome: MessageOutcome,
  own: AckIssuer,
): Uint8Array[] {
  if (message.type.code === 'ACK' || message.named('MSA').length > 0) return [];
  return codesFor(message, outcome).map((code) => {
    const says = code === 'CA' ? { code } : { ...said(outcome), code };
    return buildAck(message, says, { ...own, controlId: own.nextControlId() });
  });
}

/**
 * As {@link acknowledgementsFor}, for bytes that could not be read as a message (or were not kept, for their
 * size): what can be made out of MSH says how to answer, and to whom. `accepted` is for a repeat of what could be
 * read once.
 */
export function acknowledgementsForUnreadable(
  bytes: Uint8Array,
  outcome: MessageOutcome,
  own: AckIssuer,
): Uint8Array[] {
  const modes = statedModes(bytes);
  if (modes.isAck) return [];
  // Of what is not accepted nothing could be committed, so there is no later answer to wait for.
  const codes = codesFor(modes, outcome).filter((code) => code !== 'CA' || outcome.kind === 'accepted');
  return codes.map((code) =>
    buildAck(bytes, { ...said(outcome), code }, { ...own, controlId: own.nextControlId() }),
  );
}

interface AckModes {
  readonly acceptAckType: string;
  readonly applicationAckType: string;
}

function codesFor(stated: AckModes, { kind }: MessageOutcome): AckCode[] {
  const { acceptAckType, applicationAckType } = understood(stated);
  if (acceptAckType === '' && applicationAckType === '') return [application[kind]];
  const failed = kind !== 'accepted';
  const answersLater = isWanted(applicationAckType, failed);
  if (kind === 'refused' && answersLater) {
    return isWanted(acceptAckType, false) ? ['CA', 'AR'] : ['AR'];
  }
  if (kind === 'fault') {
    if (isWanted(acceptAckType, true)) return ['CE'];
    return answersLater ? ['AE'] : [];
  }
  return [
    ...(isWanted(acceptAckType, failed) ? [commit[kind]] : []),
    ...(answersLater ? [application[kind]] : []),
  ];
}

function understood({ acceptAckType, applicationAckType }: AckModes): AckModes {
  const isKnown = (value: string): boolean => ['AL', 'NE', 'ER', 'SU'].includes(value);
  if (!isKnown(acceptAckType) && !isKnown(applicationAckType)) {
    return { acceptAckType: '', applicationAckType: '' };
  }
  const known = (value: string): string => (isKnown(value) || isUnstated(value) ? value : 'AL');
  return { acceptAckType: known(acceptAckType), applicationAckType: known(applicationAckType) };
}

const isUnstated = (value: string): boolean => value === '' || value === '""';

/** HL7 table 0155. */
function isWanted(condition: string, failed: boolean): boolean {
  if (condition === 'ER') return failed;
  if (condition === 'SU') return !failed;
  return condition === 'AL';
}

function said(outcome: MessageOutcome): Omit<Acknowledgement, 'code'> {
  return {
    ...(outcome.text === undefined ? {} : { text: outcome.text }),
    ...(outcome.errorCode === undefined ? {} : { errorCode: outcome.errorCode }),
  };
}
