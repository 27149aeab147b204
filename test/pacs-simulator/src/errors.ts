import type { ErrorTable } from '@prelector/kernel';
import { errorsOf } from '@prelector/kernel';

export const simulatorErrors = {
  'simulator.option-invalid': {
    recovery: 'permanent',
    meaning: 'An option of the simulator is not usable; see its --help.',
  },
  'simulator.fault-invalid': {
    recovery: 'permanent',
    meaning: 'A fault is not described as the README says.',
  },
  'simulator.not-dicom': {
    recovery: 'permanent',
    meaning: 'A file or part is no DICOM file that the simulator can read.',
  },
  'simulator.not-rewritable': {
    recovery: 'permanent',
    meaning: 'The header of a stored file cannot be changed: only little endian, not deflated, is rewritten.',
  },
  'simulator.multipart-broken': {
    recovery: 'permanent',
    meaning: 'The body of a store request is no complete multipart message.',
  },
  'simulator.too-large': {
    recovery: 'permanent',
    meaning: 'A store request is larger than this server takes.',
  },
} satisfies ErrorTable;

export const simulatorError = errorsOf(simulatorErrors);
