import { itemsOf, numberOf, stringOf, tags, type CodedConcept, type Dataset } from '@prelector/dicom';

import { concepts } from './concepts.js';
import {
  childrenNamed,
  codedEntry,
  contentNodes,
  contentTree,
  isNamed,
  type ContentNode,
} from './content-tree.js';
import { NOT_DECLARED, NOT_VALID } from './measurement-words.js';

/** A measurement as a report states it. */
export interface ReportedMeasurement {
  readonly concept: CodedConcept;
  readonly derivation?: CodedConcept;
  readonly value: number;
  /** UCUM code. */
  readonly unit: string;
  /** Null where the model declares no conditions. */
  readonly valid: boolean | null;
  /** Statements of the conditions that were not met. */
  readonly conditions: readonly string[];
}

function reported(node: ContentNode): ReportedMeasurement[] {
  const [measured] = itemsOf(node.item, tags.MeasuredValueSequence);
  const value = measured ? numberOf(measured, tags.NumericValue) : undefined;
  if (!measured || value === undefined || !node.concept) return [];
  const unit = codedEntry(measured, tags.MeasurementUnitsCodeSequence);
  const [derived] = childrenNamed(node, concepts.derivation);
  const derivation = derived ? codedEntry(derived.item, tags.ConceptCodeSequence) : undefined;
  const parameters = childrenNamed(node, concepts.algorithmParameters).map(
    ({ item }) => stringOf(item, tags.TextValue) ?? '',
  );
  const conditions = parameters
    .filter((text) => text.startsWith(NOT_VALID))
    .map((text) => text.slice(NOT_VALID.length));
  return [
    {
      concept: node.concept,
      ...(derivation ? { derivation } : {}),
      value,
      unit: unit?.value ?? '',
      valid: parameters.includes(NOT_DECLARED) ? null : conditions.length === 0,
      conditions,
    },
  ];
}

/** The measurements of a report, read back from the report itself. Withheld ones are not in it. */
export function reportMeasurements(dataset: Dataset): ReportedMeasurement[] {
  return contentNodes(contentTree(dataset))
    .filter(({ valueType }) => valueType === 'NUM')
    .flatMap(reported);
}

/** The comments of a measurement report: what it says in words, withheld measurements among it. */
export function reportComments(dataset: Dataset): string[] {
  return contentNodes(contentTree(dataset))
    .filter((node) => isNamed(node, concepts.comment))
    .map(({ item }) => stringOf(item, tags.TextValue) ?? '');
}
