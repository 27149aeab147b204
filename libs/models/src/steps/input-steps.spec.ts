import { describe, expect, it } from '@jest/globals';
import { plainManifest } from '../images.testing.js';
import { checkManifest } from '../package.js';
import * as crop from './crop-step.testing.js';
import { steps } from './registry.js';
import { stepContract, type StepExample } from './step-contract.testing.js';

/** Each step of the registry has its example beside it. */
const shipped = await Promise.all(
  Object.entries(steps).map(async ([kind, step]) => {
    const { example } = (await import(`./${kind}.testing.js`)) as { example: StepExample };
    return [kind, step, example] as const;
  }),
);

describe.each(shipped)('the step `%s`', (_kind, step, example) => stepContract(step, example));

describe('a step that changes the geometry of an image', () => stepContract(crop.cropStep, crop.example));

describe('a manifest', () => {
  it('is refused where no step makes an image of the series', () => {
    const { volume: _none, ...input } = plainManifest.input;
    expect(() => checkManifest({ ...plainManifest, input })).toThrow(
      /input: state how the images of a series become a tensor, by one of `volume`/u,
    );
    expect(() => checkManifest({ ...plainManifest, input, memoryMiB: 'much' })).toThrow(
      /memoryMiB: .*input: state how the images/u,
    );
  });
});
