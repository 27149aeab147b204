import type { Judge } from './judge.testing.js';

/** Nobody has to say who they are, and nobody does. */
export const noneJudge: Judge<{ kind: 'none' }> = {
  settings: { kind: 'none' },
  accepts: ({ headers }) => !('authorization' in headers) && !('cookie' in headers),
  challenge: 'Basic realm="pacs"',
  traces: (secret) => [secret],
};
