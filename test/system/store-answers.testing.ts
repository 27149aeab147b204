import type { Intervention, SeenRequest } from './pacs-gate.testing.js';

/** SOP Classes of the two forms of evidence: Comprehensive 3D SR and Basic Text SR. */
export const forms = ['1.2.840.10008.5.1.4.1.1.88.34', '1.2.840.10008.5.1.4.1.1.88.11'] as const;

/** The answer to a store with one failed instance (PS3.18 table 10.5.3-1), for a failure reason of Annex I.2. */
export function failedStore(
  { body }: SeenRequest,
  reason: number,
): Extract<Intervention, { answer: unknown }> {
  const text = body.toString('latin1');
  const item = {
    '00081150': { vr: 'UI', Value: [forms.find((form) => text.includes(form))] },
    '00081155': { vr: 'UI', Value: [storedUid(body)] },
    '00081197': { vr: 'US', Value: [reason] },
  };
  const answer = { '00081198': { vr: 'SQ', Value: [item] } };
  return { answer: { status: 409, type: 'application/dicom+json', body: JSON.stringify(answer) } };
}

/** Media Storage SOP Instance UID (0002,0003) of the file in a store request. */
export function storedUid(body: Buffer): string {
  const text = body.toString('latin1');
  return /2\.25\.\d+/u.exec(text.slice(text.indexOf('\x02\0\x03\0')))?.[0] ?? '';
}
