import type { WadoBehaviour } from '../behaviour/personality.js';
import type { MultipartShape } from '../faults/fault.js';

const type = 'multipart/related; type="application/dicom"';

/** A behaviour whose multipart answers have a form that some server is known for. */
export function shapedWado(wado: WadoBehaviour, shape: MultipartShape): WadoBehaviour {
  return { ...wado, ...shapes[shape] };
}

const shapes: Readonly<Record<MultipartShape, Partial<WadoBehaviour>>> = {
  'no-type': { contentType: (boundary) => `multipart/related; boundary=${boundary}` },
  'quoted-boundary': { contentType: (boundary) => `${type}; boundary="${boundary}"` },
  'no-boundary-parameter': { contentType: () => type },
  'boundary-with-spaces': {
    boundary: () => 'DICOM DATA BOUNDARY',
    contentType: (boundary) => `${type}; boundary="${boundary}"`,
  },
  'preamble-and-epilogue': {
    preamble: 'This is a message with multiple parts.\r\n',
    afterClosing: '\r\nEnd of it.\r\n\r\n',
  },
  'bare-parts': { partHeaders: () => [] },
  'odd-part-headers': {
    partHeaders: ({ bytes }) => [
      'CONTENT-TYPE:application/octed-stream',
      `content-length:   ${bytes}`,
      'Content-Description: folded',
      ' over two lines',
      'Content-Transfer-Encoding: binary',
    ],
  },
  'wrong-part-length': { partHeaders: () => ['Content-Type: application/dicom', 'Content-Length: 17'] },
  'no-inner-line-ends': { beforeDelimiter: '' },
  'no-last-line-end': { afterClosing: '' },
  'tiny-chunks': {},
  'partial-content': {},
  gzip: {},
};
