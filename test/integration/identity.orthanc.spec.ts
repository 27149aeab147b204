import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PersonNameValue } from '@prelector/dicom';
import { stringOf, tags } from '@prelector/dicom';
import { TestInstallation } from '../system/installation.testing.js';
import type { PhantomStudy } from '../system/phantom.testing.js';
import { makePhantom } from '../system/phantom.testing.js';
import type { RawElement } from '../system/renamed-study.testing.js';
import { withRawElements } from '../system/renamed-study.testing.js';
import type { StoredEvidence } from '../system/test-pacs.testing.js';
import { until } from '../system/until.testing.js';
import { TestPacs } from '../system/test-pacs.testing.js';

const execute = promisify(execFile);
const latin1 = (text: string) => Buffer.from(text, 'latin1');
const characterSet = (value: string): RawElement => ['00080005', 'CS', latin1(value)];
const nameBytes = (hex: string): RawElement => ['00100010', 'PN', Buffer.from(hex, 'hex')];

/** Names as modalities write them, and as they read (PS3.5 annexes H to L). */
const names: readonly [script: string, sets: string, bytes: string, name: PersonNameValue][] = [
  ['Cyrillic', 'ISO_IR 144', 'b8d2d0ddded25eb8d2d0dd', { Alphabetic: 'Иванов^Иван' }],
  ['Polish', 'ISO_IR 101', 'a67769b174656b5ea3756b61737a', { Alphabetic: 'Świątek^Łukasz' }],
  ['Greek', 'ISO_IR 126', 'c4e9efedfdf3e9eff25ec3e9fef1e3eff2', { Alphabetic: 'Διονύσιος^Γιώργος' }],
  [
    'Japanese',
    'ISO 2022 IR 13\\ISO 2022 IR 87',
    'd4cfc0de5ec0dbb33d1b24423b3345441b284a5e1b244242404f3a1b284a3d1b24422464245e24401b284a5e1b2442243f246d24261b284a',
    { Alphabetic: 'ﾔﾏﾀﾞ^ﾀﾛｳ', Ideographic: '山田^太郎', Phonetic: 'やまだ^たろう' },
  ],
  [
    'Korean',
    '\\ISO 2022 IR 149',
    '486f6e675e47696c646f6e673d1b242943fbf35e1b242943d1ced4d73d1b242943c8ab5e1b242943b1e6b5bf',
    { Alphabetic: 'Hong^Gildong', Ideographic: '洪^吉洞', Phonetic: '홍^길동' },
  ],
  [
    'Chinese',
    'GB18030',
    '57616e675e5869616f446f6e673dcdf55ed0a1b6ab',
    { Alphabetic: 'Wang^XiaoDong', Ideographic: '王^小东' },
  ],
  ['Arabic', 'ISO_IR 127', 'e2c8c7e6ea5ee4e6d2c7d1', { Alphabetic: 'قباني^لنزار' }],
  ['Thai', 'ISO_IR 166', 'cac1aad2c25ee3a8b4d5', { Alphabetic: 'สมชาย^ใจดี' }],
];

const named = async (sets: string, bytes: string): Promise<PhantomStudy> =>
  withRawElements(await makePhantom(), [characterSet(sets), nameBytes(bytes)]);

type ChangesAt = (place: number) => readonly RawElement[];

/** Other elements in each image, by its place in the order of SOP Instance UIDs. */
function withChangesAt(study: PhantomStudy, changes: ChangesAt): PhantomStudy {
  const order = study.instances.map(({ sopInstanceUid }) => sopInstanceUid).sort();
  const instances = study.instances.flatMap(
    (each) =>
      withRawElements({ ...study, instances: [each] }, changes(order.indexOf(each.sopInstanceUid))).instances,
  );
  return { ...study, instances };
}

const person = (name: string, born: string): RawElement[] => [
  ['00100010', 'PN', latin1(name)],
  ['00100030', 'DA', latin1(born)],
];
const jane = person('Doe^Jane', '19800101');
const bob = person('Smith^Bob', '19500505');
const silent: RawElement[] = [...person('', ''), ['00080050', 'SH', latin1('')]];

/** What DCMTK prints of a report. */
async function printed(tool: 'dsrdump' | 'dsr2html', { bytes }: StoredEvidence): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'prelector-printed-'));
  try {
    const file = join(folder, 'report.dcm');
    await writeFile(file, bytes);
    return (await execute(tool, [file], { maxBuffer: 16 * 1024 * 1024 })).stdout;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

describe('the identity in a report, from an Orthanc as Debian installs it', () => {
  let pacs: TestPacs;
  let installation: TestInstallation;

  beforeAll(async () => {
    pacs = await TestPacs.start();
    installation = await TestInstallation.start();
    await installation.configure({ pacs, poll: true, rule: { holdOnDemographics: true } });
    await installation.polled();
  }, 60_000);

  afterAll(async () => {
    await installation?.stop();
    await pacs?.stop();
  }, 60_000);

  const verified = (study: PhantomStudy) =>
    installation.storyWhen(
      study.studyInstanceUid,
      'both reports are verified',
      ({ deliveries }) => deliveries.filter(({ state }) => state === 'verified').length === 2,
    );
  const held = (study: PhantomStudy) =>
    installation.storyWhen(
      study.studyInstanceUid,
      'the study is held',
      ({ study: { state } }) => state === 'held',
    );

  it.each(names)(
    'is a %s name as the images state it',
    async (_script, sets, bytes, name) => {
      const study = await named(sets, bytes);
      await pacs.push(study);
      const listed = await pacs.listed(study.studyInstanceUid);
      expect(listed[tags.PatientName]?.Value).not.toEqual([name]);

      const story = await verified(study);
      expect(story.study.state).toBe('complete');
      expect(story.entries.filter(({ what }) => what === 'identity warning')).toEqual([]);
      const reports = await pacs.evidence(study.studyInstanceUid);
      expect(reports).toHaveLength(2);
      for (const report of reports) {
        expect(report.dataset[tags.PatientName]?.Value).toEqual([name]);
        expect(report.dataset[tags.SpecificCharacterSet]?.Value).toEqual(['ISO_IR 192']);
        for (const tool of ['dsrdump', 'dsr2html'] as const) {
          const text = await printed(tool, report);
          for (const part of (name.Alphabetic ?? '').split('^')) expect(text).toContain(part);
        }
      }
    },
    120_000,
  );

  it.each(names.slice(0, 4))(
    'is a %s name that the order states, too',
    async (_script, sets, bytes) => {
      const study = await named(sets, bytes);
      expect(await installation.tell({ identity: study.identity })).toBe('AA');
      await pacs.push(study);
      const story = await verified(study);
      expect(story.entries.filter(({ what }) => what === 'identity warning')).toEqual([]);
    },
    120_000,
  );

  it('is not the one of an order that names somebody else: the study is held', async () => {
    const study = await named('ISO_IR 101', 'a67769b174656b5ea3756b61737a');
    const identity = { ...study.identity, name: { family: 'witek', given: 'ukasz' } };
    expect(await installation.tell({ identity })).toBe('AA');
    await pacs.push(study);
    expect((await held(study)).study.stateReason).toMatch(/order.*Patient's Name/u);
    expect(await pacs.evidence(study.studyInstanceUid)).toEqual([]);
  }, 120_000);

  it.each<[string, RawElement, RegExp]>([
    [
      'a name over 64 characters',
      ['00100010', 'PN', latin1(`${'Wolfeschlegel'.repeat(6)}^Hubert`)],
      /Patient's Name: longer/u,
    ],
    [
      'a name of seven components',
      ['00100010', 'PN', latin1('A^B^C^D^E^F^G')],
      /Patient's Name: more than five/u,
    ],
    [
      'an accession number of 20 characters',
      ['00080050', 'SH', latin1('ACC-2026-11-01-00042')],
      /Accession Number: longer/u,
    ],
    ['two study ids', ['00200010', 'SH', latin1('1\\2')], /Study ID: 2 values/u],
  ])(
    'is whole or there is none: %s holds the study until the archive has a better one',
    async (_what, element, reason) => {
      const original = await makePhantom();
      const study = withRawElements(original, [element]);
      await pacs.push(study);
      const { stateReason } = (await held(study)).study;
      expect(stateReason).toMatch(reason);
      expect(stateReason).not.toMatch(/Wolfe|ACC-2026|1960|A\^B/u);
      await expect(installation.release(study.studyInstanceUid, 'it must do')).rejects.toMatchObject({
        code: 'release.not-writable',
        message: expect.stringMatching(reason),
      });
      expect((await held(study)).deliveries).toEqual([]);
      expect(await pacs.evidence(study.studyInstanceUid)).toEqual([]);

      await pacs.remove(study.studyInstanceUid);
      await pacs.push(original);
      // A poll that sees the correction in this very moment may give a further reason, which has to be read first.
      await until('it is released', async () => {
        try {
          await installation.release(study.studyInstanceUid, 'corrected in the archive');
          return true;
        } catch (thrown) {
          expect(thrown).toMatchObject({ code: 'release.held-anew' });
          return undefined;
        }
      });
      await verified(study);
    },
    120_000,
  );

  it.each<[string, ChangesAt, RegExp]>([
    [
      'the image of the lowest UID is silent',
      (place) => (place === 0 ? silent : []),
      /stated by some images only: Patient's Name, Patient's Birth Date, Accession Number$/u,
    ],
    [
      'it leaves out the ideographic name',
      (place) => [
        ['00080005', 'CS', latin1('ISO_IR 192')],
        ['00100010', 'PN', Buffer.from(place === 0 ? 'Yamada^Tarou' : 'Yamada^Tarou=山田^太郎')],
      ],
      /differs: Patient's Name$/u,
    ],
    [
      'two persons stand among silent images',
      (place) => (place === 7 ? jane : place === 20 ? bob : silent),
      /differs: Patient's Name, Patient's Birth Date/u,
    ],
    [
      'one image has a middle name',
      (place) => [['00100010', 'PN', latin1(place === 9 ? 'Doe^Jane^Ann' : 'Doe^Jane')]],
      /differs: Patient's Name$/u,
    ],
    [
      'one image has another study id',
      (place) => [['00200010', 'SH', latin1(place === 9 ? '2' : '1')]],
      /differs: Study ID$/u,
    ],
  ])(
    'is that of all images or there is none: %s holds the study',
    async (_what, changes, reason) => {
      const study = withChangesAt(await makePhantom(), changes);
      await pacs.push(study);
      expect((await held(study)).study.stateReason).toMatch(reason);
      expect(await pacs.evidence(study.studyInstanceUid)).toEqual([]);
    },
    120_000,
  );

  it('is the whole one where a person released images of which some are silent, and the record says whose', async () => {
    const study = withChangesAt(await makePhantom(), (place) => (place === 0 ? silent : jane));
    await pacs.push(study);
    await held(study);
    await installation.release(study.studyInstanceUid, 'the scanner lost it');
    const { entries } = await verified(study);
    for (const { dataset } of await pacs.evidence(study.studyInstanceUid)) {
      expect(dataset[tags.PatientName]?.Value).toEqual([{ Alphabetic: 'Doe^Jane' }]);
      expect(stringOf(dataset, tags.PatientBirthDate)).toBe('19800101');
    }
    expect(entries).toContainEqual(
      expect.objectContaining({
        what: 'identity chosen',
        why: expect.stringMatching(
          /some images only: Patient's Name.* as released, .* instance [\d.]+ states/u,
        ),
      }),
    );
  }, 120_000);

  it('waits for a person where no character set explains the bytes, and is then written as they read', async () => {
    const study = withRawElements(await makePhantom(), [
      ['00080005', 'CS', latin1('')],
      ['00100010', 'PN', latin1('Müller^Jörg')],
    ]);
    await pacs.push(study);
    expect((await held(study)).study.stateReason).toMatch(/Patient's Name: bytes/u);
    await installation.release(study.studyInstanceUid, 'the name reads right');
    await verified(study);
    for (const { dataset } of await pacs.evidence(study.studyInstanceUid))
      expect(dataset[tags.PatientName]?.Value).toEqual([{ Alphabetic: 'Müller^Jörg' }]);
  }, 120_000);

  it('says what it left out of a report that does not identify anybody', async () => {
    const study = withRawElements(await makePhantom(), [['00081030', 'LO', latin1('x'.repeat(70))]]);
    await pacs.push(study);
    const story = await verified(study);
    expect(story.entries).toContainEqual(
      expect.objectContaining({
        what: 'left out of the report',
        why: expect.stringMatching(/^Study Description: longer/u),
      }),
    );
  }, 120_000);
});
