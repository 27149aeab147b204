import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { platformError } from '../errors.js';
import type { Keyring } from '../keys/keyring.js';

const MAGIC = Buffer.from('PRELECTOR-SEALED-1\n', 'latin1');
const SALT_BYTES = 7;
const TAG_BYTES = 16;
const PIECE_BYTES = 1024 * 1024;

/**
 * Encrypts by AES-256-GCM in pieces of 1 MiB, each with a tag of its own, so that large files are neither
 * held in memory nor read unverified (the STREAM construction: Hoang, Reyhanitabar, Rogaway, Vizar 2015).
 * The nonce is salt, piece number and a last-piece mark; the header is authenticated with every piece.
 */
export async function* seal(
  plain: AsyncIterable<Uint8Array>,
  { current }: Keyring,
): AsyncGenerator<Uint8Array> {
  const salt = randomBytes(SALT_BYTES);
  const id = Buffer.from(current.id, 'utf8');
  const header = Buffer.concat([MAGIC, Buffer.from([id.length]), id, salt]);
  yield header;
  let number = 0;
  for await (const { bytes, last } of pieces(plain, PIECE_BYTES)) {
    const cipher = createCipheriv('aes-256-gcm', current.key, nonce(salt, number, last)).setAAD(header);
    yield Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
    number += 1;
  }
}

/** The plain bytes of what `seal` wrote. @throws artifact.damaged, keys.unknown */
export async function* unseal(
  sealed: AsyncIterable<Uint8Array>,
  keyring: Keyring,
): AsyncGenerator<Uint8Array> {
  const source = sealed[Symbol.asyncIterator]();
  const { header, keyId, salt, rest } = await readHeader(source);
  const { key } = keyring.get(keyId);
  let number = 0;
  const body = { [Symbol.asyncIterator]: () => continued(rest, source) };
  for await (const { bytes, last } of pieces(body, PIECE_BYTES + TAG_BYTES)) {
    if (bytes.length < TAG_BYTES) throw platformError('artifact.damaged', 'cut off');
    const decipher = createDecipheriv('aes-256-gcm', key, nonce(salt, number, last)).setAAD(header);
    decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
    const plain = decipher.update(bytes.subarray(0, bytes.length - TAG_BYTES));
    try {
      decipher.final();
    } catch {
      throw platformError('artifact.damaged', `piece ${number}`);
    }
    yield plain;
    number += 1;
  }
}

function nonce(salt: Uint8Array, number: number, last: boolean): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.set(salt);
  bytes.writeUInt32BE(number, SALT_BYTES);
  bytes[11] = last ? 1 : 0;
  return bytes;
}

interface Header {
  readonly header: Buffer;
  readonly keyId: string;
  readonly salt: Buffer;
  readonly rest: Buffer;
}

async function readHeader(source: AsyncIterator<Uint8Array>): Promise<Header> {
  let read: Buffer = Buffer.alloc(0);
  for (;;) {
    const idLength = read[MAGIC.length];
    const end = idLength === undefined ? Infinity : MAGIC.length + 1 + idLength + SALT_BYTES;
    if (read.length >= end) {
      if (!read.subarray(0, MAGIC.length).equals(MAGIC)) throw platformError('artifact.damaged', 'header');
      const header = read.subarray(0, end);
      return {
        header,
        keyId: header.toString('utf8', MAGIC.length + 1, end - SALT_BYTES),
        salt: header.subarray(end - SALT_BYTES),
        rest: read.subarray(end),
      };
    }
    const next = await source.next();
    if (next.done === true) throw platformError('artifact.damaged', 'header');
    read = Buffer.concat([read, next.value]);
  }
}

async function* continued(first: Uint8Array, source: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  for (let next = await source.next(); next.done !== true; next = await source.next()) yield next.value;
}

/** Pieces of one size; the last, which may be shorter or empty, is marked. */
async function* pieces(
  source: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<{ bytes: Buffer; last: boolean }> {
  let held: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of source) {
    held.push(chunk);
    length += chunk.length;
    if (length <= size) continue;
    let joined = Buffer.concat(held);
    // One byte more than a piece has to be seen before it is known not to be the last.
    for (; joined.length > size; joined = joined.subarray(size))
      yield { bytes: joined.subarray(0, size), last: false };
    held = [joined];
    length = joined.length;
  }
  yield { bytes: Buffer.concat(held), last: true };
}
