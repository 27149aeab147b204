import type { PrelectorError } from '@prelector/kernel';
import { isUid } from '@prelector/dicom';
import type { ResourceUids } from './addresses.js';
import { dicomwebError } from './errors.js';
import { partIdentity } from './part-identity.js';

/** One instance as it was stored: a part-10 file. The ArrayBuffer behind `bytes` may be larger than it. */
export interface RetrievedInstance {
  readonly bytes: Uint8Array;
  readonly sopInstanceUid: string;
  readonly transferSyntaxUid?: string;
}

/** How many UIDs an error names; the count says the rest. */
const NAMED = 5;

/** Checks what arrives of a series or instance against what was asked and what was expected. */
export class Receipt {
  readonly #uids: ResourceUids;
  readonly #missing: Set<string> | undefined;
  readonly #seen = new Set<string>();

  constructor(uids: ResourceUids, expected: readonly string[] | undefined) {
    this.#uids = uids;
    this.#missing = expected && new Set(expected);
  }

  /**
   * Takes one part.
   *
   * @throws `dicomweb.malformed-answer`, `dicomweb.foreign-instance` or `dicomweb.duplicate-instance`
   */
  check(bytes: Uint8Array): RetrievedInstance {
    const identity = partIdentity(bytes);
    const { sopInstanceUid, transferSyntaxUid } = identity ?? {};
    if (sopInstanceUid === undefined)
      throw dicomwebError('dicomweb.malformed-answer', 'a part is no DICOM file');
    const { study, series, instance } = this.#uids;
    if (
      differs(identity?.studyInstanceUid, study) ||
      differs(identity?.seriesInstanceUid, series) ||
      differs(sopInstanceUid, instance)
    ) {
      throw dicomwebError('dicomweb.foreign-instance', shown(sopInstanceUid));
    }
    if (this.#seen.has(sopInstanceUid)) {
      throw dicomwebError('dicomweb.duplicate-instance', shown(sopInstanceUid));
    }
    this.#seen.add(sopInstanceUid);
    this.#missing?.delete(sopInstanceUid);
    return { bytes, sopInstanceUid, ...(transferSyntaxUid === undefined ? {} : { transferSyntaxUid }) };
  }

  /**
   * Says that the answer has ended; `partial` when the server itself called it incomplete.
   *
   * @throws `dicomweb.instances-missing`, naming the first of them
   */
  close(partial: boolean): void {
    if (this.#missing ? this.#missing.size > 0 : partial || this.#seen.size === 0) {
      throw dicomwebError('dicomweb.instances-missing', this.#summary());
    }
  }

  /** A cut-off answer's error, with what is missing. */
  explain(error: PrelectorError): PrelectorError {
    if (error.code !== 'dicomweb.cut-off') return error;
    return dicomwebError('dicomweb.cut-off', this.#summary(), { cause: error });
  }

  #summary(): string {
    const came = `${this.#seen.size} came`;
    if (!this.#missing) return came;
    const named = [...this.#missing].slice(0, NAMED).map(shown).join(', ');
    return `${came}, ${this.#missing.size} missing: ${named}${this.#missing.size > NAMED ? ', …' : ''}`;
  }
}

/** A UID as an error may name it: whatever else stands in its place may be a name, or control a terminal. */
const shown = (uid: string) => (isUid(uid) ? uid : 'unreadable');

const differs = (stated: string | undefined, asked: string | undefined) =>
  stated !== undefined && asked !== undefined && stated !== asked;
