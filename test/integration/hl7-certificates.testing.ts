import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** A certificate and its key in PEM, made at test time so that no private key is ever kept. */
export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
}

interface Authority extends TestCertificate {
  issue(commonName: string): TestCertificate;
}

const der = (tag: number, ...contents: (Uint8Array | number[])[]): Buffer => {
  const content = Buffer.concat(contents.map((part) => Buffer.from(part)));
  const length =
    content.length < 128
      ? [content.length]
      : content.length < 256
        ? [0x81, content.length]
        : [0x82, content.length >> 8, content.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
};
const sequence = (...parts: Uint8Array[]): Buffer => der(0x30, ...parts);
const oid = (...bytes: number[]): Buffer => der(0x06, bytes);
const time = (date: Date): Buffer =>
  der(0x17, Buffer.from(`${date.toISOString().replaceAll(/[-:T]/gu, '').slice(2, 14)}Z`));
const nameOf = (commonName: string): Buffer =>
  sequence(der(0x31, sequence(oid(0x55, 0x04, 0x03), der(0x0c, Buffer.from(commonName)))));

const ecdsaWithSha256 = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
const authorityExtension = sequence(
  oid(0x55, 0x1d, 0x13),
  der(0x01, [0xff]),
  der(0x04, sequence(der(0x01, [0xff]))),
);
/** Good for 127.0.0.1 and localhost. */
const loopbackExtension = sequence(
  oid(0x55, 0x1d, 0x11),
  der(0x04, sequence(der(0x87, [127, 0, 0, 1]), der(0x82, Buffer.from('localhost')))),
);

/** An X.509 v3 certificate (RFC 5280) over P-256, valid for a day around now. */
function certificate(
  subject: string,
  publicKey: KeyObject,
  issuer: { readonly name: string; readonly key: KeyObject },
  extension: Buffer,
): string {
  const now = Date.now();
  const day = 86_400_000;
  const body = sequence(
    der(0xa0, der(0x02, [2])),
    der(0x02, [0x01, ...randomBytes(8)]),
    ecdsaWithSha256,
    nameOf(issuer.name),
    sequence(time(new Date(now - day)), time(new Date(now + day))),
    nameOf(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(extension)),
  );
  const signature = sign('sha256', body, issuer.key);
  const bytes = sequence(body, ecdsaWithSha256, der(0x03, [0], signature));
  return `-----BEGIN CERTIFICATE-----\n${bytes.toString('base64').replaceAll(/.{64}(?=.)/gu, '$&\n')}\n-----END CERTIFICATE-----\n`;
}

const keys = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pemOf = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();

/** A certificate authority of its own that issues certificates for loopback. */
export function certificateAuthority(name: string): Authority {
  const own = keys();
  const issuer = { name, key: own.privateKey };
  return {
    cert: certificate(name, own.publicKey, issuer, authorityExtension),
    key: pemOf(own.privateKey),
    issue(commonName) {
      const pair = keys();
      return {
        cert: certificate(commonName, pair.publicKey, issuer, loopbackExtension),
        key: pemOf(pair.privateKey),
      };
    },
  };
}
