export { simulatorErrors } from './errors.js';
export type { Fault, FaultKind, FaultMatch } from './faults/fault.js';
