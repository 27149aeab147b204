import { limits } from '@prelector/kernel';
import { DelimitedReader } from './delimited-reader.js';

/** One part as it arrives: its body is to be read before the next part is asked for. */
export interface Part {
  /** Lower case. */
  readonly contentType: string;
  readonly body: AsyncIterable<Buffer>;
}

/** The parts of a multipart body (RFC 2046 5.1), whole never in memory. Throws `simulator.multipart-broken`. */
export async function* multipartParts(
  source: AsyncIterable<Uint8Array>,
  boundary: string,
): AsyncGenerator<Part> {
  const reader = new DelimitedReader(source, '\r\n');
  const delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
  for await (const preamble of reader.until(delimiter)) void preamble;
  while ((await reader.peek(2)).toString('latin1') !== '--') {
    await reader.textUntil('\r\n', limits.multipartPartHeaderBytes);
    const bare = (await reader.peek(2)).toString('latin1') === '\r\n';
    const headers = await reader.textUntil(bare ? '\r\n' : '\r\n\r\n', limits.multipartPartHeaderBytes);
    const [, contentType = ''] = /^content-type:\s*([^;\r\n]*)/imu.exec(headers) ?? [];
    yield { contentType: contentType.trim().toLowerCase(), body: reader.until(delimiter) };
  }
}
