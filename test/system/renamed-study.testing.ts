import { readPart10 } from '@prelector/dicom';
import { identityOfDataset } from '@prelector/findings';
import type { PhantomStudy } from './phantom.testing.js';

/** What to write into a file, as it stands: tag, VR and the bytes of the value, padded here. */
export type RawElement = readonly [
  tag: string,
  vr: 'CS' | 'DA' | 'DS' | 'IS' | 'LO' | 'PN' | 'SH' | 'SQ' | 'UI',
  bytes: Uint8Array,
];

const metaStart = 132;
const longForms = new Set(['OB', 'OW', 'SQ', 'UN', 'UT']);

/** The study with elements as no encoder of ours would write them: other character sets, values too long. */
export function withRawElements(study: PhantomStudy, elements: readonly RawElement[]): PhantomStudy {
  const instances = study.instances.map((each) => ({ ...each, bytes: replaced(each.bytes, elements) }));
  const first = readPart10(instances[0]?.bytes ?? new Uint8Array(0), { stopBeforePixelData: true });
  return { ...study, instances, identity: identityOfDataset(first.dataset) };
}

/** An Explicit VR Little Endian file of defined lengths, with top-level elements of its data set replaced. */
function replaced(file: Uint8Array, elements: readonly RawElement[]): Uint8Array {
  const bytes = Buffer.from(file);
  const news = new Map(elements.map((element) => [element[0], rawElement(element)]));
  const head = [bytes.subarray(0, metaStart)];
  const body = new Map<string, Buffer>();
  for (let at = metaStart; at < bytes.length;) {
    const tag = hex(bytes.readUInt16LE(at)) + hex(bytes.readUInt16LE(at + 2));
    const long = longForms.has(bytes.toString('latin1', at + 4, at + 6));
    const end = long ? at + 12 + bytes.readUInt32LE(at + 8) : at + 8 + bytes.readUInt16LE(at + 6);
    if (tag.startsWith('0002')) head.push(bytes.subarray(at, end));
    else body.set(tag, bytes.subarray(at, end));
    at = end;
  }
  for (const [tag, element] of news) body.set(tag, element);
  return Buffer.concat([...head, ...[...body].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each)]);
}

function rawElement([tag, vr, value]: RawElement): Buffer {
  const length = value.length + (value.length % 2);
  const start = longForms.has(vr) ? 12 : 8;
  const element = Buffer.alloc(start + length, ' ');
  element.writeUInt16LE(Number.parseInt(tag.slice(0, 4), 16), 0);
  element.writeUInt16LE(Number.parseInt(tag.slice(4), 16), 2);
  element.write(vr, 4, 'latin1');
  if (start === 8) element.writeUInt16LE(length, 6);
  else {
    element.writeUInt16LE(0, 6);
    element.writeUInt32LE(length, 8);
  }
  element.set(value, start);
  return element;
}

const hex = (word: number) => word.toString(16).padStart(4, '0').toUpperCase();
