import { evidenceError } from './errors.js';

/** A date and time as DICOM writes them. */
export interface DicomTime {
  /** DA: YYYYMMDD. */
  readonly date: string;
  /** TM: HHMMSS. */
  readonly time: string;
}

/** Timezone Offset From UTC (PS3.3 C.12.1.1.8): -1200 to +1400, never -0000. */
const OFFSET = /^(?:\+(?:0\d|1[0-3])[0-5]\d|\+1400|-(?:0\d|1[01])[0-5]\d|-1200)$/u;

/** The offset of a time zone at an instant as `+0100`. Throws `evidence.time-zone-unknown`. */
export function offsetOf(timeZone: string, at: Date): string {
  let parts: Intl.DateTimeFormatPart[];
  try {
    parts = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' }).formatToParts(at);
  } catch (cause) {
    throw evidenceError('evidence.time-zone-unknown', undefined, { cause });
  }
  const name = parts.find((part) => part.type === 'timeZoneName')?.value ?? 'GMT';
  return name === 'GMT' ? '+0000' : name.replace('GMT', '').replace(':', '').slice(0, 5);
}

/**
 * The offset that a document states and in which its own times are written: the source's where it has a
 * valid one, so that a reader compares like with like, else the node's zone at the content time.
 */
export function documentOffset(sourceOffset: string | undefined, timeZone: string, at: Date): string {
  const stated = sourceOffset?.trim();
  if (stated === '-0000') return '+0000';
  return stated !== undefined && OFFSET.test(stated) ? stated : offsetOf(timeZone, at);
}

/** An instant as date and time of the given offset. */
export function dicomTime(at: Date, offset: string): DicomTime {
  const sign = offset.startsWith('-') ? -1 : 1;
  const minutes = sign * (Number(offset.slice(1, 3)) * 60 + Number(offset.slice(3, 5)));
  const local = new Date(at.getTime() + minutes * 60_000).toISOString();
  return { date: local.slice(0, 10).replaceAll('-', ''), time: local.slice(11, 19).replaceAll(':', '') };
}

/** An instant for people, with its offset: `2026-01-02 12:00 (+0100)`. */
export function readableTime(at: Date, offset: string): string {
  const { date, time } = dicomTime(at, offset);
  const day = `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6, 8)}`;
  return `${day} ${time.slice(0, 2)}:${time.slice(2, 4)} (${offset})`;
}
