import { describe, expect, it } from '@jest/globals';
import { PrelectorError } from '@prelector/kernel';
import { pinoLog } from './pino-log.js';

const sink = () => {
  const lines: string[] = [];
  return { lines, write: (line: string) => void lines.push(line) };
};
const parsed = (line: string | undefined) => JSON.parse(line ?? '') as Record<string, unknown>;

describe('the log', () => {
  it('writes a line of JSON with time, level, message, fields and those of its parents', () => {
    const destination = sink();
    pinoLog({ destination }).child({ app: 'trigger' }).child({ feed: 'f1' }).warn('late', { seconds: 3 });
    expect(destination.lines).toHaveLength(1);
    expect(destination.lines[0]).toMatch(/\n$/u);
    expect(parsed(destination.lines[0])).toEqual({
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/u),
      app: 'trigger',
      feed: 'f1',
      seconds: 3,
      message: 'late',
    });
  });

  it('leaves out what is below its level', () => {
    const destination = sink();
    const log = pinoLog({ destination, level: 'warn' });
    log.info('no');
    log.error('yes');
    expect(destination.lines.map((line) => parsed(line)['message'])).toEqual(['yes']);
  });

  it.each([
    { patientId: 'SECRET' },
    { PatientName: 'SECRET' },
    { study: { accessionNumber: 'SECRET' } },
    { list: [{ birthDate: 'SECRET', patientBirthDate: 'SECRET' }] },
    { identity: { family: 'SECRET', given: 'SECRET', issuer: 'x' } },
    { '00100010': { Value: ['SECRET'] } },
    { hl7: 'MSH|SECRET', raw: 'SECRET', body: 'SECRET' },
    { authorization: 'Basic SECRET', password: 'SECRET', headers: { cookie: 'SECRET' } },
    { url: 'postgres://user:SECRET@host/db' },
    { said: 'cannot reach https://me:SECRET@pacs/x?y=1' },
    { error: new TypeError('SECRET is not iterable') },
    { bytes: new TextEncoder().encode('SECRET') },
  ])('writes no identity and no secret: %j', (fields) => {
    const destination = sink();
    pinoLog({ destination }).error('fault', fields);
    pinoLog({ destination }).child(fields).error('fault');
    expect(destination.lines.join('')).not.toContain('SECRET');
    expect(destination.lines.join('')).not.toContain(Buffer.from('SECRET').toString('base64'));
  });

  it('keeps codes, UIDs, HMACs and the words of our own errors', () => {
    const destination = sink();
    const error = new PrelectorError('stow.refused', 'permanent', 'The PACS refused it.');
    pinoLog({ destination }).error('fault', { error, studyUid: '1.2.3', patientHmac: 'ab12', count: 2n });
    expect(parsed(destination.lines[0])).toMatchObject({
      error: { code: 'stow.refused', message: 'The PACS refused it.' },
      studyUid: '1.2.3',
      patientHmac: 'ab12',
      count: '2',
    });
  });

  it('lives through values that cannot be written', () => {
    const destination = sink();
    const round: Record<string, unknown> = { long: 'x'.repeat(5_000), invalid: new Date(Number.NaN) };
    round['self'] = round;
    pinoLog({ destination }).info('round', round);
    expect(destination.lines[0]?.length).toBeLessThan(20_000);
    expect(parsed(destination.lines[0])['invalid']).toBe('invalid date');
  });

  it('writes lines for people when asked', () => {
    const destination = sink();
    pinoLog({ destination, pretty: true }).info('ready', { port: 11112, kinds: ['a'] });
    expect(destination.lines[0]).toMatch(/^\d\d:\d\d:\d\d\.\d{3} info {2}ready port=11112 kinds=\["a"\]\n$/u);
  });
});
