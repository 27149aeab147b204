import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { readDatasets } from './read-body.js';

describe('a long answer', () => {
  it('is read in slices, between which others have their turn', async () => {
    const list = Array.from({ length: 5000 }, () => ({ '00080018': { vr: 'UI', Value: ['1.2'] } }));
    const body = Readable.from([Buffer.from(JSON.stringify(list))]);
    let turns = 0;
    let next: NodeJS.Immediate;
    const count = () => {
      turns += 1;
      next = setImmediate(count);
    };
    const answer = { status: 200, header: () => undefined, body };
    const found = readDatasets(answer, { bytes: 1024 * 1024, datasets: 5000, emptyBodyIsEmpty: false });
    next = setImmediate(count);
    expect(await found).toHaveLength(5000);
    clearImmediate(next);
    expect(turns).toBeGreaterThan(100);
  });
});

describe('an answer', () => {
  const read = (text: string | Buffer, type?: string) =>
    readDatasets(
      { status: 200, header: () => type, body: Readable.from([Buffer.from(text)]) },
      { bytes: 1024, datasets: 10, emptyBodyIsEmpty: false },
    );

  it.each(['null', '"text"', '5', '[]', 'NaN'])(
    'with %s among its data sets gives the others',
    async (other) => {
      const one = '{"00080018":{"vr":"UI","Value":["1.2"]}}';
      const whole = { '00080018': { vr: 'UI', Value: ['1.2'] } };
      expect(await read(`[${one},${other},${one}]`)).toEqual([whole, {}, whole]);
    },
  );

  it('that holds numbers which JSON has no word for is read', async () => {
    const text =
      '[{"00189345":{"vr":"FD","Value":[NaN,-Infinity,1]},"0008103E":{"vr":"LO","Value":["NaN \\" NaN"]}}]';
    expect(await read(text)).toEqual([
      {
        '00189345': { vr: 'FD', Value: [Number.NaN, Number.NEGATIVE_INFINITY, 1] },
        '0008103E': { vr: 'LO', Value: ['NaN " NaN'] },
      },
    ]);
  });

  it.each([
    ['application/dicom+json', 'utf8'],
    ['application/dicom+json; charset=ISO-8859-1', 'latin1'],
    ['application/dicom+json; charset=unheard-of', 'utf8'],
  ] as const)('as %s is read in %s', async (type, encoding) => {
    const text = '[{"0008103E":{"vr":"LO","Value":["Schädel"]}}]';
    const whole = { '0008103E': { vr: 'LO', Value: ['Schädel'] } };
    expect(await read(Buffer.from(text, encoding), type)).toEqual([whole]);
  });

  it('that is cut off is no JSON', async () => {
    await expect(read('[{"00080018":{"vr":"UI","Value":["1.2"')).rejects.toMatchObject({
      code: 'dicomweb.malformed-answer',
    });
  });
});
