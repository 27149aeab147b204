import { readPart10, type Dataset } from '@prelector/dicom';
import { PrelectorError } from '@prelector/kernel';

/** Up to here an instance is read to its end, which keeps the connection; a larger one is looked into. */
const FIRST_LOOK = 1024 * 1024;

/** Finds where the attributes of an instance end, while its file is still arriving. */
export class InstanceHead {
  #nextLook = FIRST_LOOK;
  /** Once the pixel data were reached. */
  dataset: Dataset | undefined;

  /** True when the bytes reach the pixel data, so that every attribute before them is there. */
  isWhole(bytes: Uint8Array): boolean {
    if (bytes.length < this.#nextLook) return false;
    this.#nextLook = bytes.length * 2;
    try {
      const { dataset, stoppedAtPixelData } = readPart10(bytes, { stopBeforePixelData: true });
      if (stoppedAtPixelData) this.dataset = dataset;
    } catch (thrown) {
      // What is wrong with a beginning may only be its end; the whole is judged by itself.
      if (!(thrown instanceof PrelectorError)) throw thrown;
    }
    return this.dataset !== undefined;
  }
}
