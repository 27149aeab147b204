import type { Dataset } from './dataset.js';
import { itemsOf, statedNumber, stringOf, stringsOf, valueText } from './dataset.js';
import { attributeName } from './dictionary.js';
import { tags } from './tags.js';

/** Defined terms for value 4 of Image Type and Frame Type of multi-energy CT (PS3.3 C.8.2.1.1.1). */
const KINDS: Readonly<Record<string, string>> = {
  VMI: 'virtual monoenergetic image',
  MAT_SPECIFIC: 'material-specific image',
  MAT_REMOVED: 'image with a material removed',
  MAT_FRACTIONAL: 'image of the fraction of a material',
  MAT_MODIFIED: 'image with a material modified',
  MAT_VALUE_BASED: 'image of the values of a material',
  EFF_ATOMIC_NUM: 'image of effective atomic numbers',
  ELECTRON_DENSITY: 'image of electron densities',
  ENERGY_PROP_WT: 'energy-weighted image',
};

/** Sequences of which each says that an image is of a multi-energy acquisition, by being there. */
export const multiEnergySequences: readonly string[] = [
  tags.MultienergyCTAcquisitionSequence,
  tags.MultienergyCTProcessingSequence,
  tags.MultienergyCTCharacteristicsSequence,
];

/**
 * What a multi-energy CT image is, in words and with the attribute that says so (PS3.3 C.8.2.2, C.8.15.3.12);
 * undefined for an image of one spectrum. Takes the data set of a single image or frame. Such images may say
 * HU and hold others than the same patient has at 120 kV.
 */
export function multiEnergyOf(image: Dataset): string | undefined {
  const kind = stringsOf(image, tags.ImageType)
    .slice(2)
    .find((value) => Object.hasOwn(KINDS, value.toUpperCase()));
  const energy = energyOf(image);
  if (kind !== undefined) {
    const words = `${KINDS[kind.toUpperCase()] ?? ''}${energy === undefined ? '' : ` ${energy}`}`;
    return `${words} (${attributeName(tags.ImageType)} ${kind.toUpperCase()})`;
  }
  if (energy !== undefined) return `image ${energy} (${attributeName(tags.MonoenergeticEnergyEquivalent)})`;
  const acquisition = stringOf(image, tags.MultienergyCTAcquisition);
  if (acquisition !== undefined && acquisition.toUpperCase() !== 'NO') {
    const stated = valueText(image[tags.MultienergyCTAcquisition]);
    return `image of a multi-energy acquisition (${attributeName(tags.MultienergyCTAcquisition)} ${stated})`;
  }
  const sequence = multiEnergySequences.find((tag) => itemsOf(image, tag).length > 0);
  return sequence && `image of a multi-energy acquisition (${attributeName(sequence)})`;
}

function energyOf(image: Dataset): string | undefined {
  const [item] = itemsOf(image, tags.MultienergyCTCharacteristicsSequence);
  const reading = [image, ...(item ? [item] : [])]
    .map((each) => statedNumber(each, tags.MonoenergeticEnergyEquivalent))
    .find(({ kind }) => kind !== 'absent');
  if (reading === undefined || reading.kind === 'absent') return undefined;
  return reading.kind === 'number' ? `at ${reading.value} keV` : `at an unreadable energy, ${reading.shape}`;
}
