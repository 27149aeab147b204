/** What speaks to an MLLP port without framing its messages. */
export interface ForeignProtocol {
  /** What it is, and what to do. */
  readonly reason: string;
  /** Nothing it says later can be a message: there is no use in listening on. */
  readonly isHopeless: boolean;
}

/** As many bytes as the beginnings of protocols need to be told apart. */
export const protocolHeadBytes = 16;

const httpMethod = /^(?:GET|PUT|POST|HEAD|PATCH|TRACE|DELETE|OPTIONS|CONNECT|PRI) /u;

/**
 * Names what begins with these bytes instead of VT; undefined where they say nothing yet, such as line ends that a
 * sender writes between its frames.
 */
export function foreignProtocol(head: Uint8Array): ForeignProtocol | undefined {
  // A TLS handshake record of any version (RFC 8446 5.1).
  if (head[0] === 0x16 && head[1] === 0x03)
    return hopeless(
      'it speaks TLS and this feed does not: configure tls on the feed, or have it send without TLS',
    );
  const text = Buffer.from(head).toString('latin1');
  if (httpMethod.test(text))
    return hopeless(
      'it speaks HTTP, not MLLP: have HL7 v2 sent over MLLP to this port, and HTTP to another one',
    );
  // An A-ASSOCIATE-RQ PDU (PS3.8 9.3.2).
  if (head[0] === 0x01 && head[1] === 0x00 && head[2] === 0x00 && head.length > 2)
    return hopeless('it speaks DICOM, not HL7 over MLLP: have it store to the archive');
  if (/^\s*(?:MSH|FHS|BHS)/u.test(text))
    return {
      reason:
        'it sends HL7 without MLLP frames: have it write VT (0B) before and FS CR (1C 0D) after each message',
      isHopeless: false,
    };
  return undefined;
}

/** What is said of one that ends without a single frame, and by which nothing could be known. */
export const unknownProtocol =
  'it sent bytes without an MLLP frame: have HL7 v2 sent over MLLP (VT, message, FS CR) to this port';

function hopeless(reason: string): ForeignProtocol {
  return { reason, isHopeless: true };
}
