import type { Personality } from '../behaviour/personality.js';
import { plain } from './plain.js';

/** Every server that can be simulated, by its name on the command line. */
export const personalities: ReadonlyMap<string, Personality> = new Map(
  [plain].map((each) => [each.id, each]),
);
