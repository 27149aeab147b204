import { itemsOf, stringOf, tags, type Dataset } from '@prelector/dicom';

import { codedEntry, contentTree, type ContentNode } from './content-tree.js';
import { unitWord } from './measurement-words.js';

/** Beyond this many images of one container only their number is printed. */
const IMAGES_SHOWN = 3;

function numberText({ item }: ContentNode): string {
  const [measured] = itemsOf(item, tags.MeasuredValueSequence);
  if (!measured) return '';
  const unit = codedEntry(measured, tags.MeasurementUnitsCodeSequence);
  return `${stringOf(measured, tags.NumericValue) ?? ''} ${unit ? unitWord(unit) : ''}`.trim();
}

function imageText({ item }: ContentNode): string {
  const [reference] = itemsOf(item, tags.ReferencedSOPSequence);
  return reference ? (stringOf(reference, tags.ReferencedSOPInstanceUID) ?? '') : '';
}

const values: Readonly<Record<string, (node: ContentNode) => string>> = {
  TEXT: ({ item }) => stringOf(item, tags.TextValue) ?? '',
  CODE: ({ item }) => codedEntry(item, tags.ConceptCodeSequence)?.meaning ?? '',
  UIDREF: ({ item }) => stringOf(item, tags.UID) ?? '',
  DATE: ({ item }) => stringOf(item, tags.Date) ?? '',
  TIME: ({ item }) => stringOf(item, tags.Time) ?? '',
  DATETIME: ({ item }) => stringOf(item, tags.DateTime) ?? '',
  PNAME: ({ item }) => stringOf(item, tags.PersonName) ?? '',
  NUM: numberText,
  IMAGE: imageText,
  COMPOSITE: imageText,
  SCOORD: ({ item }) => stringOf(item, tags.GraphicType) ?? '',
  SCOORD3D: ({ item }) => stringOf(item, tags.GraphicType) ?? '',
};

function lineOf(node: ContentNode): string {
  const name = node.concept?.meaning ?? (node.valueType === 'IMAGE' ? 'Image' : node.valueType);
  const value = values[node.valueType]?.(node) ?? '';
  return value === '' ? name : `${name}: ${value}`;
}

function linesOf(node: ContentNode, depth: number): string[] {
  const images = node.children.filter(({ valueType }) => valueType === 'IMAGE');
  const hidden = images.length > IMAGES_SHOWN ? new Set(images) : new Set<ContentNode>();
  const indent = '  '.repeat(depth + 1);
  return [
    `${'  '.repeat(depth)}${lineOf(node)}`,
    ...node.children.filter((child) => !hidden.has(child)).flatMap((child) => linesOf(child, depth + 1)),
    ...(hidden.size > 0 ? [`${indent}${hidden.size} images`] : []),
  ];
}

/**
 * The content tree of a structured report for people: one line for each item, concept name and value,
 * indented by depth. It shows what the report says and nothing of the patient.
 */
export function reportTree(dataset: Dataset): string {
  return linesOf(contentTree(dataset), 0).join('\n');
}
