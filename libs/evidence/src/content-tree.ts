import { itemsOf, stringOf, tags, type CodedConcept, type Dataset } from '@prelector/dicom';

/** A content item of a structured report with its place in the tree. */
export interface ContentNode {
  /** Position as DICOM writes it: `1` is the root, `1.2` its second item. */
  readonly position: string;
  readonly item: Dataset;
  readonly valueType: string;
  /** Relationship to the parent; empty at the root. */
  readonly relationship: string;
  readonly concept: CodedConcept | undefined;
  readonly children: readonly ContentNode[];
}

/** The depth beyond which a content tree is not read; templates use less than ten levels. */
const MAXIMUM_DEPTH = 64;

/** The coded entry in the first item of a code sequence. */
export function codedEntry(dataset: Dataset, tag: string): CodedConcept | undefined {
  const [item] = itemsOf(dataset, tag);
  if (!item) return undefined;
  return {
    value: stringOf(item, tags.CodeValue) ?? '',
    scheme: stringOf(item, tags.CodingSchemeDesignator) ?? '',
    meaning: stringOf(item, tags.CodeMeaning) ?? '',
  };
}

function node(item: Dataset, position: string, depth: number): ContentNode {
  const children = depth < MAXIMUM_DEPTH ? itemsOf(item, tags.ContentSequence) : [];
  return {
    position,
    item,
    valueType: stringOf(item, tags.ValueType) ?? '',
    relationship: stringOf(item, tags.RelationshipType) ?? '',
    concept: codedEntry(item, tags.ConceptNameCodeSequence),
    children: children.map((child, index) => node(child, `${position}.${index + 1}`, depth + 1)),
  };
}

/** The content tree of a structured report, its data set being the root item (PS3.3 C.17.3). */
export function contentTree(dataset: Dataset): ContentNode {
  return node(dataset, '1', 0);
}

/** A node and all below it, parents first. */
export function contentNodes(root: ContentNode): ContentNode[] {
  return [root, ...root.children.flatMap(contentNodes)];
}

/** The children of a node that have the given concept name. */
export function childrenNamed(parent: ContentNode, concept: CodedConcept): ContentNode[] {
  return parent.children.filter((child) => isNamed(child, concept));
}

/** True when the node's concept name is the given concept. */
export function isNamed(node: ContentNode, concept: CodedConcept): boolean {
  return node.concept?.value === concept.value && node.concept.scheme === concept.scheme;
}
