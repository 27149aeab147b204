import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OrderMessageOptions } from '@prelector/hl7';
import { EventRow } from '@prelector/ledger';
import { some } from './ledger.testing.js';
import type { ArchivedStudy } from './search-archive.testing.js';
import { TestTrigger, freshStudy, messageFor } from './trigger.testing.js';

let trigger: TestTrigger;
beforeAll(async () => {
  trigger = await TestTrigger.start({ pacs: 'clinical' });
});
afterAll(() => trigger?.stop());

const hear = async (message: Uint8Array) => expect(await trigger.hear(message)).toBe('AA');
/** The images come, and the poll finds them. */
const arrive = async (study: ArchivedStudy) => {
  some(trigger.archives['pacs']).put(study);
  await trigger.poll('pacs', study.studyDate);
};
const matching = (pattern: RegExp) => expect.stringMatching(pattern) as unknown;

describe('an order for one patient and images of another under its accession number', () => {
  it.each(['order', 'images'])('are both held, and both say why, when the %s came first', async (first) => {
    const study = freshStudy();
    const order = messageFor({ ...study, patientId: 'SOMEBODY-ELSE' });
    if (first === 'order') {
      await hear(order);
      await trigger.work();
      await arrive(study);
    } else {
      await arrive(study);
      await trigger.settle();
      await hear(order);
    }
    await trigger.settle();
    const why = matching(/two patients under one accession number: differs: Patient ID/u);
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({
      state: 'held',
      stateReason: why,
    });
    expect(await trigger.lastOrder()).toMatchObject({ state: 'held', stateReason: why });
  });
});

const line = (status: string) => `OBX|1|TX|R||text||||||${status}`;

describe('a signed report', () => {
  const by: [string, (study: ArchivedStudy) => Partial<OrderMessageOptions>][] = [
    ['the accession number', () => ({})],
    [
      'an accession number in the place of the filler order number',
      (study) => ({
        identity: { patientId: study.patientId },
        fillerOrderNumber: study.accessionNumber ?? '',
      }),
    ],
    [
      'the Study Instance UID',
      (study) => ({
        form: 'OMI^O23',
        identity: { patientId: study.patientId, studyInstanceUid: study.studyInstanceUid },
      }),
    ],
    [
      'an accession number with an issuer that the archive does not state',
      (study) => ({
        form: 'OMI^O23',
        identity: { patientId: study.patientId, issuerOfAccessionNumber: 'HOSP' },
        studyInstanceUids: [study.studyInstanceUid],
      }),
    ],
  ];

  describe.each(by)('that names its study by %s', (_name, said) => {
    it.each(['before', 'after'])('counts when it is heard %s the images', async (when) => {
      const study = freshStudy();
      const report = messageFor(study, { resultStatus: 'F', ...said(study) });
      if (when === 'before') await hear(report);
      await arrive(study);
      if (when === 'after') await hear(report);
      expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ readingState: 'final' });
      await trigger.settle();
      expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ state: 'complete' });
    });
  });

  it('counts when only the archive states the issuer, and not when both state another', async () => {
    const study = freshStudy({ issuerOfAccessionNumber: 'CLINIC' });
    await hear(messageFor(study, { resultStatus: 'F' }));
    await arrive(study);
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ readingState: 'final' });
    const other = freshStudy({ issuerOfAccessionNumber: 'CLINIC' });
    const { accessionNumber, patientId } = other;
    const identity = { patientId, accessionNumber, issuerOfAccessionNumber: 'HOSP' };
    await hear(
      messageFor(other, { form: 'OMI^O23', resultStatus: 'F', identity, studyInstanceUids: ['1.2.3'] }),
    );
    await arrive(other);
    expect(await trigger.study(other.studyInstanceUid)).toMatchObject({ readingState: 'unknown' });
  });

  it.each([
    ['with a line break that nobody escaped', ['OBX|1|TX|R||CHEST CT', 'no nodule||||||F'], 'F', 'final'],
    ['whose status only its lines state, of which one was deleted', [line('F'), line('D')], '', 'final'],
    ['that is stored and not verified', [line('')], 'R', 'preliminary'],
  ])('%s counts', async (_name, lines, resultStatus, readingState) => {
    const study = freshStudy();
    await arrive(study);
    const head = Buffer.from(messageFor(study, { form: 'ORU^R01', resultStatus })).toString();
    await hear(Buffer.from([...head.split('\r').filter(Boolean), ...lines, ''].join('\r')));
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ readingState });
  });

  describe('under another issuer than the archive states', () => {
    const issued = () => freshStudy({ issuerOfAccessionNumber: 'RADIS', birthDate: '19800101' });
    const said = (
      { patientId, accessionNumber, birthDate = '' }: ReturnType<typeof issued>,
      issuerOfAccessionNumber: string,
      change: Parameters<typeof messageFor>[1],
    ) =>
      messageFor(
        { patientId, accessionNumber },
        {
          form: 'OMI^O23',
          identity: { patientId, accessionNumber, birthDate, issuerOfAccessionNumber },
          studyInstanceUids: ['1.2.3'],
          fillerOrderNumber: `${issuerOfAccessionNumber}-${accessionNumber}`,
          ...change,
        },
      );
    const final = { resultStatus: 'F' } as const;

    it.each(['before', 'after'])(
      'counts where the whole patient agrees when it is heard %s the images',
      async (when) => {
        const study = issued();
        if (when === 'before') await hear(said(study, 'HOSP', final));
        await arrive(study);
        if (when === 'after') await hear(said(study, 'HOSP', final));
        expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ readingState: 'final' });
        await trigger.settle();
        expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ state: 'complete' });
      },
    );

    it('goes on counting when the archive comes to state its issuer', async () => {
      const { issuerOfAccessionNumber, ...study } = issued();
      await hear(said(study, 'HOSP', final));
      await arrive(study);
      await arrive({ ...study, issuerOfAccessionNumber: some(issuerOfAccessionNumber), series: { CT: 4 } });
      expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ readingState: 'final' });
    });

    it('is no report of the study where something of the patient differs', async () => {
      const study = issued();
      await hear(said({ ...study, birthDate: '19800102' }, 'HOSP', final));
      await arrive(study);
      expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ readingState: 'unknown' });
    });

    it.each(['before', 'after'])(
      'is no report of a study with an order of its own number, placed %s it',
      async (when) => {
        const study = issued();
        const own = () => said(study, 'RADIS', { orderControl: 'NW', orderStatus: '' });
        if (when === 'before') await hear(own());
        await hear(said(study, 'HOSP', final));
        await arrive(study);
        if (when === 'after') await hear(own());
        const { readingState } = await trigger.study(study.studyInstanceUid);
        expect(readingState).not.toBe('final');
      },
    );

    it('is found by an order whose acquisition ended, and cancelled with it', async () => {
      const study = issued();
      some(trigger.archives['pacs']).put(study);
      await hear(said(study, 'HOSP', {}));
      await trigger.settle();
      expect(await trigger.lastOrder()).toMatchObject({ state: 'arrived' });
      await hear(said(study, 'HOSP', { orderControl: 'CA', orderStatus: 'CA' }));
      const { id } = await trigger.study(study.studyInstanceUid);
      expect(await trigger.ledger.pool.orders.areCancelled(id)).toBe(true);
    });
  });

  it('speaks of no study that was made after it under a number that was used again, and says so once', async () => {
    const study = freshStudy();
    await hear(messageFor(study, { resultStatus: 'F' }));
    const { id: orderId } = await trigger.lastOrder();
    await trigger.ledger.pool.sql.manager.query(
      `UPDATE study_order SET reading_at = reading_at - interval '3 days' WHERE id = $1`,
      [orderId],
    );
    await arrive(study);
    await arrive({ ...study, series: { CT: 4 } });
    const { id, readingState } = await trigger.study(study.studyInstanceUid);
    expect(readingState).toBe('unknown');
    for (const subjectId of [id, orderId]) {
      const said = await trigger.ledger.pool.sql.manager.findBy(EventRow, { subjectId, what: 'not joined' });
      expect(said.map(({ why }) => why)).toEqual([
        'an order bears a number of the study: accession number: the report was signed before the study was made',
      ]);
    }
  });

  it('speaks of the study whose scanner is days ahead', async () => {
    const ahead = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '');
    const study = freshStudy({ studyDate: ahead });
    await hear(messageFor(study, { resultStatus: 'F' }));
    await arrive(study);
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ readingState: 'final' });
  });

  it('of one of two procedures counts for the study', async () => {
    const study = freshStudy();
    const second = { ...study, accessionNumber: `${study.accessionNumber}B` };
    const named = (accessionNumber: string) => ({
      identity: { patientId: study.patientId, accessionNumber, studyInstanceUid: study.studyInstanceUid },
    });
    await hear(messageFor(study, named(study.accessionNumber)));
    await hear(messageFor(second, { ...named(second.accessionNumber), resultStatus: 'F' }));
    await arrive(study);
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ readingState: 'final' });
  });

  it('that is withdrawn makes the study unread again, and a corrected one signed', async () => {
    const study = freshStudy();
    await hear(messageFor(study, { resultStatus: 'F' }));
    await arrive(study);
    await hear(messageFor(study, { form: 'ORU^R01', resultStatus: 'X' }));
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ readingState: 'unread' });
    await hear(messageFor(study, { form: 'ORU^R01', resultStatus: 'C' }));
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ readingState: 'final' });
  });

  it('of one procedure that is withdrawn leaves the study signed by the other', async () => {
    const study = freshStudy();
    const named = (fillerOrderNumber: string, resultStatus: string) =>
      messageFor(study, { form: 'ORU^R01', fillerOrderNumber, resultStatus });
    await hear(named(`${study.accessionNumber}-1`, 'F'));
    await hear(named(`${study.accessionNumber}-2`, 'F'));
    await arrive(study);
    await hear(named(`${study.accessionNumber}-1`, 'X'));
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ readingState: 'final' });
    await hear(named(`${study.accessionNumber}-2`, 'X'));
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ readingState: 'unread' });
  });
});

describe('an order', () => {
  it('that waits is found by the poll without being asked for', async () => {
    const study = freshStudy();
    await hear(messageFor(study));
    await trigger.work();
    const { asked } = some(trigger.archives['pacs']);
    const before = asked.length;
    await arrive(study);
    expect(await trigger.lastOrder()).toMatchObject({
      state: 'arrived',
      stateReason: matching(/found by accession number/u),
    });
    expect(asked.slice(before).filter((each) => each.includes('00080050'))).toEqual([]);
  });

  it('is asked for by its filler order number where that may be the accession number', async () => {
    const study = freshStudy();
    some(trigger.archives['pacs']).put(study);
    const fillerOrderNumber = study.accessionNumber;
    await hear(messageFor(study, { identity: { patientId: study.patientId }, fillerOrderNumber }));
    await trigger.settle();
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ state: 'complete' });
    expect(await trigger.lastOrder()).toMatchObject({ state: 'arrived' });
  });

  it('that gives nothing to ask for is unusable, says so, and costs no question', async () => {
    const { patientId } = freshStudy();
    await trigger.forget();
    const { asked } = some(trigger.archives['pacs']);
    const before = asked.length;
    const message = messageFor({ patientId }, { placerOrderNumber: 'PL24', fillerOrderNumber: '' });
    await hear(message);
    await trigger.settle();
    expect(await trigger.lastOrder()).toMatchObject({
      state: 'unusable',
      stateReason: matching(/neither a Study Instance UID nor a number that could be an accession number/u),
    });
    expect(asked).toHaveLength(before);
  });

  it.each(['before', 'after'])(
    'that is cancelled %s the images is noted, whatever else follows',
    async (when) => {
      const study = freshStudy();
      const cancel = () => hear(messageFor(study, { orderControl: 'CA', orderStatus: 'CA' }));
      if (when === 'before') await cancel();
      await arrive(study);
      await hear(messageFor(study));
      await trigger.settle();
      if (when === 'after') await cancel();
      await hear(messageFor(study, { orderControl: 'XO' }));
      await trigger.settle();
      expect(await trigger.lastOrder()).toMatchObject({ state: 'cancelled' });
      const { id, state } = await trigger.study(study.studyInstanceUid);
      expect(state).toBe('complete');
      expect(await trigger.ledger.pool.orders.areCancelled(id)).toBe(true);
    },
  );

  it('that is placed anew after it was cancelled is looked for again', async () => {
    const study = freshStudy();
    await hear(messageFor(study));
    await hear(messageFor(study, { orderControl: 'CA', orderStatus: 'CA' }));
    await trigger.work();
    await hear(messageFor(study, { orderControl: 'NW', orderStatus: 'SC' }));
    some(trigger.archives['pacs']).put(study);
    await trigger.settle();
    expect(await trigger.lastOrder()).toMatchObject({ state: 'arrived' });
    expect(await trigger.study(study.studyInstanceUid)).toMatchObject({ state: 'complete' });
  });

  it.each(['before', 'after'])('that is urgent %s the images raises what waits', async (when) => {
    const study = freshStudy();
    const stat = () => hear(messageFor(study, { priority: 'S' }));
    if (when === 'before') await stat();
    await arrive(study);
    if (when === 'after') await stat();
    const row = await trigger.study(study.studyInstanceUid);
    expect(row.priority).toBe(1);
    expect(await trigger.steps(row)).toEqual([{ step: 'observe', priority: 1 }]);
    await trigger.settle();
    expect(await trigger.steps(row)).toEqual([{ step: 'select', priority: 1 }]);
  });

  it('of another accession number holds its study until one that agrees is heard', async () => {
    const study = freshStudy();
    const { patientId, studyInstanceUid } = study;
    const named = (accessionNumber: string) =>
      messageFor(
        { patientId, accessionNumber },
        { identity: { patientId, accessionNumber, studyInstanceUid } },
      );
    some(trigger.archives['pacs']).put(study);
    await hear(named(`${study.accessionNumber}Y`));
    await trigger.settle();
    expect(await trigger.study(studyInstanceUid)).toMatchObject({ state: 'held', awaitsOrder: true });
    await hear(named(study.accessionNumber));
    await trigger.settle();
    expect(await trigger.study(studyInstanceUid)).toMatchObject({ state: 'complete', awaitsOrder: false });
  });

  it('is another one where its number is one of another namespace', async () => {
    const studies = ['SYSA', 'SYSB'].map((namespace) => ({ namespace, ...freshStudy() }));
    for (const { namespace, patientId, accessionNumber } of studies) {
      const message = Buffer.from(
        messageFor({ patientId, accessionNumber }, { placerOrderNumber: 'P77', fillerOrderNumber: '' }),
      ).toString();
      await hear(Buffer.from(message.replaceAll('|P77|', `|77^${namespace}|`)));
    }
    for (const study of studies) await arrive(study);
    const states = (await trigger.orders()).slice(-2).map(({ state }) => state);
    expect(states).toEqual(['arrived', 'arrived']);
  });

  it.each([
    ['both parts of its namespace', '^RIS^1.2.3^ISO', '^^1.2.3^ISO'],
    ['both parts of its namespace', '^RIS^1.2.3^ISO', '^RIS'],
    ['its universal id', '^^1.2.3^ISO', '^RIS^1.2.3^ISO'],
    ['its universal id as a name', '^1.2.3', '^^1.2.3^ISO'],
  ])('that states %s is the same to a message that states another part', async (_name, first, second) => {
    const study = freshStudy();
    const number = `E-${study.accessionNumber}`;
    const said = (namespace: string, change: Parameters<typeof messageFor>[1]) =>
      Buffer.from(
        Buffer.from(messageFor(study, { fillerOrderNumber: number, ...change }))
          .toString()
          .replaceAll(`|${number}`, `|${number}${namespace}`),
      );
    await hear(said(first, { orderControl: 'NW', orderStatus: '' }));
    const { id } = await trigger.lastOrder();
    await hear(said(second, { orderControl: 'CA', orderStatus: 'CA', identity: {} }));
    expect(await trigger.lastOrder()).toMatchObject({ id, state: 'cancelled' });
  });

  it('is cancelled by its filler and accession number, whatever else stands in OBR-18', async () => {
    const study = freshStudy();
    const said = (words: string, change: Parameters<typeof messageFor>[1]) =>
      Buffer.from(
        Buffer.from(messageFor(study, change))
          .toString()
          .replaceAll(`|${study.accessionNumber}`, `|${study.accessionNumber}^${words}`),
      );
    await hear(said('CT THORAX', { orderControl: 'NW', orderStatus: '' }));
    const { id } = await trigger.lastOrder();
    await hear(said('CT', { orderControl: 'CA', orderStatus: 'CA' }));
    expect(await trigger.lastOrder()).toMatchObject({ id, state: 'cancelled' });
  });

  it('that one ORC places as two procedures is two, and each finds its study', async () => {
    const one = freshStudy();
    const two = freshStudy({ patientId: one.patientId });
    const lines = Buffer.from(messageFor(one, { fillerOrderNumber: 'FX' }))
      .toString()
      .split('\r');
    const obr = lines.find((line) => line.startsWith('OBR')) ?? '';
    const second = obr.replace(one.accessionNumber, two.accessionNumber);
    await hear(Buffer.from([...lines.filter(Boolean), second, ''].join('\r')));
    await arrive(one);
    await arrive(two);
    const states = (await trigger.orders()).slice(-2).map(({ state }) => state);
    expect(states).toEqual(['arrived', 'arrived']);
  });
});
