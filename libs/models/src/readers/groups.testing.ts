import { tensorsOf } from '../readings.testing.js';
import { plainManifest } from '../images.testing.js';
import type { ReaderExample } from './reader-contract.testing.js';

/** Measurements of one site, as the reader of numbers takes them. */
export const example: ReaderExample = {
  entries: plainManifest.groups,
  outputs: tensorsOf({ volume_ml: 5, mean_hu: -850.4 }),
};
