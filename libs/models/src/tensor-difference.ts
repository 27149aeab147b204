import type { TensorValue } from './onnx-model.js';

/**
 * How what a graph gave differs from what it must give, in words; undefined when every value is as near as
 * `tolerance`. Not a number is equal to nothing.
 *
 * @param wanted `dims` undefined: one value, whatever its axes
 */
export function tensorDifference(
  got: TensorValue,
  wanted: { readonly dims: readonly number[] | undefined; readonly data: ArrayLike<number | bigint> },
  tolerance: number,
): string | undefined {
  const { dims, data } = wanted;
  if (dims !== undefined && dims.join() !== got.dims.join())
    return `[${got.dims.join(', ')}] given, not [${dims.join(', ')}]`;
  if (got.data.length !== data.length) {
    const many = `${got.data.length} values, [${got.dims.join(', ')}]`;
    return `${many} given, and ${data.length} ${data.length === 1 ? 'is' : 'are'} stated: state \`dims\` and \`data\`, or a \`file\``;
  }
  let differing = 0;
  let first: number | undefined;
  for (let index = 0; index < data.length; index++) {
    if (Math.abs(Number(got.data[index]) - Number(data[index])) <= tolerance) continue;
    differing += 1;
    first ??= index;
  }
  if (first === undefined) return undefined;
  const example = `${String(got.data[first])}, not ${String(data[first])} within ${tolerance}`;
  return data.length === 1
    ? example
    : `${differing} of ${data.length} values differ, first at index ${first}: ${example}`;
}
