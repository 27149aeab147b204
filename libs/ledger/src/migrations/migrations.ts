import { EvidenceByArtifact1764364000000 } from './evidence-by-artifact.js';
import { FirstSchema1763700000000 } from './first-schema.js';
import { IndexedLookUps1764360000000 } from './indexed-look-ups.js';
import { OrdersThatCorrect1764362000000 } from './orders-that-correct.js';

/** Every migration, oldest first. None is edited once it was released: a ledger that has run it would never hear of the edit. */
export const migrations = [
  FirstSchema1763700000000,
  IndexedLookUps1764360000000,
  OrdersThatCorrect1764362000000,
  EvidenceByArtifact1764364000000,
];
