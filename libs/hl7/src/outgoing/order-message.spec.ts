import { describe, expect, it } from '@jest/globals';
import { defaultMapping } from '../mapping/default-mapping.js';
import { mapMessage } from '../mapping/map-message.js';
import { parseMessage } from '../message/message.js';
import { orderMessage, type OrderMessageOptions } from './order-message.js';

const base = {
  controlId: 'MSG-1',
  now: new Date('2026-03-07T14:25:01Z'),
  identity: {
    patientId: 'P-4711',
    issuerOfPatientId: 'HOSP',
    name: { family: "O'Brien & Søn", given: 'Zoë' },
    birthDate: '19500102',
    sex: 'F',
    studyInstanceUid: '1.2.3.4',
    accessionNumber: 'ACC-9',
  },
  placerOrderNumber: 'PLACER',
  fillerOrderNumber: 'FILLER',
  requestedProcedureId: 'RP1',
  modality: 'CT',
  procedureCode: { value: 'CTTHX', scheme: '99LOCAL', meaning: 'CT thorax | plain' },
  priority: 'S',
} as const satisfies Omit<OrderMessageOptions, 'form'>;

function mapped(options: OrderMessageOptions) {
  const parsed = parseMessage(orderMessage(options));
  if (!parsed.ok) throw new Error(parsed.error.text);
  return mapMessage(parsed.value, defaultMapping);
}

describe('orderMessage', () => {
  it.each(['ORM^O01', 'OMI^O23', 'OMG^O19', 'ORU^R01'] as const)('%s comes back as it was said', (form) => {
    const { kind, orders, problems } = mapped({ ...base, form, announcesImages: true });
    expect(kind).toBe('orders');
    expect(problems).toEqual([]);
    expect(orders).toEqual([
      {
        position: 1,
        identity: base.identity,
        studyInstanceUids: ['1.2.3.4'],
        accessionNumber: 'ACC-9',
        accessions: [{ value: 'ACC-9', source: 'stated' }],
        setAside: { accessions: [], studyInstanceUids: [] },
        askable: true,
        placerOrderNumber: 'PLACER',
        fillerOrderNumber: 'FILLER',
        requestedProcedureId: 'RP1',
        modality: 'CT',
        procedureCode: base.procedureCode,
        priority: form === 'ORU^R01' ? 'routine' : 'stat',
        meaning: 'acquired',
      },
    ]);
  });

  it('keeps several studies of one order apart', () => {
    for (const form of ['ORM^O01', 'OMI^O23', 'ORU^R01'] as const) {
      const [order] = mapped({ ...base, form, announcesImages: true, studyInstanceUids: ['1.2.5'] }).orders;
      expect(order?.studyInstanceUids).toEqual(['1.2.3.4', '1.2.5']);
      expect(order?.identity.studyInstanceUid).toBeUndefined();
    }
  });
});
