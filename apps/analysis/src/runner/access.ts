import type { Authenticator, SignableRequest, TlsOptions, Verdict } from '@prelector/dicomweb';
import { PrelectorError, asPrelectorError, sha256 } from '@prelector/kernel';
import { z } from 'zod';

/** How the run of a child gets at the images of a node: whatever is secret stays with the parent. */
export interface RunnerAccess {
  /** Says to the node who we are. */
  readonly authenticator: Authenticator;
  /** For the connections of the run. */
  readonly tls: TlsOptions | undefined;
}

const fields = z.record(z.string().max(256), z.string().max(64 * 1024));

const wantSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('tls') }),
  z.strictObject({ kind: z.literal('sign'), url: z.url().max(8192), headers: fields }),
  z.strictObject({
    kind: z.literal('refused'),
    status: z.int(),
    challenge: z
      .string()
      .max(64 * 1024)
      .optional(),
    signature: fields,
  }),
]);
/** What a run wants to know, while it lasts. A child only reads, so what it has signed is a GET. */
type Want = z.infer<typeof wantSchema>;

const turn = { id: z.int(), turn: z.int() };
const askSchema = z.strictObject({ kind: z.literal('ask'), ...turn, want: wantSchema });
/** From the child to the parent: `id` names the run, `turn` the question. */
export type Ask = z.infer<typeof askSchema>;

const pem = z.string().max(1024 * 1024);
const tlsSchema = z.strictObject({
  ca: z.union([pem, z.array(pem).max(100).readonly()]).optional(),
  cert: pem.optional(),
  key: pem.optional(),
  servername: z.string().max(256).optional(),
});
const grantSchema = z.strictObject({
  kind: z.literal('grant'),
  ...turn,
  granted: z.union([
    z.strictObject({ tls: tlsSchema.optional() }),
    z.strictObject({ signature: fields }),
    z.strictObject({ verdict: z.enum(['renewed', 'wrong-credential']) }),
    z.strictObject({
      failure: z.strictObject({
        code: z.string().max(100),
        recovery: z.enum(['transient', 'ambiguous', 'permanent']),
        scope: z.enum(['installation', 'node', 'study', 'instance']).optional(),
        message: z.string().max(4000),
      }),
    }),
  ]),
});
/** From the parent to the child. */
export type Grant = z.infer<typeof grantSchema>;
type Granted = Grant['granted'];

/** A question of a child, checked; undefined when the message is none. */
export function readAsk(message: unknown): Ask | undefined {
  const ask = askSchema.safeParse(message);
  return ask.success ? ask.data : undefined;
}

/** The parent's answer to a question of the run that has this access; one that has none is known to nobody. */
export async function grantTo({ id, turn, want }: Ask, access: RunnerAccess | undefined): Promise<Grant> {
  const granted = await granting(want, access).catch((thrown: unknown) => {
    const { code, recovery, scope, message } = asPrelectorError(thrown);
    return { failure: { code, recovery, scope, message: message.slice(0, 4000) } };
  });
  return { kind: 'grant', id, turn, granted };
}

async function granting(want: Want, access: RunnerAccess | undefined): Promise<Granted> {
  if (want.kind === 'tls') return { tls: access?.tls };
  if (want.kind === 'refused') {
    const { status, challenge, signature } = want;
    const verdict = await access?.authenticator.refused({ status, challenge, signature });
    return { verdict: verdict ?? 'wrong-credential' };
  }
  const { url, headers } = want;
  const request = { method: 'GET', url: new URL(url), headers, bodySha256: () => sha256('') } as const;
  return { signature: (await access?.authenticator.sign(request)) ?? {} };
}

interface Waiting {
  readonly resolve: (granted: Granted) => void;
  readonly reject: (reason: Error) => void;
}

/** The child's side: asks the parent, and keeps nothing. */
export class ParentAccess {
  readonly #send: (ask: Ask) => void;
  readonly #waiting = new Map<number, Waiting>();
  #turn = 0;

  constructor(send: (ask: Ask) => void) {
    this.#send = send;
  }

  /** Takes the parent's answer; false for any other message. */
  hear(message: unknown): boolean {
    const grant = grantSchema.safeParse(message);
    if (!grant.success) return false;
    const { turn, granted } = grant.data;
    const waiting = this.#waiting.get(turn);
    this.#waiting.delete(turn);
    if (!('failure' in granted)) waiting?.resolve(granted);
    else {
      const { code, recovery, scope, message: text } = granted.failure;
      waiting?.reject(new PrelectorError(code, recovery, text, { scope }));
    }
    return true;
  }

  /** The access of one run. */
  of(id: number): ChildAccess {
    return new ChildAccess((want) => this.#ask(id, want));
  }

  #ask(id: number, want: Want): Promise<Granted> {
    const { promise, resolve, reject } = Promise.withResolvers<Granted>();
    const turn = this.#turn++;
    this.#waiting.set(turn, { resolve, reject });
    this.#send({ kind: 'ask', id, turn, want });
    return promise;
  }
}

/** An authenticator that has its parent sign. */
export class ChildAccess implements Authenticator {
  constructor(private readonly ask: (want: Want) => Promise<Granted>) {}

  /** What connections are made with, as it is now. */
  async tls(): Promise<TlsOptions | undefined> {
    const granted = await this.ask({ kind: 'tls' });
    return 'tls' in granted ? (granted.tls as TlsOptions | undefined) : undefined;
  }

  async sign({ url, headers }: SignableRequest): Promise<Readonly<Record<string, string>>> {
    const granted = await this.ask({ kind: 'sign', url: url.href, headers: { ...headers } });
    return 'signature' in granted ? granted.signature : {};
  }

  async refused({ status, challenge, signature }: Parameters<Authenticator['refused']>[0]): Promise<Verdict> {
    const granted = await this.ask({ kind: 'refused', status, challenge, signature: { ...signature } });
    return 'verdict' in granted ? granted.verdict : 'wrong-credential';
  }
}
