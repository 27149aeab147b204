import type { Dataset, Element } from '@prelector/dicom';
import { XMLParser } from 'fast-xml-parser';

interface XmlAttribute {
  '@tag'?: string;
  '@vr'?: string;
  Value?: unknown[];
  PersonName?: unknown[];
  Item?: XmlDataset[];
}

interface XmlDataset {
  DicomAttribute?: XmlAttribute[];
}

const LISTS = new Set(['NativeDicomModel', 'DicomAttribute', 'Item', 'Value', 'PersonName']);

/**
 * Data sets of an XML answer (Native DICOM Model, PS3.19 Annex A.1), as far as store responses need it:
 * values, sequences; no binary and no person names. Entities are not expanded.
 *
 * @throws when the text is no such XML
 */
export function datasetsFromXml(text: string): Dataset[] {
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    removeNSPrefix: true,
    parseTagValue: false,
    parseAttributeValue: false,
    processEntities: false,
    isArray: (name) => LISTS.has(name),
  });
  const { NativeDicomModel: models } = parser.parse(text, true) as { NativeDicomModel?: (XmlDataset | '')[] };
  if (!models) throw new Error('no NativeDicomModel');
  return models.map(datasetOf);
}

function datasetOf(model: XmlDataset | ''): Dataset {
  const attributes = model === '' ? [] : (model.DicomAttribute ?? []);
  return Object.fromEntries(attributes.map((one) => [(one['@tag'] ?? '').toUpperCase(), elementOf(one)]));
}

function elementOf(attribute: XmlAttribute): Element {
  const vr = attribute['@vr'] ?? 'UN';
  if (attribute.Item) return { vr: 'SQ', Value: attribute.Item.map(datasetOf) };
  const values = (attribute.Value ?? []).map(textOf).filter((value) => value !== '');
  return values.length > 0 ? { vr, Value: values } : { vr };
}

function textOf(value: unknown): string {
  const text =
    value !== null && typeof value === 'object' ? (value as { '#text'?: unknown })['#text'] : value;
  return typeof text === 'string' ? text.trim() : '';
}
