import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { loadProfile } from '@prelector/profiles';
import { storeFailures } from './store-failure.js';
import { parseStoreResponse } from './store-response.js';

const item = (uid: string, more: Record<string, unknown> = {}) => ({
  '00081150': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.1.1.88.34'] },
  '00081155': { vr: 'UI', Value: [uid] },
  ...more,
});
const failed = (uid: string, reason: number | string) =>
  item(uid, { '00081197': { vr: 'US', Value: [reason] } });
const body = (stored: unknown[], failures: unknown[]) =>
  JSON.stringify({ '00081199': { vr: 'SQ', Value: stored }, '00081198': { vr: 'SQ', Value: failures } });
const JSON_TYPE = 'application/dicom+json';
const parse = (status: number, text: string) =>
  Object.fromEntries(parseStoreResponse(status, JSON_TYPE, text).instances);

describe('the answer to a store', () => {
  it('says what was stored, with warnings', () => {
    const warned = item('1.2', { '00081196': { vr: 'US', Value: [0xb000] } });
    expect(parse(200, body([item('1.1'), warned], []))).toEqual({
      '1.1': { state: 'stored' },
      '1.2': { state: 'stored', warning: 0xb000 },
    });
  });

  it.each([200, 202, 400, 409, 500])('says what failed at status %i too', (status) => {
    expect(parse(status, body([item('1.1')], [failed('1.2', 0x0122)]))).toEqual({
      '1.1': { state: 'stored' },
      '1.2': { state: 'failed', reason: 0x0122, meaning: 'sop-class-unsupported' },
    });
  });

  it.each([
    [0x0110, 'processing-failure'],
    [0x0111, 'duplicate'],
    [0x0122, 'sop-class-unsupported'],
    [0x0124, 'not-authorised'],
    [0xa700, 'out-of-resources'],
    [0xa900, 'dataset-mismatch'],
    [0xc000, 'cannot-understand'],
    [0xc122, 'transfer-syntax-unsupported'],
    [0x0106, 'other'],
  ])('reads reason %i as %s', (reason, meaning) => {
    expect(parse(409, body([], [failed('1.1', reason)]))['1.1']).toEqual({
      state: 'failed',
      reason,
      meaning,
    });
    expect(storeFailures[meaning as keyof typeof storeFailures].meaning).not.toBe('');
  });

  it('reads a reason that came as text, and lives without one', () => {
    expect(parse(409, body([], [failed('1.1', '272'), item('1.2')]))).toEqual({
      '1.1': { state: 'failed', reason: 272, meaning: 'processing-failure' },
      '1.2': { state: 'failed', reason: undefined, meaning: 'other' },
    });
  });

  it('reads a vendor’s own reasons, and Google’s duplicate only by its detail', () => {
    const read = (vendor: string, entry: unknown) =>
      parseStoreResponse(409, JSON_TYPE, body([], [entry]), loadProfile(vendor).stow.codes).instances.get(
        '1.1',
      );
    expect(read('dcm4chee-arc', failed('1.1', 0xa777))).toMatchObject({ meaning: 'patient-conflict' });
    expect(read('azure-dicom', failed('1.1', 45070))).toMatchObject({ meaning: 'duplicate' });
    expect(read('google-healthcare', failed('1.1', 272))).toMatchObject({ meaning: 'processing-failure' });
    const detail = { '00091097': { vr: 'LO', Value: ['instance already exists'] } };
    const plain = { ...failed('1.1', 272), ...detail };
    const nested = { ...failed('1.1', 272), '00091099': { vr: 'SQ', Value: [detail] } };
    expect(read('google-healthcare', plain)).toMatchObject({ meaning: 'duplicate' });
    expect(read('google-healthcare', nested)).toMatchObject({ meaning: 'duplicate' });
  });

  it('knows nothing of an instance that is in both lists', () => {
    expect(parse(202, body([item('1.1')], [failed('1.1', 272)]))['1.1']).toEqual({ state: 'unknown' });
  });

  it('reads one data set per study, lower-case tags, empty sequences and padded UIDs', () => {
    const one = JSON.parse(body([item('1.1\0')], [])) as unknown;
    const two = { '00081198': { vr: 'SQ' }, '00081199': { vr: 'SQ', Value: [item('1.2')] } };
    expect(Object.keys(parse(200, JSON.stringify([one, two])))).toEqual(['1.1', '1.2']);
  });

  it('reads XML', () => {
    const xml = `<?xml version="1.0"?>
      <NativeDicomModel xml:space="preserve">
        <DicomAttribute tag="00081190" vr="UR" keyword="RetrieveURL"><Value number="1">http://x</Value></DicomAttribute>
        <DicomAttribute tag="00081198" vr="SQ" keyword="FailedSOPSequence"><Item number="1">
          <DicomAttribute tag="00081155" vr="UI"><Value number="1">1.2</Value></DicomAttribute>
          <DicomAttribute tag="00081197" vr="US"><Value number="1">290</Value></DicomAttribute>
        </Item></DicomAttribute>
        <DicomAttribute tag="00081199" vr="SQ"><Item number="1">
          <DicomAttribute tag="00081155" vr="UI"><Value number="1"> 1.1 </Value></DicomAttribute>
        </Item></DicomAttribute>
      </NativeDicomModel>`;
    expect(Object.fromEntries(parseStoreResponse(202, 'application/dicom+xml', xml).instances)).toEqual({
      '1.1': { state: 'stored' },
      '1.2': { state: 'failed', reason: 290, meaning: 'sop-class-unsupported' },
    });
  });

  it('expands no entities of XML', () => {
    const xml = `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><NativeDicomModel>
      <DicomAttribute tag="00081199" vr="SQ"><Item><DicomAttribute tag="00081155" vr="UI"><Value>&e;</Value>
      </DicomAttribute></Item></DicomAttribute></NativeDicomModel>`;
    const { instances } = parseStoreResponse(200, 'application/dicom+xml', xml);
    expect([...instances.keys()].filter((uid) => uid !== '&e;')).toEqual([]);
  });
});

describe('an answer that tells nothing', () => {
  it.each([
    ['', 'the answer has no body'],
    ['"1.2.3" "1.2.4"', 'the answer could not be read (text/plain, 15 characters)'],
    ['<html>DOE^JANE</html>', 'the answer could not be read (text/plain, 21 characters)'],
    ['null', 'the answer could not be read (text/plain, 4 characters)'],
  ])('%j names no instance and repeats no text', (text, said) => {
    expect(parseStoreResponse(200, 'text/plain; charset=x', text)).toEqual({
      status: 200,
      instances: new Map(),
      text: said,
    });
  });

  it('is never an exception', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.string(),
          fc.string().map((text) => `<${text}`),
        ),
        (text) => {
          expect(parseStoreResponse(409, JSON_TYPE, text).status).toBe(409);
        },
      ),
    );
  });
});
