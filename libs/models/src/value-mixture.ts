import {
  attributeName,
  isHounsfieldUnlessStated,
  itemsOf,
  multiEnergyOf,
  readTransform,
  shapeWithoutText,
  stringOf,
  stringsOf,
  tagOf,
  tags,
  valueText,
  type Dataset,
} from '@prelector/dicom';
import { together } from './words.js';

/** What the values of one image are, as far as one volume must agree on it: by attribute what it states. */
export interface ValueKind {
  readonly spectrum: string;
  readonly unit: Readonly<Record<string, Statement>>;
}

interface Statement {
  /** The same of two images whose unit is the same. */
  readonly unit: string;
  readonly words: string;
}

const mapping = tags.RealWorldValueMappingSequence;

/** What an image, or a frame in the form of one, says of its values. Absent, empty and unreadable are three things. */
export function valueKindOf(image: Dataset): ValueKind {
  return {
    spectrum: spectrumOf(image),
    unit: {
      [attributeName(tagOf('Units'))]: statementOf(image, tagOf('Units')),
      [attributeName(tags.RescaleType)]: rescaleTypeOf(image),
      [attributeName(tags.RescaleSlope)]: transformOf(image),
      [attributeName(mapping)]: mappedUnits(image),
    },
  };
}

/** The kind of spectrum that an image is of. */
export const spectrumOf = (image: Dataset): string => multiEnergyOf(image) ?? 'image of one spectrum';

/** Why images are of several kinds of spectrum, which are never read together; undefined where they are of one. */
export function spectrumMixtureOf(stated: readonly string[]): string | undefined {
  const spectra = [...new Set(stated)];
  return spectra.length > 1 ? `images of several kinds in one series: ${together(spectra)}` : undefined;
}

/**
 * Why images make no volume: they are of several kinds of spectrum, of several units, or some are rescaled and others
 * are not. Undefined where they agree.
 */
export function mixtureOf(kinds: readonly ValueKind[]): string | undefined {
  const spectra = spectrumMixtureOf(kinds.map(({ spectrum }) => spectrum));
  if (spectra !== undefined) return spectra;
  const differing = Object.keys(kinds[0]?.unit ?? {}).flatMap((name) => {
    const stated = new Map(kinds.map(({ unit: { [name]: said } }) => [said?.unit, said?.words ?? '']));
    return stated.size > 1 ? [`${name} is ${spread([...stated.values()])}`] : [];
  });
  return differing.length > 0
    ? `images of several units in one volume: ${differing.join(', and ')}`
    : undefined;
}

const spread = (stated: readonly string[]) =>
  stated.length === 2 ? `${stated.join(' on some and ')} on others` : together(stated);

const plain = (words: string): Statement => ({ unit: words, words });

/** Terms are one in any letter case, and with any padding. */
function statementOf(image: Dataset, tag: string): Statement {
  const element = image[tag];
  if (element === undefined) return plain('absent');
  const shape = shapeWithoutText(element);
  if (shape !== undefined) return plain(`unreadable, ${shape}`);
  const terms = stringsOf(image, tag);
  if (terms.length === 0) return plain('empty');
  return {
    unit: `"${terms.map((term) => term.trim().toUpperCase()).join('\\')}"`,
    words: valueText(element),
  };
}

function rescaleTypeOf(image: Dataset): Statement {
  const statement = statementOf(image, tags.RescaleType);
  const isUnstated = ['absent', 'empty'].includes(statement.unit);
  return isUnstated && isHounsfieldUnlessStated(image) ? { ...statement, unit: '"HU"' } : statement;
}

/** Whether and by what stored values are changed; by how much may differ from slice to slice (PS3.3 C.8.9.4). */
function transformOf(image: Dataset): Statement {
  const transform = readTransform(image);
  if (transform.kind === 'problem') return plain('unreadable');
  if (transform.kind === 'linear') return plain(transform.stated ? 'stated' : 'absent');
  const [table] = itemsOf(image, tags.ModalityLUTSequence);
  const type = table === undefined ? plain('absent') : statementOf(table, tags.ModalityLUTType);
  const replaced = `replaced by a table of which ${attributeName(tags.ModalityLUTType)} is`;
  return { unit: `${replaced} ${type.unit}`, words: `${replaced} ${type.words}` };
}

/** Of a real world value mapping (PS3.3 C.7.6.16.2.11). */
function mappedUnits(image: Dataset): Statement {
  const units = itemsOf(image, mapping).map((item) => {
    const [unit] = itemsOf(item, tags.MeasurementUnitsCodeSequence);
    return (unit && stringOf(unit, tags.CodeValue)) ?? 'no unit';
  });
  return plain(units.length === 0 ? 'absent' : `to ${units.sort().join(', ').slice(0, 64)}`);
}
