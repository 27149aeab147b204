import { errorsOf } from '@prelector/kernel';
import type { ErrorTable } from '@prelector/kernel';

/** What can be wrong with a DICOM object, read or written. Details name tags and UIDs, never values of identity. */
export const dicomErrors = {
  'dicom.not-dicom': {
    recovery: 'permanent',
    meaning: 'The bytes are not a DICOM data set; ask the sender what it stored.',
  },
  'dicom.truncated': {
    recovery: 'transient',
    meaning:
      'The DICOM data end before Prelector has read them whole: they were cut off on the way or in the archive, or Prelector misreads them. They are fetched again; if that does not help, open the object in another viewer.',
  },
  'dicom.malformed': {
    recovery: 'permanent',
    meaning:
      'Prelector cannot read the DICOM data set beyond the place that is named. Open the object in another viewer: if that reads it, tell the makers of Prelector, else have it sent again.',
  },
  'dicom.too-large': {
    recovery: 'permanent',
    meaning: 'The DICOM data go beyond the configured limits; the object is left alone.',
  },
  'dicom.unknown-keyword': {
    recovery: 'permanent',
    meaning:
      'An attribute keyword is not in the DICOM dictionary; this is a fault of Prelector or a manifest.',
  },
  'dicom.invalid-json': {
    recovery: 'permanent',
    meaning: 'The server answered with something that is not a data set in the DICOM JSON Model.',
  },
  'dicom.invalid-value': {
    recovery: 'permanent',
    meaning: 'A value cannot be written as DICOM allows it; correct the source attribute or the setting.',
  },
  'dicom.transfer-syntax-unsupported': {
    recovery: 'permanent',
    meaning:
      'Prelector decodes no pixel data in this transfer syntax; let the archive send Explicit VR Little Endian.',
  },
  'dicom.no-pixel-data': {
    recovery: 'permanent',
    meaning: 'The object holds no pixel data, or was read without them.',
  },
  'dicom.pixel-data-mismatch': {
    recovery: 'permanent',
    meaning: 'The pixel data do not fit what the attributes of the image say of them.',
  },
  'dicom.pixels-undecodable': {
    recovery: 'permanent',
    meaning:
      'Prelector could not decode the compressed pixel data. Open the object in another viewer: if that shows it, let the archive send Explicit VR Little Endian, and tell the makers of Prelector.',
  },
  'dicom.attribute-unusable': {
    recovery: 'permanent',
    meaning:
      'An attribute on which the values of an image depend cannot be used; have the sender correct it, and ask for the analysis again.',
  },
  'dicom.attribute-repeated': {
    recovery: 'permanent',
    meaning:
      'An attribute stands more than once in a data set, with values that differ: some programs take the first, others the last, and which is right the file does not tell. Have the sender correct the object, and ask for the analysis again.',
  },
  'dicom.no-such-frame': {
    recovery: 'permanent',
    meaning: 'A frame was asked for that the object does not have.',
  },
  'dicom.frames-undescribed': {
    recovery: 'permanent',
    meaning: 'The object does not describe each of its frames; look at it in the archive.',
  },
} satisfies ErrorTable;

/** Makes the errors of this lib. */
export const dicomError = errorsOf(dicomErrors);

/** `00100020` as people write tags: `(0010,0020)`. */
export function tagText(tag: string): string {
  return `(${tag.slice(0, 4)},${tag.slice(4)})`;
}
