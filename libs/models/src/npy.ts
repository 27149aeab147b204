import { modelError } from './errors.js';
import type { TensorType } from './graph.js';
import type { TensorData, TensorValue } from './onnx-model.js';

type ArrayOf = new (buffer: ArrayBuffer, offset: number, length: number) => TensorData;

const types: Readonly<Record<string, readonly [TensorType, ArrayOf]>> = {
  '|b1': ['bool', Uint8Array],
  '|u1': ['uint8', Uint8Array],
  '|i1': ['int8', Int8Array],
  '<i2': ['int16', Int16Array],
  '<u2': ['uint16', Uint16Array],
  '<i4': ['int32', Int32Array],
  '<i8': ['int64', BigInt64Array],
  '<f4': ['float32', Float32Array],
  '<f8': ['float64', Float64Array],
};

/**
 * Reads a NumPy array file (format 1.0 to 3.0, little endian, C order) as a tensor; throws
 * `model.vector-invalid`.
 */
export function readNpy(bytes: Uint8Array): TensorValue {
  const magic = Buffer.from(bytes.subarray(0, 6)).toString('latin1');
  if (magic !== '\x93NUMPY' || bytes.length < 12) throw modelError('model.vector-invalid', 'not a .npy file');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wide = (bytes[6] as number) > 1;
  const start = wide ? 12 : 10;
  const headerEnd = start + (wide ? view.getUint32(8, true) : view.getUint16(8, true));
  const header = Buffer.from(bytes.subarray(start, headerEnd)).toString('latin1');
  const [, descriptor = ''] = /'descr':\s*'([^']+)'/u.exec(header) ?? [];
  const [, shape] = /'shape':\s*\(([\d,\s]*)\)/u.exec(header) ?? [];
  const known = types[descriptor];
  if (known === undefined || shape === undefined || !/'fortran_order':\s*False/u.test(header)) {
    throw modelError('model.vector-invalid', 'a .npy file of a type, shape or order that is not read');
  }
  const dims = shape
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '')
    .map(Number);
  const [type, Data] = known;
  const length = dims.reduce((product, size) => product * size, 1);
  const unit = Number(descriptor.slice(2));
  if (bytes.length - headerEnd !== length * unit) {
    throw modelError('model.vector-invalid', 'a .npy file whose length is not that of its shape');
  }
  // Copied, because the values need not be aligned in the file.
  const data = new Data(Uint8Array.from(bytes.subarray(headerEnd)).buffer, 0, length);
  return { type, dims, data };
}
