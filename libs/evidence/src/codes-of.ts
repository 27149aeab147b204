import { itemsOf, stringOf, tags, type CodedConcept, type Dataset } from '@prelector/dicom';

/** A coded entry and the content item in which it stands. */
export interface PlacedCode {
  readonly where: string;
  readonly concept: CodedConcept;
}

/** Every coded entry of a data set, wherever it stands (PS3.3 section 8). */
export function codesOf(dataset: Dataset, where = '1'): PlacedCode[] {
  return Object.entries(dataset).flatMap(([tag, element]) => {
    if (element.vr !== 'SQ') return [];
    return itemsOf(dataset, tag).flatMap((item, index) => {
      const place = tag === tags.ContentSequence ? `${where}.${index + 1}` : where;
      const value = stringOf(item, tags.CodeValue) ?? stringOf(item, tags.LongCodeValue);
      const scheme = stringOf(item, tags.CodingSchemeDesignator) ?? '';
      const meaning = stringOf(item, tags.CodeMeaning) ?? '';
      const own = value === undefined ? [] : [{ where: place, concept: { value, scheme, meaning } }];
      return [...own, ...codesOf(item, place)];
    });
  });
}
