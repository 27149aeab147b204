import { describe, expect, it } from '@jest/globals';
import { queueAddress } from './queue-address.js';

describe('the address of the queues', () => {
  it.each(['postgres://u:p@h/db', 'postgresql://h/db'])('is PostgreSQL: %s', (url) => {
    expect(queueAddress(url, 'site_a')).toEqual({ kind: 'postgres', url, schema: 'site_a' });
  });

  it.each(['redis://h:6379/1', 'rediss://:p@h'])('is Redis: %s', (url) => {
    const address = queueAddress(url);
    expect(address).toMatchObject({ kind: 'redis', prefix: 'prelector_queue', connection: { url } });
    if (address.kind !== 'redis') throw new Error('not Redis');
    expect([1, 5, 1000].map(address.connection.retryStrategy)).toEqual([200, 1000, 2000]);
  });

  it.each(['', 'h:5432', 'mysql://h', 'http://h', 'postgres'])('is refused: "%s"', (url) => {
    expect(() => queueAddress(url)).toThrow(expect.objectContaining({ code: 'queue.url-invalid' }));
  });

  it.each(['', 'A', '1a', 'a-b', 'a"b', 'a'.repeat(41)])('takes no prefix "%s"', (prefix) => {
    expect(() => queueAddress('redis://h', prefix)).toThrow(
      expect.objectContaining({ code: 'queue.prefix-invalid' }),
    );
  });

  it('names no secret when it refuses', () => {
    expect(() => queueAddress('mysql://u:hunter2@h')).not.toThrow(/hunter2/u);
  });
});
