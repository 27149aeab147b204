import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { askRefusingNodeAgain } from '@prelector/pipeline';
import { TestInstallation } from '../system/installation.testing.js';
import { makePhantom } from '../system/phantom.testing.js';
import { TestPacs } from '../system/test-pacs.testing.js';
import { TlsFront } from '../system/tls-front.testing.js';
import { until } from '../system/until.testing.js';
import { certificateAuthority } from './hl7-certificates.testing.js';

/** Wrong passwords in a row after which a directory locks an account. */
const lockout = 5;

describe('studies flow while a secret of the PACS is rotated, and', () => {
  let pacs: TestPacs;
  let front: TlsFront | undefined;
  let installation: TestInstallation;

  beforeAll(async () => {
    pacs = await TestPacs.startSimulator();
    installation = await TestInstallation.start();
  }, 60_000);
  afterEach(async () => {
    pacs.gate.calm();
    await front?.close();
    front = undefined;
  });
  afterAll(async () => {
    await installation?.stop();
    await pacs?.stop();
  }, 60_000);

  const file = (name: string) => join(installation.folder, name);
  const keep = (name: string, secret: string) => writeFile(file(name), secret);

  /** As if every pause before a next attempt were over. */
  const hasten = async () => {
    await installation.rows(`UPDATE outbox SET due_at = now() WHERE due_at > now()`);
    await installation.rows(`SELECT pg_notify('prelector_outbox', '')`);
  };

  /** Some studies one after the other; beside them the rotation, from the moment at which the first is at its end. */
  async function flow(rotate: () => Promise<void>): Promise<void> {
    const announced: string[] = [];
    const announce = async () => {
      const study = await makePhantom();
      await pacs.push(study);
      announced.push(study.studyInstanceUid);
      expect(await installation.tell({ identity: study.identity })).toBe('AA');
    };
    await announce();
    await installation.settled(announced[0] ?? '');
    const rotation = rotate();
    const over = rotation.then(
      () => true,
      () => true,
    );
    do await announce();
    while (announced.length < 5 || !(await Promise.race([over, Promise.resolve(false)])));
    await rotation;
    for (const uid of announced) {
      await until(`the reports of study ${uid} are verified`, async () => {
        await hasten();
        const story = await installation.story(uid);
        const states = story?.deliveries.map(({ state }) => state) ?? [];
        return states.length === 2 && states.every((state) => state === 'verified') ? true : undefined;
      });
      expect((await pacs.evidence(uid)).length).toBe(2);
    }
    expect(await installation.rows('SELECT code FROM dead_letter')).toEqual([]);
  }

  const header = (password: string) => `Basic ${Buffer.from(`prelector:${password}`).toString('base64')}`;

  /** A server that knows one password, and locks the account when another comes too often in a row. */
  function door(first: string) {
    const state = {
      password: first,
      wrong: 0,
      refused: 0,
      locked: false,
      meanwhile: async () => undefined as unknown,
    };
    pacs.gate.disturb(({ authorization }) => {
      const right = authorization === header(state.password);
      state.wrong = right ? 0 : state.wrong + 1;
      state.refused += right ? 0 : 1;
      state.locked ||= state.wrong >= lockout;
      if (right && !state.locked) return undefined;
      return { answer: { status: 401 }, after: state.meanwhile() };
    });
    return state;
  }

  interface Rotation {
    readonly server: ReturnType<typeof door>;
    readonly changeServer: () => void;
    readonly changeFile: () => Promise<void>;
    readonly refused: () => Promise<true>;
  }
  const orders: Record<string, (rotation: Rotation) => Promise<unknown>> = {
    'the server goes ahead': async ({ changeServer, refused, changeFile }) => {
      changeServer();
      await refused();
      await changeFile();
    },
    'our file goes ahead, and a person says when the server has followed': async (rotation) => {
      await rotation.changeFile();
      await rotation.refused();
      rotation.changeServer();
      const { ledger } = installation.resources;
      await until('the node is asked again', async () =>
        (await askRefusingNodeAgain(ledger, 'pacs', 'person:pat', 'rotated')) ? true : undefined,
      );
    },
    'both change while a call is under way': async ({ server, changeServer, changeFile, refused }) => {
      server.meanwhile = changeFile;
      changeServer();
      await refused();
    },
  };

  it.each(Object.entries(orders))(
    'no report is lost and no account locked for a password: %s',
    async (_which, inOrder) => {
      await keep('password', 'old');
      const account = { kind: 'basic', username: 'prelector', password: `file:${file('password')}` };
      const server = door('old');
      await installation.configure({ pacs, node: { auth: account, storeAuth: account } });
      await flow(async () => {
        await inOrder({
          server,
          changeServer: () => (server.password = 'new'),
          changeFile: () => keep('password', 'new'),
          refused: () => until('a call is refused', async () => (server.refused > 0 ? true : undefined)),
        });
      });
      expect(server.locked).toBe(false);
      const log = await installation.log();
      for (const password of ['old', 'new']) expect(log).not.toContain(header(password).slice(6));
    },
    180_000,
  );

  it('no report is lost for certificates and their authorities', async () => {
    const [before, after] = [certificateAuthority('CA of yesterday'), certificateAuthority('CA of today')];
    const [old, fresh] = [before.issue('prelector'), after.issue('prelector')];
    front = await TlsFront.open(pacs.gate.root, { ...before.issue('pacs'), ca: before.cert });
    await Promise.all([keep('ca', before.cert), keep('cert', old.cert), keep('key', old.key)]);
    const [ca, cert, key] = ['ca', 'cert', 'key'].map((name) => `file:${file(name)}`);
    const node = { roots: { base: front.root }, allowHttp: false, tls: { ca, cert, key } };
    await installation.configure({ pacs, node });
    const tls = front;
    const failed = () => {
      const before = tls.failures;
      return until('a handshake fails', async () => (tls.failures > before ? true : undefined));
    };
    await flow(async () => {
      tls.change({ ...after.issue('pacs'), ca: after.cert });
      await failed();
      await keep('ca', after.cert);
      await failed();
      await keep('cert', fresh.cert);
      await keep('key', fresh.key);
    });
    expect(await installation.log()).not.toContain('PRIVATE KEY');
  }, 180_000);
});
