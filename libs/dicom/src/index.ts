export { itemsOf, numberOf, numbersOf, stringOf, stringsOf } from './dataset.js';
export type { Dataset, Element, PersonNameValue } from './dataset.js';
export { code, sameCode } from './code.js';
export type { CodedConcept } from './code.js';
export { derivedUid, isUid, randomUid } from './uid.js';
