import { buildDataset, codeItem, type CodedConcept, type Dataset } from '@prelector/dicom';
import type { SourceInstance } from '@prelector/findings';

import { longText } from './short-text.js';

/** Relationship of a content item to the item that holds it (PS3.3 C.17.3.2.4). */
export type Relationship = 'CONTAINS' | 'HAS CONCEPT MOD' | 'HAS OBS CONTEXT' | 'HAS ACQ CONTEXT';

function children(items: readonly Dataset[]): Dataset[] | undefined {
  return items.length > 0 ? [...items] : undefined;
}

/** Content Template Sequence of a container (PS3.3 C.18.8). */
export function templateSequence(templateId: string): Dataset[] {
  return [buildDataset({ MappingResource: 'DCMR', TemplateIdentifier: templateId })];
}

/** Content items by value type (PS3.3 C.17.3), each as an item of a Content Sequence. */
export const contentItem = {
  container(
    relationship: Relationship,
    concept: CodedConcept,
    items: readonly Dataset[],
    templateId?: string,
  ): Dataset {
    return buildDataset({
      RelationshipType: relationship,
      ValueType: 'CONTAINER',
      ConceptNameCodeSequence: [codeItem(concept)],
      ContinuityOfContent: 'SEPARATE',
      ContentTemplateSequence: templateId ? templateSequence(templateId) : undefined,
      ContentSequence: children(items),
    });
  },

  text(relationship: Relationship, concept: CodedConcept, value: string): Dataset {
    return buildDataset({
      RelationshipType: relationship,
      ValueType: 'TEXT',
      ConceptNameCodeSequence: [codeItem(concept)],
      TextValue: longText(value),
    });
  },

  code(
    relationship: Relationship,
    concept: CodedConcept,
    value: CodedConcept,
    items: readonly Dataset[] = [],
  ): Dataset {
    return buildDataset({
      RelationshipType: relationship,
      ValueType: 'CODE',
      ConceptNameCodeSequence: [codeItem(concept)],
      ConceptCodeSequence: [codeItem(value)],
      ContentSequence: children(items),
    });
  },

  uidref(relationship: Relationship, concept: CodedConcept, uid: string): Dataset {
    return buildDataset({
      RelationshipType: relationship,
      ValueType: 'UIDREF',
      ConceptNameCodeSequence: [codeItem(concept)],
      UID: uid,
    });
  },

  /** `value` is the DS text of the number. */
  num(concept: CodedConcept, value: string, unit: CodedConcept, items: readonly Dataset[]): Dataset {
    return buildDataset({
      RelationshipType: 'CONTAINS',
      ValueType: 'NUM',
      ConceptNameCodeSequence: [codeItem(concept)],
      MeasuredValueSequence: [
        buildDataset({ NumericValue: value, MeasurementUnitsCodeSequence: [codeItem(unit)] }),
      ],
      ContentSequence: children(items),
    });
  },

  /** An IMAGE without concept name, as TID 1601 has it. */
  image(relationship: Relationship, instance: SourceInstance): Dataset {
    return buildDataset({
      RelationshipType: relationship,
      ValueType: 'IMAGE',
      ReferencedSOPSequence: [referencedSop(instance)],
    });
  },
} as const;

/** SOP Instance Reference Macro (PS3.3 table 10-11). */
export function referencedSop(instance: SourceInstance): Dataset {
  return buildDataset({
    ReferencedSOPClassUID: instance.sopClassUid,
    ReferencedSOPInstanceUID: instance.sopInstanceUid,
  });
}
