import { TestEnvironment } from 'jest-environment-node';

/**
 * Shares the typed arrays of the outer realm with the tests: native add-ons (onnxruntime-node) check
 * `instanceof` against the outer ones and refuse those of a vm context.
 */
export default class NodeRealmEnvironment extends TestEnvironment {
  async setup() {
    await super.setup();
    Object.assign(this.global, {
      ArrayBuffer,
      SharedArrayBuffer,
      DataView,
      Float32Array,
      Float64Array,
      Int8Array,
      Int16Array,
      Int32Array,
      Uint8Array,
      Uint16Array,
      Uint32Array,
      Uint8ClampedArray,
      BigInt64Array,
      BigUint64Array,
    });
  }
}
