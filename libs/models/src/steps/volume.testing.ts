import { plainManifest } from '../images.testing.js';
import type { StepExample } from './step-contract.testing.js';

/** A volume of whole Hounsfield units with the size of its voxels. */
export const example: StepExample = {
  spec: plainManifest.input.volume,
  graph: [
    { name: 'volume', isTensor: true, type: 'int16', shape: ['z', 'y', 'x'] },
    { name: 'spacing', isTensor: true, type: 'float32', shape: [3] },
  ],
};
