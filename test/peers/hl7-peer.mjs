import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MllpListener, acknowledgementsFor, orderMessage, parseMessage } from '@prelector/hl7';
import { silentLog } from '@prelector/kernel';

/**
 * Writes one message of each form into a folder, and answers on a free port as a feed does. Prints the port, and
 * ends when its standard input does. Usage: hl7-peer.mjs FOLDER
 */
const folder = process.argv[2];
mkdirSync(folder, { recursive: true });

const identity = {
  patientId: 'PEER-1',
  issuerOfPatientId: 'HOSPITAL',
  name: { family: 'Ångström', given: 'Zoë & Søn' },
  birthDate: '19700102',
  sex: 'F',
  accessionNumber: 'PEER|ACC',
  studyInstanceUid: '1.2.826.0.1.3680043.10.1234.1',
};
const forms = ['ORM^O01', 'OMI^O23', 'OMG^O19', 'ORU^R01'];
for (const [index, form] of forms.entries()) {
  const bytes = orderMessage({
    form,
    controlId: `PEER${index}`,
    now: new Date(),
    identity,
    placerOrderNumber: 'PLACER-1',
    fillerOrderNumber: 'FILLER-1',
    requestedProcedureId: 'RP-1',
    modality: 'CT',
    procedureCode: { value: 'CTCHEST', scheme: 'L', meaning: 'CT chest' },
    announcesImages: form === 'ORU^R01',
    sendingApplication: 'RIS',
    sendingFacility: 'PEER',
    receivingApplication: 'PRELECTOR',
    receivingFacility: 'PEER',
    processingId: 'P',
    ...(form === 'OMG^O19' ? { acceptAckType: 'AL', applicationAckType: 'NE' } : {}),
  });
  writeFileSync(join(folder, `${form.replace('^', '_')}.hl7`), bytes);
}

let answers = 0;
const own = {
  application: 'PRELECTOR',
  facility: 'PEER',
  now: new Date(),
  nextControlId: () => `ACK${String((answers += 1))}`,
};
const listener = new MllpListener({
  host: '127.0.0.1',
  port: 0,
  allowedPeers: [],
  log: silentLog,
  onMessage: async (bytes) => {
    const message = parseMessage(bytes);
    if (!message.ok) throw new Error('the message could not be read');
    return acknowledgementsFor(message.value, { kind: 'accepted' }, own);
  },
});
const { port } = await listener.listen();
console.log(port);
process.stdin.resume().on('end', () => void listener.close());
