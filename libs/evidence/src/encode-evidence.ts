import { buildDataset, derivedUid, encodePart10, type Dataset } from '@prelector/dicom';
import { canonicalJson, digestOf } from '@prelector/kernel';

import { checkEvidence } from './check-evidence.js';
import { codingSchemes } from './coding-schemes.js';
import { evidenceError } from './errors.js';
import type { Place, PredecessorReference, ResultInput } from './evidence-input.js';
import { evidenceForms, evidenceKinds, type EvidenceKind } from './forms/registry.js';

/** What `encodePart10` writes. */
const EXPLICIT_VR_LITTLE_ENDIAN = '1.2.840.10008.1.2.1';

/** Where each form of one result stands; only those with a place are written. */
export type Places = Readonly<Partial<Record<EvidenceKind, Place>>>;

/** All that evidence is made of. The same input gives the same bytes, on every machine. */
export interface EvidenceInput extends ResultInput {
  readonly places: Places;
}

/** One DICOM object made from findings. */
export interface EncodedEvidence {
  readonly kind: EvidenceKind;
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly seriesInstanceUid: string;
  /** Root template (PS3.16), `1500` or `2000`; `none` where the IOD has none. */
  readonly templateId: string;
  readonly transferSyntaxUid: string;
  readonly dataset: Dataset;
  /** The part-10 file. */
  readonly bytes: Uint8Array;
}

function encodeOne(
  input: EvidenceInput,
  kind: EvidenceKind,
  place: Place,
  referred: Readonly<Partial<Record<string, PredecessorReference>>>,
): EncodedEvidence {
  const form = evidenceForms[kind];
  const written = form.write({ ...input, place, referred });
  const content = { ...written, ...codingSchemes(written, input.model) };
  // Servers keep the old bytes of a known SOP Instance UID and answer 200, so any other content is another UID.
  const sopInstanceUid = derivedUid(canonicalJson(['instance', input.runKey, kind, digestOf(content)]));
  const dataset = { ...content, ...buildDataset({ SOPInstanceUID: sopInstanceUid }) };
  const problems = checkEvidence(dataset, form);
  if (problems.length > 0) {
    throw evidenceError('evidence.gate-refused', [...new Set(problems.map(({ rule }) => rule))].join(', '));
  }
  return {
    kind,
    sopClassUid: form.sopClassUid,
    sopInstanceUid,
    seriesInstanceUid: place.series.seriesInstanceUid,
    templateId: form.templateId,
    transferSyntaxUid: EXPLICIT_VR_LITTLE_ENDIAN,
    dataset,
    bytes: encodePart10(dataset),
  };
}

/**
 * Evidence of a run in each form that has a place, in the order of the registry. Pure: the same input gives the same
 * bytes, and any difference in a data set gives another SOP Instance UID. Every object has passed `checkEvidence`.
 *
 * @throws `evidence.identity-unwritable`, `evidence.time-zone-unknown`, `evidence.gate-refused`
 */
export function encodeEvidence(input: EvidenceInput): EncodedEvidence[] {
  const encoded: Partial<Record<string, EncodedEvidence>> = {};
  // What an object refers to is known by a UID made of its content, so that is written first.
  const encode = (kind: EvidenceKind): void => {
    const place = input.places[kind];
    if (!place || encoded[kind]) return;
    const { refersTo } = evidenceForms[kind];
    for (const other of refersTo) encode(other as EvidenceKind);
    const referred = Object.fromEntries(refersTo.map((other) => [other, encoded[other]]));
    encoded[kind] = encodeOne(input, kind, place, referred);
  };
  evidenceKinds.forEach(encode);
  return evidenceKinds.flatMap((kind) => encoded[kind] ?? []);
}
