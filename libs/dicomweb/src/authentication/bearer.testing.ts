import type { Judge } from './judge.testing.js';

/** RFC 6750 section 2.1: the scheme in any case, one space, the token. */
export const bearerJudge: Judge<{ kind: 'bearer'; token: string }> = {
  settings: { kind: 'bearer', token: 'env:SECRET' },
  accepts: ({ headers }, secret) => {
    const [, scheme, token] = /^(\S+) ([A-Za-z0-9._~+/-]+=*)$/u.exec(headers.authorization ?? '') ?? [];
    return scheme?.toLowerCase() === 'bearer' && token === secret;
  },
  challenge: 'Bearer realm="pacs", error="invalid_token"',
  traces: (secret) => [secret],
};
