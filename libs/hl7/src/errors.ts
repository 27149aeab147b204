import { errorsOf, type ErrorTable } from '@prelector/kernel';

/** Everything that can go wrong with HL7 v2 and MLLP, said to the person who must act. */
export const hl7Errors = {
  'hl7.no-header': {
    recovery: 'permanent',
    meaning: 'The message does not begin with an MSH segment: check what the sender puts between the frames.',
  },
  'hl7.delimiters': {
    recovery: 'permanent',
    meaning: 'MSH-1 and MSH-2 do not name usable delimiters: correct the encoding characters at the sender.',
  },
  'hl7.required-field': {
    recovery: 'permanent',
    meaning: 'A required field of the message header is empty: configure the sender to fill it.',
  },
  'hl7.unsupported-version': {
    recovery: 'permanent',
    meaning: 'The version of HL7 in MSH-12 is not one of 2.1 to 2.9: configure the sender for a 2.x version.',
  },
  'hl7.unsupported-processing-id': {
    recovery: 'permanent',
    meaning: 'The processing id in MSH-11 is none of P, T and D: correct it at the sender.',
  },
  'hl7.unknown-character-set': {
    recovery: 'permanent',
    meaning: 'The character set in MSH-18 is not known: correct it at the sender, or fix one for the feed.',
  },
  'hl7.several-messages': {
    recovery: 'permanent',
    meaning:
      'One frame holds more than one message and is no batch (or one that this feed refuses): configure the sender to frame each by itself.',
  },
  'hl7.batch-too-long': {
    recovery: 'permanent',
    meaning: 'The batch holds more messages than are taken: configure the sender to send smaller ones.',
  },
  'hl7.batch-incomplete': {
    recovery: 'permanent',
    meaning:
      'The batch states another number of messages (BTS-1) than it holds; each that came is answered by itself. Send the others again.',
  },
  'hl7.malformed': {
    recovery: 'permanent',
    meaning: 'The message cannot be read as HL7 v2: look at the original at the sender.',
  },
  'hl7.header-unusable': {
    recovery: 'permanent',
    meaning:
      'A field of the message header is too long or holds control characters: correct it at the sender.',
  },
  'hl7.too-many-parts': {
    recovery: 'permanent',
    meaning:
      'The message has more parts than are taken: configure the sender to send fewer orders and results in one.',
  },
  'hl7.message-too-large': {
    recovery: 'permanent',
    meaning:
      'The message is larger than this feed allows: raise the limit or send without embedded documents.',
  },
  'hl7.fault': {
    recovery: 'transient',
    meaning: 'The message could not be kept for a fault of our own: the sender may send it again.',
  },
  'hl7.path-invalid': {
    recovery: 'permanent',
    meaning: 'A path of the mapping cannot be read: write it like PID-3.1, PID-3[2].4.2 or OBX[3=113014]-5.',
  },
  'hl7.allow-list-required': {
    recovery: 'permanent',
    meaning: 'A listener that is not bound to loopback needs a list of the peers that may connect.',
  },
  'hl7.allow-list-invalid': {
    recovery: 'permanent',
    meaning: 'An entry of the list of allowed peers is no address and no CIDR range.',
  },
  'hl7.listen-failed': {
    recovery: 'transient',
    meaning: 'The listener could not be opened: check the address, and whether the port is taken.',
  },
  'hl7.connect-failed': {
    recovery: 'transient',
    meaning: 'No connection to the receiver could be made: check its address, port, TLS and firewall.',
  },
  'hl7.connection-lost': {
    recovery: 'ambiguous',
    meaning: 'The connection ended before the acknowledgement: the receiver may have taken the message.',
  },
  'hl7.timeout': {
    recovery: 'ambiguous',
    meaning: 'The receiver did not acknowledge in time: it may have taken the message.',
  },
} as const satisfies ErrorTable;

export type Hl7ErrorCode = keyof typeof hl7Errors;

export const hl7Error = errorsOf(hl7Errors);
