import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { stringOf, tags } from '@prelector/dicom';
import type { StudyStory } from '@prelector/ledger';
import { TestInstallation } from '../system/installation.testing.js';
import type { PhantomStudy } from '../system/phantom.testing.js';
import { makePhantom } from '../system/phantom.testing.js';
import type { RawElement } from '../system/renamed-study.testing.js';
import { withRawElements } from '../system/renamed-study.testing.js';
import { TestPacs } from '../system/test-pacs.testing.js';
import { until } from '../system/until.testing.js';

const utf8 = (tag: string, vr: RawElement[1], text: string): RawElement => [tag, vr, Buffer.from(text)];

/** A study whose files state these numbers in UTF-8. */
async function numbered(accession: string, patientId: string): Promise<PhantomStudy> {
  return withRawElements(await makePhantom(), [
    utf8('00080005', 'CS', 'ISO_IR 192'),
    utf8('00080050', 'SH', accession),
    utf8('00100020', 'LO', patientId),
  ]);
}

let serial = 0;
const patient = () => `PAT${(serial += 1)}`;
const filler = () => ({ fillerOrderNumber: `FN${(serial += 1)}` });

/** An order with its numbers alone: the phantom's name and birth date are not what is tried here. */
const numbersOf = (patientId: string, accessionNumber: string) => ({
  identity: { patientId, accessionNumber },
  ...filler(),
});
const scheduled = { orderControl: 'NW', orderStatus: 'SC' } as const;
const cancelled = { orderControl: 'CA', orderStatus: 'CA' } as const;
const signed = { form: 'ORU^R01', resultStatus: 'F' } as const;

const isVerified = ({ deliveries }: StudyStory) =>
  deliveries.filter(({ state }) => state === 'verified').length === 2;

describe('a number that the searches of an Orthanc as Debian installs it lose characters of', () => {
  let pacs: TestPacs;
  let installation: TestInstallation;

  const start = async (poll: boolean) => {
    pacs = await TestPacs.start();
    installation = await TestInstallation.start();
    await installation.configure({ pacs, poll });
    if (poll) await installation.polled();
  };
  const stop = async () => {
    await installation?.stop();
    await pacs?.stop();
  };
  /** Has searches for studies state another accession number than the files do. */
  const listing = (inFiles: string, listed: string) =>
    pacs.gate.disturb(({ path }) => {
      const changed = (body: Buffer) => body.toString('latin1').replaceAll(`"${inFiles}"`, `"${listed}"`);
      return path.startsWith('/studies?')
        ? { changeAnswer: (body) => Buffer.from(changed(body), 'latin1') }
        : undefined;
    });
  const verified = ({ studyInstanceUid }: PhantomStudy) =>
    installation.storyWhen(studyInstanceUid, 'both reports are verified', isVerified);
  const orderStates = (accession: string) =>
    installation.rows<{ state: string }>(
      `SELECT o.state FROM study_order o JOIN order_key k ON k.order_id = o.id WHERE k.number = $1 AND k.kind = 'accession'`,
      [installation.resources.ledger.vault.hmac('accession number', accession)],
    );

  describe('where the node is polled', () => {
    beforeAll(() => start(true), 60_000);
    afterAll(stop, 60_000);

    it.each(['Ł391', 'Ж-392', '日本393', 'Ä394'])(
      '%s is the one of its own order, also once our reports changed the study',
      async (accession) => {
        const patientId = patient();
        await installation.tell({ ...numbersOf(patientId, accession), ...scheduled });
        const study = await numbered(accession, patientId);
        await pacs.push(study);
        await verified(study);
        const { entries } = await installation.storyWhen(
          study.studyInstanceUid,
          'the poll sees our reports',
          (story) => JSON.stringify(story).includes('seen to have changed'),
        );
        expect(
          entries.map(({ detail }) => JSON.stringify(detail)).filter((each) => /"held"/u.test(each)),
        ).toEqual([]);
        expect((await installation.settled(study.studyInstanceUid)).study.state).toBe('complete');
        for (const { dataset } of await pacs.evidence(study.studyInstanceUid))
          expect(stringOf(dataset, tags.AccessionNumber)).toBe(accession);
      },
      120_000,
    );

    it.each<[string, Parameters<TestInstallation['tell']>[0] extends infer M ? Partial<M> : never]>([
      ['signed', signed],
      ['cancelled', cancelled],
    ])(
      'is not the rest of it: a %s order of that number keeps nothing back',
      async (what, change) => {
        const patientId = patient();
        const rest = `40${what}`;
        await installation.tell({ ...numbersOf(patientId, rest), ...change });
        const study = await numbered(`Ł${rest}`, patientId);
        await pacs.push(study);
        expect((await verified(study)).study.readingState).not.toBe('final');
      },
      120_000,
    );

    it('is not the rest of it: an order of another patient under that holds nothing, and is not held', async () => {
      await installation.tell({ ...numbersOf('SOMEBODY-ELSE', '41'), ...scheduled });
      const study = await numbered('Ł41', patient());
      await pacs.push(study);
      expect((await verified(study)).study.state).toBe('complete');
      expect(await orderStates('41')).toEqual([{ state: 'announced' }]);
    }, 120_000);

    it('signs by its own report alone', async () => {
      const patientId = patient();
      const study = await numbered('Ł42', patientId);
      await pacs.push(study);
      await verified(study);
      await installation.tell({ ...numbersOf(patientId, '42'), ...signed });
      expect((await installation.settled(study.studyInstanceUid)).study.readingState).not.toBe('final');
      await installation.tell({ ...numbersOf(patientId, 'Ł42'), ...signed });
      await installation.storyWhen(
        study.studyInstanceUid,
        'it is signed',
        (story) => story.study.readingState === 'final',
      );
    }, 120_000);

    it('is a Patient ID, too: the order states it whole', async () => {
      await installation.tell({ ...numbersOf('Ж43', 'ACC43'), ...scheduled });
      const study = await numbered('ACC43', 'Ж43');
      await pacs.push(study);
      expect((await verified(study)).study.state).toBe('complete');
      expect(await orderStates('ACC43')).toEqual([{ state: 'announced' }]);
    }, 120_000);
  });

  describe('where the archive corrected its records and not its images', () => {
    beforeAll(() => start(true), 60_000);
    afterAll(stop, 60_000);

    it.each<[string, Parameters<TestInstallation['tell']>[0] extends infer M ? Partial<M> : never]>([
      ['signed', signed],
      ['cancelled', cancelled],
    ])(
      'its number holds the study, and nothing is stored once the order of it was %s, though released',
      async (what, change) => {
        const patientId = patient();
        const [inRecords, inFiles] = [`Y51${what}`, `X51${what}`];
        pacs.gate.calm();
        listing(inFiles, inRecords);
        const order = numbersOf(patientId, inRecords);
        await installation.tell({ ...order, ...scheduled });
        const study = await numbered(inFiles, patientId);
        await pacs.push(study);
        const { study: held } = await installation.storyWhen(
          study.studyInstanceUid,
          'it is held',
          (story) => story.study.state === 'held',
        );
        expect(held.stateReason).toMatch(/Accession Number/u);
        expect(await installation.tell({ ...order, ...change })).toBe('AA');
        // Of a cancelled order nothing holds it any more.
        if (what === 'signed') await installation.release(study.studyInstanceUid, 'the records are right');
        const { deliveries } = await installation.settled(study.studyInstanceUid);
        expect(deliveries.filter(({ state }) => state === 'verified')).toEqual([]);
        expect(await pacs.evidence(study.studyInstanceUid)).toEqual([]);
      },
      120_000,
    );
  });

  describe('where the archive moved its records to somebody else', () => {
    beforeAll(() => start(true), 60_000);
    afterAll(stop, 60_000);

    it.each<[what: string, accession: string, patientId: string, left: string, reason: RegExp]>([
      ['patient', 'ACC81', 'Ж45846081', '45846081', /lists against its images differs: Patient ID/u],
      ['accession number', 'Ł45846082', 'PAT82', '45846082', /lists against its images differs: Accession/u],
    ])(
      'the study is held and nothing stored: another %s',
      async (_what, accession, patientId, left, reason) => {
        pacs.gate.calm();
        listing(left, `QB${left}`);
        const study = await numbered(accession, patientId);
        await pacs.push(study);
        const { study: held } = await installation.storyWhen(
          study.studyInstanceUid,
          'it is held',
          (story) => story.study.state === 'held',
        );
        expect(held.stateReason).toMatch(reason);
        expect(await pacs.evidence(study.studyInstanceUid)).toEqual([]);
      },
      120_000,
    );
  });

  describe('where the node is not polled', () => {
    beforeAll(() => start(false), 60_000);
    afterAll(stop, 60_000);

    const found = async (accession: string) =>
      until('the order is settled', async () => {
        const [order] = await orderStates(accession);
        return order?.state === 'announced' ? undefined : order?.state;
      });

    it.each(['Ä100', '20é', 'straße15', 'Ł50', 'a-Ж-b', 'F,4', 'F_18%', 'A &B'])(
      '%j is found by its order, and no other study',
      async (accession) => {
        const patientId = patient();
        const near = accession.replaceAll(/[^A-Za-z0-9-]/gu, '');
        const [study, other, further] = [
          await numbered(accession, patientId),
          await numbered(near, patientId),
          await numbered(`X${near}`, patientId),
        ];
        for (const each of [study, other, further]) await pacs.push(each, 0, each === study ? undefined : 1);
        await installation.tell(numbersOf(patientId, accession));
        expect(await found(accession)).toBe('arrived');
        await verified(study);
        for (const each of [other, further])
          expect(await installation.story(each.studyInstanceUid)).toBeUndefined();
      },
      120_000,
    );

    it.each<[string, string]>([
      ['none', ''],
      ['another', 'Z55'],
    ])(
      'is found though the search states that of another series, %s',
      async (_what, others) => {
        const patientId = patient();
        const accession = `A55${others}`;
        const whole = await numbered(accession, patientId);
        const last = whole.instances.slice(-1);
        const further = withRawElements({ ...whole, instances: last }, [
          utf8('0020000E', 'UI', `${whole.studyInstanceUid}.7`),
          utf8('00080050', 'SH', others),
        ]);
        await pacs.push({ ...whole, instances: whole.instances.slice(0, -1) });
        // An Orthanc keeps for the study what its first image states.
        await pacs.push(further);
        // Which of the instances a row states is chance.
        pacs.gate.calm();
        listing(accession, others);
        await installation.tell(numbersOf(patientId, accession));
        expect(await found(accession)).toBe('arrived');
      },
      120_000,
    );

    it('is the Patient ID of the order: its study is found', async () => {
      const study = await numbered('ACC60', 'Ж60');
      await pacs.push(study);
      await installation.tell(numbersOf('Ж60', 'ACC60'));
      expect(await found('ACC60')).toBe('arrived');
      await verified(study);
    }, 120_000);

    it('is the rest of it for another order, which does not find it', async () => {
      const patientId = patient();
      const study = await numbered('Ł70', patientId);
      await pacs.push(study);
      await installation.tell(numbersOf(patientId, '70'));
      await until('the archive was asked', async () => {
        const asked = await installation.rows(
          `SELECT 1 FROM step WHERE step = 'resolve' AND state = 'waiting' AND reason LIKE '%not on any node%'`,
        );
        return asked.length > 0 ? true : undefined;
      });
      expect(await orderStates('70')).toEqual([{ state: 'announced' }]);
      expect(await installation.story(study.studyInstanceUid)).toBeUndefined();
    }, 120_000);
  });
});
