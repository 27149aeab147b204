import { isUid, itemsOf, numbersOf, stringOf, tags, type Dataset } from '@prelector/dicom';

import { contentNodes, contentTree, type ContentNode } from './content-tree.js';
import type { Problem } from './problem.js';
import { sopClasses } from './sop-classes.js';

const text = ['CONTAINER', 'TEXT', 'CODE', 'DATETIME', 'DATE', 'TIME', 'UIDREF', 'PNAME'];
const basic = [...text, 'COMPOSITE', 'IMAGE', 'WAVEFORM'];
const enhanced = [...basic, 'NUM', 'SCOORD', 'TCOORD'];

/** Value types that each SR IOD allows (PS3.3 A.35). */
const allowed: Readonly<Record<string, readonly string[]>> = {
  [sopClasses.basicTextSr]: basic,
  [sopClasses.enhancedSr]: enhanced,
  [sopClasses.comprehensiveSr]: enhanced,
  [sopClasses.comprehensive3dSr]: [...enhanced, 'SCOORD3D'],
};

type Fault = readonly [rule: string, message: string];

function codeFaults({ item }: ContentNode): Fault[] {
  return itemsOf(item, tags.ConceptCodeSequence).length === 1
    ? []
    : [['code-missing', 'A CODE item has no coded value.']];
}

function textFaults({ item }: ContentNode): Fault[] {
  return stringOf(item, tags.TextValue) ? [] : [['text-missing', 'A TEXT item has no text.']];
}

function uidFaults({ item }: ContentNode): Fault[] {
  return isUid(stringOf(item, tags.UID)) ? [] : [['uid-malformed', 'A UIDREF item holds no valid UID.']];
}

function numberFaults({ item }: ContentNode): Fault[] {
  const [measured] = itemsOf(item, tags.MeasuredValueSequence);
  if (!measured) return [['value-missing', 'A NUM item has no measured value.']];
  const faults: Fault[] = [];
  if (itemsOf(measured, tags.MeasurementUnitsCodeSequence).length !== 1) {
    faults.push(['units-missing', 'A NUM item has no measurement units.']);
  }
  const value = stringOf(measured, tags.NumericValue) ?? '';
  if (numbersOf(measured, tags.NumericValue).length !== 1 || value.length > 16) {
    faults.push(['value-missing', 'A NUM item has no number, or one that no DS can hold.']);
  }
  return faults;
}

function imageFaults({ item }: ContentNode): Fault[] {
  const references = itemsOf(item, tags.ReferencedSOPSequence);
  const named = references.some(
    (reference) =>
      isUid(stringOf(reference, tags.ReferencedSOPClassUID)) &&
      isUid(stringOf(reference, tags.ReferencedSOPInstanceUID)),
  );
  return named ? [] : [['reference-missing', 'An IMAGE item refers to no instance.']];
}

const areas = new Set(['POLYLINE', 'POLYGON']);

/** Graphic data (PS3.3 C.18.6, C.18.9): whole points, none negative in an image, regions closed. */
function graphicFaults({ item, children, valueType }: ContentNode): Fault[] {
  const plane = valueType === 'SCOORD';
  const width = plane ? 2 : 3;
  const data = numbersOf(item, tags.GraphicData);
  const faults: Fault[] = [];
  if (data.length === 0 || data.length % width !== 0) {
    faults.push(['graphic-data-uneven', 'Graphic data does not hold whole points.']);
  }
  const first = data.slice(0, width).join(' ');
  if (areas.has(stringOf(item, tags.GraphicType) ?? '') && first !== data.slice(-width).join(' ')) {
    faults.push(['region-open', 'The outline of a region is not closed.']);
  }
  if (plane && data.some((value) => value < 0)) {
    faults.push(['graphic-data-outside', 'A point lies outside the image.']);
  }
  const selected = children.some(
    (child) => child.valueType === 'IMAGE' && child.relationship === 'SELECTED FROM',
  );
  if (plane && !selected) faults.push(['image-missing', 'Coordinates do not say on which image they lie.']);
  return faults;
}

const checks: Readonly<Record<string, (node: ContentNode) => Fault[]>> = {
  CODE: codeFaults,
  TEXT: textFaults,
  UIDREF: uidFaults,
  NUM: numberFaults,
  IMAGE: imageFaults,
  SCOORD: graphicFaults,
  SCOORD3D: graphicFaults,
};

/** Each content item by its value type: allowed in its SOP Class, and complete in itself. */
export function checkContent(dataset: Dataset): Problem[] {
  const types = allowed[stringOf(dataset, tags.SOPClassUID) ?? ''] ?? [];
  return contentNodes(contentTree(dataset)).flatMap((node) => {
    const faults = [...(checks[node.valueType]?.(node) ?? [])];
    if (!types.includes(node.valueType)) {
      faults.push(['value-type-not-allowed', 'The SOP Class does not allow this value type.']);
    }
    const unnamed = !node.concept && !['IMAGE', 'COMPOSITE', 'WAVEFORM'].includes(node.valueType);
    if (unnamed) faults.push(['concept-missing', 'A content item has no concept name.']);
    return faults.map(([rule, message]) => ({ rule, where: node.position, message }));
  });
}
