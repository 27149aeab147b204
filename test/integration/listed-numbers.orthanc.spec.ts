import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUid } from '@prelector/dicom';
import { compareSearchWithInstance, identityOfSearch } from '@prelector/findings';
import type { PhantomStudy } from '../system/phantom.testing.js';
import { makePhantom } from '../system/phantom.testing.js';
import type { RawElement } from '../system/renamed-study.testing.js';
import { withRawElements } from '../system/renamed-study.testing.js';
import { TestPacs } from '../system/test-pacs.testing.js';

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const extended = (escape: string, first: string, second: string) => ({
  every: `\x1b${escape}${first}7\x1b${escape}${second}0`,
  once: `K-\x1b${escape}${second}71${first}`,
});

/** Numbers as modalities write them with code extensions: the number of the set, and two characters of it. */
const extensions: readonly [script: string, set: number, escape: string, first: string, second: string][] = [
  ['Latin-1', 100, '-A', '\xc4', '\xe9'],
  ['Polish', 101, '-B', '\xa3', '\xa6'],
  ['Maltese', 109, '-C', '\xa1', '\xf8'],
  ['Baltic', 110, '-D', '\xb1', '\xab'],
  ['Cyrillic', 144, '-L', '\xb6', '\xcf'],
  ['Arabic', 127, '-G', '\xd9', '\xe5'],
  ['Greek', 126, '-F', '\xd9', '\xdc'],
  ['Hebrew', 138, '-H', '\xe0', '\xe1'],
  ['Turkish', 148, '-M', '\xdd', '\xfe'],
  ['Latin-9', 203, '-b', '\xbc', '\xa4'],
  ['Thai', 166, '-T', '\xa1', '\xa2'],
  ['Katakana', 13, ')I', '\xd4', '\xcf'],
  ['Korean', 149, '$)C', '\xb1\xe8', '\xbc\xf6'],
  ['Chinese', 58, '$)A', '\xcd\xf5', '\xd0\xa1'],
];

/** Character sets a file declares, and the bytes of its Patient ID and Accession Number. */
const numbers: readonly [what: string, sets: string, patientId: string, accession: string][] = [
  ...extensions.flatMap(([script, set, ...characters]) =>
    ['ISO 2022 IR 6', 'ISO 2022 IR 100', ''].map((first): [string, string, string, string] => {
      const { every, once } = extended(...characters);
      const sets = set === 100 && first.endsWith('100') ? first : `${first}\\ISO 2022 IR ${set}`;
      return [`${script} behind "${first}"`, sets, every, once];
    }),
  ),
  ...extensions
    .filter(([, set]) => ![149, 58].includes(set))
    .map(([script, set, , first, second]): [string, string, string, string] => [
      `${script} alone`,
      `ISO_IR ${set}`,
      `${first}70`,
      `K${second}-71`,
    ]),
  ...['ISO 2022 IR 6', 'ISO 2022 IR 13', 'ISO 2022 IR 100', ''].map(
    (first): [string, string, string, string] => [
      `Japanese behind "${first}"`,
      `${first}\\ISO 2022 IR 87\\ISO 2022 IR 159`,
      '\x1b$BK\\\x1b(B70',
      'A\x1b$BF|\x1b(B7\x1b$(D0!\x1b(B1',
    ],
  ),
  [
    'Japanese of both kinds',
    'ISO 2022 IR 13\\ISO 2022 IR 87',
    '\xd4\x1b$BK\\\x1b(J70',
    'A\x1b$BF|\x1b(J\xd471',
  ],
  ['Chinese in GB18030', 'GB18030', '\xcd\xf570', 'K\xd0\xa171'],
  ['Chinese in GBK', 'GBK', '\xcd\xf570', 'K\xd0\xa171'],
  ['UTF-8', 'ISO_IR 192', '\xd0\x9670', 'K\xe6\x97\xa5-71'],
  ['UTF-8, decomposed', 'ISO_IR 192', 'A\xcc\x8870', 'e\xcc\x8171'],
  ['UTF-8, undeclared', '', '\xd0\x9670', 'K\xd0\xaf71'],
  ['UTF-8 under ISO_IR 100', 'ISO_IR 100', '\xd0\x9670', 'K\xd0\xaf71'],
  ['dashes of Windows', 'ISO_IR 100', 'A\x9670', 'K\x9771'],
  ['dashes of Windows, undeclared', '', 'A\x9670', 'K\x9771'],
  ['a tilde of JIS X 0201', 'ISO_IR 13', '\xd4~70', 'K\xd4~71'],
  ['undeclared code extensions', '', '\x1b-L\xb670', 'K\x1b$BK\\\x1b(B71'],
  ['undeclared code extensions under ISO_IR 100', 'ISO_IR 100', '\x1b-L\xb670', 'K\x1b$BK\\\x1b(B71'],
];

describe('what an Orthanc as Debian installs it lists of numbers beyond ASCII', () => {
  let pacs: TestPacs;
  let phantom: PhantomStudy;
  beforeAll(async () => {
    pacs = await TestPacs.start();
    phantom = await makePhantom();
  }, 60_000);
  afterAll(async () => {
    await pacs?.stop();
  }, 60_000);

  it.each(numbers)(
    'is no other identity than its images state: %s',
    async (_what, sets, patientId, accession) => {
      const studyInstanceUid = randomUid();
      const elements: RawElement[] = [
        ['0020000D', 'UI', latin1(studyInstanceUid)],
        ['00080005', 'CS', latin1(sets)],
        ['00080050', 'SH', latin1(accession)],
        ['00100020', 'LO', latin1(patientId)],
      ];
      const study = withRawElements(
        { ...phantom, studyInstanceUid, instances: phantom.instances.slice(0, 1) },
        elements,
      );
      expect(study.identity.patientId).toMatch(/[^ -~]/u);
      await pacs.push(study);
      const listed = identityOfSearch(await pacs.listed(study.studyInstanceUid));
      expect(compareSearchWithInstance(listed, study.identity)).toMatchObject({ verdict: 'agrees' });
      for (const name of ['patientId', 'accessionNumber'] as const) {
        const moved = { ...listed, [name]: `QB${listed[name]}` };
        expect(compareSearchWithInstance(moved, study.identity)).toMatchObject({
          verdict: 'holds',
          differing: [name],
        });
      }
    },
  );
});
