import { storeFailures } from '@prelector/dicomweb';

const codeOf = (meaning: string) => `deliver.${meaning}`;

/** The server's word that it does not take such objects, whatever they say. */
const refusals: ReadonlySet<string> = new Set(
  ['sop-class-unsupported', 'transfer-syntax-unsupported'].map(codeOf),
);

/** Says nothing of whether the object is there: one that it has already, or one whose storing failed half-way. */
const open: ReadonlySet<string> = new Set(['duplicate', 'processing-failure']);

const denials: ReadonlySet<string> = new Set(
  Object.keys(storeFailures)
    .filter((meaning) => !open.has(meaning))
    .map(codeOf),
);

/** True for the code of an answer by which a server takes none of a form of evidence. */
export const isRefusal = (code: string): boolean => refusals.has(code);

/** True for the code of an answer by which a server ended the store of an object and says that it does not have it. */
export const isDenial = (code: string): boolean => denials.has(code);
