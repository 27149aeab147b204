import type { Judge } from './judge.testing.js';

const user = 'prelector';
const inBase64 = (secret: string) =>
  btoa(String.fromCharCode(...new TextEncoder().encode(`${user}:${secret}`)));

/** RFC 7617: the scheme in any case, then user-id, colon and password in base64; here of UTF-8, as the challenge asks. */
export const basicJudge: Judge<{ kind: 'basic'; username: string; password: string }> = {
  settings: { kind: 'basic', username: user, password: 'env:SECRET' },
  accepts({ headers }, secret) {
    const [scheme, token68, ...rest] = (headers.authorization ?? '').split(' ');
    if (scheme?.toLowerCase() !== 'basic' || rest.length > 0) return false;
    const bytes = Uint8Array.from(atob(token68 ?? ''), (character) => character.charCodeAt(0));
    const pair = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const colon = pair.indexOf(':');
    return pair.slice(0, colon) === user && pair.slice(colon + 1) === secret;
  },
  challenge: 'Basic realm="pacs", charset="UTF-8"',
  traces: (secret) => [secret, inBase64(secret)],
};
