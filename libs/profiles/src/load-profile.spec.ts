import { describe, expect, it } from '@jest/globals';
import { PrelectorError } from '@prelector/kernel';
import { loadProfile, profileNames } from './load-profile.js';
import type { ProfileOverrides } from './profile.js';

function failureOf(action: () => unknown): PrelectorError {
  try {
    action();
  } catch (error) {
    if (error instanceof PrelectorError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('built-in profiles', () => {
  it('has those that the documentation names', () => {
    expect(profileNames()).toEqual([
      'aws-healthimaging',
      'azure-dicom',
      'conquest',
      'dcm4chee-arc',
      'dicomcloud',
      'generic-lenient',
      'generic-strict',
      'google-healthcare',
      'kheops',
      'o3-dpacs',
      'orthanc',
      'prelector-simulator',
      'xnat',
    ]);
  });

  it.each(profileNames())('%s fits the schema and carries its file name', (name) => {
    expect(loadProfile(name)).toMatchObject({ id: name, schemaVersion: 1 });
  });

  it('claims a test only where one was made', () => {
    const tested = profileNames().filter((name) => loadProfile(name).testedWith.length > 0);
    expect(tested).toEqual(['orthanc']);
  });

  it('defaults to what every server we know can do', () => {
    const { qido, wado, stow } = loadProfile('generic-strict');
    expect(qido).toMatchObject({ dateRange: 'closed', includefield: 'none', keyStyle: 'hex' });
    expect(qido.modalitiesInStudy.match).toBe('none');
    expect(qido.paging).toMatchObject({ pageSize: 100, stop: 'empty-page' });
    expect(wado.accept[0]).toBe('multipart/related; type="application/dicom"; transfer-syntax=*');
    expect(stow).toMatchObject({ maxInstances: 1, transfer: 'content-length', quoteType: true });
  });

  it('stores to the base of Conquest, which has no other path', () => {
    expect(loadProfile('conquest').stow).toMatchObject({ path: 'base', requiresExistingStudy: true });
    expect(loadProfile('orthanc').stow.path).toBe('study');
  });

  it('tells a duplicate of Google from its general failure', () => {
    expect(loadProfile('google-healthcare').stow.codes).toEqual([
      { code: 272, meaning: 'duplicate', detail: { tag: '00091097', includes: 'already exists' } },
    ]);
  });
});

describe('overrides of a site', () => {
  it('replace single fields and leave their neighbours', () => {
    const profile = loadProfile('orthanc', { qido: { paging: { pageSize: 50 } }, stow: { maxInstances: 1 } });
    expect(profile.qido.paging).toMatchObject({ pageSize: 50, stop: 'empty-page' });
    expect(profile.stow).toMatchObject({ maxInstances: 1, duplicate: 'keep-old' });
  });

  it('replace lists whole', () => {
    expect(loadProfile('orthanc', { wado: { levels: ['instance'] } }).wado.levels).toEqual(['instance']);
  });

  it('do not leak into the next profile loaded', () => {
    loadProfile('orthanc', { http: { extraHeaders: { 'x-site': 'a' } } });
    expect(loadProfile('orthanc').http.extraHeaders).toEqual({});
  });

  it('are refused with every problem and its path', () => {
    const wrong = {
      qido: { dateRange: 'sometimes', pageSize: 5 },
      stow: { maxInstances: 0 },
    } as unknown as ProfileOverrides;
    const error = failureOf(() => loadProfile('orthanc', wrong));
    expect(error.code).toBe('profile.invalid');
    expect(error.message).toContain('qido.dateRange');
    expect(error.message).toContain('pageSize');
    expect(error.message).toContain('stow.maxInstances');
  });

  it.each([
    'Authorization',
    'Proxy-Authorization',
    'cookie',
    'X-API-Key',
    'apikey',
    'Ocp-Apim-Subscription-Key',
    'X-Auth-Token',
    'client-secret',
  ])('never set the header %s, and say where it belongs', (header) => {
    const error = failureOf(() => loadProfile('orthanc', { http: { extraHeaders: { [header]: 's3cr3t' } } }));
    expect(error.code).toBe('profile.invalid');
    expect(error.message).toContain('auth setting of the node');
    expect(error.message).not.toContain('s3cr3t');
  });

  it.each(['Host', 'Content-Length'])('never set the header %s', (header) => {
    const error = failureOf(() => loadProfile('orthanc', { http: { extraHeaders: { [header]: 'x' } } }));
    expect(error.code).toBe('profile.invalid');
  });

  it.each(['/studies/{patient}', 'studies', '/studies/../x', '//elsewhere', '/studies?x=1'])(
    'never hold the path %s',
    (path) => {
      const error = failureOf(() => loadProfile('orthanc', { paths: { studies: path } }));
      expect(error.message).toContain('paths.studies');
    },
  );

  it('cannot smuggle a prototype', () => {
    const wrong = JSON.parse('{"__proto__":{"vendor":"x"}}') as ProfileOverrides;
    expect(failureOf(() => loadProfile('orthanc', wrong)).code).toBe('profile.invalid');
    expect(({} as { vendor?: string }).vendor).toBeUndefined();
  });
});

describe('an unknown profile', () => {
  it.each(['acme', '../package', '', 'orthanc.yaml'])('%p is refused by name', (name) => {
    expect(failureOf(() => loadProfile(name)).code).toBe('profile.unknown');
  });
});
