/**
 * Whole little endian samples in more bits: the sign is repeated, or zeros stand above. The bytes themselves
 * where both are the same.
 *
 * @param from bits of a sample as it is: 8, 16 or 32.
 * @param to those that are wanted, no fewer.
 */
export function widened(bytes: Uint8Array, from: number, to: number, signed: boolean): Uint8Array {
  if (from === to) return bytes;
  const [size, wide] = [from / 8, to / 8];
  const count = bytes.length / size;
  const out = new Uint8Array(count * wide);
  for (let index = 0; index < count; index++) {
    const highest = bytes[(index + 1) * size - 1] as number;
    if (signed && highest > 0x7f) out.fill(0xff, index * wide, (index + 1) * wide);
    out.set(bytes.subarray(index * size, (index + 1) * size), index * wide);
  }
  return out;
}
