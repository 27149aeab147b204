import { createHash } from 'node:crypto';
import { canonicalJson } from '@prelector/kernel';
import type { Dataset, Element } from './dataset.js';
import { numberSizes } from './vr.js';

/**
 * SHA-256 (lower-case hexadecimal) of decoded pixels and of the named attributes: the same for the same
 * content, whatever its transfer syntax, its spelling of numbers or the order of its elements. Absent and
 * empty attributes are the same.
 */
export function contentDigest(
  pixels: ArrayBufferView,
  attributes: Dataset,
  named: readonly string[],
): string {
  const hash = createHash('sha256');
  const content = [...named].sort().map((tag) => [tag, contentOf(attributes[tag])]);
  hash.update(canonicalJson(content)).update('\0');
  hash.update(new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength));
  return hash.digest('hex');
}

function contentOf(element: Element | undefined): unknown {
  if (element?.bytes) return Buffer.from(element.bytes).toString('base64');
  if (element?.InlineBinary !== undefined) return element.InlineBinary;
  const values = element?.Value ?? [];
  if (element?.vr === 'SQ') return values.map((item) => itemContent(item as Dataset));
  return values.map((value) => valueContent(element?.vr ?? '', value));
}

function itemContent(item: Dataset): unknown {
  return Object.fromEntries(Object.entries(item).map(([tag, element]) => [tag, contentOf(element)]));
}

/** Numbers as JSON spells them and text trimmed, so that `1.50` in a file equals `1.5` in an answer. */
function valueContent(vr: string, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const text = value.trim();
  const number = Number(text);
  return isNumeric(vr) && text !== '' && Number.isFinite(number) ? number : text;
}

function isNumeric(vr: string): boolean {
  return vr === 'DS' || vr === 'IS' || (vr !== 'AT' && numberSizes[vr] !== undefined);
}
