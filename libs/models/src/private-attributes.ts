import { shapeWithoutText, stringOf, stringsOf, type Dataset } from '@prelector/dicom';

/** A private attribute that older software writes in place of a public one. */
export interface PrivateAttribute {
  readonly kind: 'state' | 'stated';
  readonly words: string;
  /** Undefined where the image does not state it. */
  readonly labelOf: (image: Dataset) => string | undefined;
  /** Its own tag and that of its Private Creator. */
  readonly tags: readonly string[];
}

/** In the first private block of their groups, where these makers write them (PS3.5 section 7.8.1). */
export const privateAttributes: readonly PrivateAttribute[] = [
  privateAttribute('state', 'b-value of Siemens (0019,100C)', ['00190010', 'SIEMENS MR HEADER'], '0019100C'),
  privateAttribute('stated', 'image type of GE (0043,102F)', ['00430010', 'GEMS_PARM_01'], '0043102F'),
];

function privateAttribute(
  kind: PrivateAttribute['kind'],
  words: string,
  [creatorTag, creator]: readonly [tag: string, creator: string],
  tag: string,
): PrivateAttribute {
  const labelOf = (image: Dataset) =>
    stringOf(image, creatorTag)?.trim().toUpperCase() === creator ? valueOf(image, tag) : undefined;
  return { kind, words, labelOf, tags: [creatorTag, tag] };
}

/** Its text or number; of one whose VR got lost on the way its bytes. */
function valueOf(image: Dataset, tag: string): string | undefined {
  const element = image[tag];
  if (element === undefined) return undefined;
  if (shapeWithoutText(element) === undefined) return stringsOf(image, tag).join('/') || undefined;
  const bytes = element.bytes ?? (element.InlineBinary && Buffer.from(element.InlineBinary, 'base64'));
  return bytes ? `bytes ${Buffer.from(bytes).toString('hex').slice(0, 32)}` : undefined;
}
