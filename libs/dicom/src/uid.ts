import { createHash, randomBytes } from 'node:crypto';

const LONGEST_UID = 64;
const UID = /^[0-9]+(?:\.[0-9]+)*$/u;

/**
 * True for a UID (PS3.5 section 9.1): numbers with dots between them, at most 64 characters. A number may
 * begin with zero, which the standard forbids and senders write.
 */
export function isUid(text: unknown): text is string {
  return typeof text === 'string' && text.length <= LONGEST_UID && UID.test(text);
}

/** The namespace of all UUIDv5 that Prelector derives. */
const NAMESPACE = Buffer.from('6d1c6f0a3c8f4d0e9a4b5f6a7c8d9e01', 'hex');

/**
 * A UID under 2.25 (PS3.5 B.2) from a version 5 UUID (RFC 9562) of the given key: the same key gives the
 * same UID on every machine.
 */
export function derivedUid(key: string): string {
  const uuid = createHash('sha1').update(NAMESPACE).update(key).digest().subarray(0, 16);
  uuid[6] = ((uuid[6] as number) & 0x0f) | 0x50;
  uuid[8] = ((uuid[8] as number) & 0x3f) | 0x80;
  return `2.25.${BigInt(`0x${uuid.toString('hex')}`)}`;
}

/** A UID under 2.25 from a random version 4 UUID. */
export function randomUid(): string {
  const uuid = randomBytes(16);
  uuid[6] = ((uuid[6] as number) & 0x0f) | 0x40;
  uuid[8] = ((uuid[8] as number) & 0x3f) | 0x80;
  return `2.25.${BigInt(`0x${uuid.toString('hex')}`)}`;
}
