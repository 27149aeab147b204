import { describe, expect, it } from '@jest/globals';
import type { FaultScope } from '@prelector/kernel';
import { PrelectorError, silentLog } from '@prelector/kernel';
import type { NodeAccess } from './node-circuits.js';
import { NodeCircuits } from './node-circuits.js';

const failure = (code: string, scope?: FaultScope) =>
  new PrelectorError(code, 'transient', `words of ${code}`, { scope });
const failing = (code: string, scope?: FaultScope) => () => Promise.reject(failure(code, scope));
const refusing = failing('dicomweb.unauthorised', 'node');
const errorOf = (call: Promise<unknown>): Promise<PrelectorError | undefined> =>
  call.then(
    () => undefined,
    (error: PrelectorError) => error,
  );
const codeOf = async (call: Promise<unknown>) => (await errorOf(call))?.code ?? 'none';
const access = (probe: () => Promise<unknown>, more: Partial<NodeAccess> = {}): NodeAccess => ({
  purpose: 'read',
  credential: 'one',
  probe,
  probeProves: false,
  ...more,
});

/** Circuits by a clock that only this test moves. */
function circuitsAt() {
  const time = { ms: 0 };
  const warnings: string[] = [];
  const log = { ...silentLog, warn: (message: string) => void warnings.push(message) };
  return { time, warnings, circuits: new NodeCircuits({ nowMs: () => time.ms, log }) };
}

async function open(circuits: NodeCircuits, within?: NodeAccess): Promise<void> {
  for (let count = 0; count < 5; count++)
    await errorOf(circuits.run('n', failing('dicomweb.unreachable', 'node'), within));
}

describe('NodeCircuits, made ready for a call', () => {
  it('make the searches that it would wait for beforehand, and none in front of it', async () => {
    const { time, circuits } = circuitsAt();
    let probes = 0;
    const within = access(async () => void (probes += 1), { probeProves: true });
    await circuits.ready('n', within);
    expect(probes).toBe(1);
    await circuits.run('n', async () => 'answer', within);
    expect(probes).toBe(1);
    await open(circuits, within);
    time.ms += 15_001;
    await circuits.ready('n', within);
    await circuits.run('n', async () => 'answer', within);
    expect(probes).toBe(2);
  });

  it('throw as the call would', async () => {
    const { circuits } = circuitsAt();
    const refused = access(refusing, { probeProves: true });
    expect(await codeOf(circuits.ready('n', refused))).toBe('dicomweb.unauthorised');
    expect(await codeOf(circuits.ready('n', refused))).toBe('node.account-refused');
    const down = access(async () => undefined);
    const outage = circuitsAt().circuits;
    await open(outage, down);
    expect(await codeOf(outage.ready('n', down))).toBe('node.circuit-open');
  });

  it('leave an account of which no search shows anything to the call', async () => {
    const { time, circuits } = circuitsAt();
    const within = access(async () => undefined, { purpose: 'store' });
    await errorOf(circuits.run('n', refusing, within));
    time.ms += 61_000;
    await circuits.ready('n', within);
    expect(await circuits.run('n', async () => 'answer', within)).toBe('answer');
  });
});

describe('NodeCircuits, of a node that is down', () => {
  it('opens after a run of outages, so that the next call fails without being made, in the words of the cause', async () => {
    const circuits = new NodeCircuits();
    for (let count = 0; count < 4; count++) {
      expect((await errorOf(circuits.run('n', failing('dicomweb.timeout'))))?.scope).toBeUndefined();
    }
    const last = await errorOf(circuits.run('n', failing('dicomweb.server-error')));
    expect(last).toMatchObject({ code: 'dicomweb.server-error', scope: 'node' });
    let called = false;
    const unmade = await errorOf(circuits.run('n', async () => void (called = true)));
    expect(unmade).toMatchObject({ code: 'node.circuit-open', scope: 'node' });
    expect(unmade?.message).toMatch(/^words of dicomweb\.server-error /u);
    expect(called).toBe(false);
    expect(await circuits.run('other', async () => 'answer')).toBe('answer');
  });

  it('leaves a store that may have landed as it is, when that opens the circuit', async () => {
    const circuits = new NodeCircuits();
    const unconfirmed = () =>
      Promise.reject(new PrelectorError('dicomweb.store-unconfirmed', 'ambiguous', 'look before'));
    for (let count = 0; count < 4; count++) await errorOf(circuits.run('n', unconfirmed));
    expect(await errorOf(circuits.run('n', unconfirmed))).toMatchObject({
      code: 'dicomweb.store-unconfirmed',
      recovery: 'ambiguous',
      scope: 'node',
    });
  });

  it('stays closed for faults of one study, and of our own', async () => {
    const circuits = new NodeCircuits();
    for (let count = 0; count < 12; count++) {
      expect(await codeOf(circuits.run('n', failing('dicomweb.cut-off', 'study')))).toBe('dicomweb.cut-off');
      expect(await codeOf(circuits.run('n', failing('run.runner-crashed')))).toBe('run.runner-crashed');
    }
  });

  it('is given no credit for a call that was given up on our side', async () => {
    const circuits = new NodeCircuits();
    const unreachable = failing('dicomweb.unreachable', 'node');
    for (let count = 0; count < 4; count++) await errorOf(circuits.run('n', unreachable));
    await errorOf(circuits.run('n', failing('dicomweb.aborted', 'study')));
    await errorOf(circuits.run('n', unreachable));
    expect(await codeOf(circuits.run('n', async () => 'answer'))).toBe('node.circuit-open');
  });

  it('is tried by one small search, never by a run, and nobody waits behind it', async () => {
    const { time, circuits } = circuitsAt();
    const found = Promise.withResolvers<void>();
    let probes = 0;
    const within = access(() => {
      probes += 1;
      return found.promise;
    });
    await open(circuits, within);
    time.ms += 15_001;
    let ran = false;
    const run = circuits.run('n', async () => void (ran = true), within);
    for (let count = 0; count < 3; count++) {
      const other = await errorOf(circuits.run('n', async () => 'answer', within));
      expect(other).toMatchObject({ code: 'node.circuit-open', scope: 'node' });
    }
    expect([probes, ran]).toEqual([1, false]);
    found.resolve();
    await run;
    expect(ran).toBe(true);
    expect(await circuits.run('n', async () => 'answer', within)).toBe('answer');
    expect(probes).toBe(1);
  });

  it('holds up no call behind a long one once it has been open', async () => {
    const { time, circuits } = circuitsAt();
    await open(circuits);
    time.ms += 15_001;
    const ended = Promise.withResolvers<void>();
    const long = circuits.run('n', () => ended.promise);
    expect(await circuits.run('n', async () => 'answer')).toBe('answer');
    ended.resolve();
    await long;
  });

  it('is left alone again when the search fails, and tells the newer cause', async () => {
    const { time, circuits } = circuitsAt();
    const within = access(failing('dicomweb.tls', 'node'));
    await open(circuits, within);
    time.ms += 15_001;
    let called = false;
    const call = async () => void (called = true);
    const first = await errorOf(circuits.run('n', call, within));
    expect([first?.code, first?.message.split('.')[1]]).toEqual([
      'node.circuit-open',
      'tls The PACS node has failed several times in a row and is left alone for a while',
    ]);
    time.ms += 14_000;
    expect(await codeOf(circuits.run('n', call, within))).toBe('node.circuit-open');
    expect(called).toBe(false);
  });

  it('takes any answer to the search, a refusal of the search included, as the node being back', async () => {
    const { time, circuits } = circuitsAt();
    const within = access(failing('dicomweb.not-found', 'study'));
    await open(circuits, within);
    time.ms += 15_001;
    expect(await circuits.run('n', async () => 'answer', within)).toBe('answer');
  });

  it('begins anew when a person changes the node', async () => {
    const { circuits } = circuitsAt();
    await open(
      circuits,
      access(async () => undefined),
    );
    const changed = access(async () => undefined, { credential: 'another' });
    expect(await circuits.run('n', async () => 'answer', changed)).toBe('answer');
  });
});

describe('NodeCircuits, of a node that refuses our account', () => {
  const counted = () => {
    const counts = { probes: 0, calls: 0 };
    const probe = () => {
      counts.probes += 1;
      return refusing();
    };
    const call = () => {
      counts.calls += 1;
      return refusing();
    };
    return { counts, probe, call };
  };

  it('asks once of two hundred calls at once, and says so once', async () => {
    const { circuits, warnings } = circuitsAt();
    const { counts, probe, call } = counted();
    const within = access(probe, { probeProves: true });
    const errors = await Promise.all(
      Array.from({ length: 200 }, () => errorOf(circuits.run('n', call, within))),
    );
    expect(counts).toEqual({ probes: 1, calls: 0 });
    expect(new Set(errors.map((error) => error?.scope))).toEqual(new Set(['node']));
    const next = await errorOf(circuits.run('n', call, within));
    expect(next?.code).toBe('node.account-refused');
    expect(next?.message).toMatch(/^words of dicomweb\.unauthorised /u);
    expect(warnings).toHaveLength(1);
  });

  it('asks ever more seldom: four times in the first hour', async () => {
    const { time, circuits, warnings } = circuitsAt();
    const { counts, probe, call } = counted();
    const within = access(probe, { probeProves: true });
    for (; time.ms < 3_600_000; time.ms += 15_000) await errorOf(circuits.run('n', call, within));
    expect(counts).toEqual({ probes: 4, calls: 0 });
    expect(warnings).toHaveLength(1);
  });

  it('is not taken for one that is down: the search after an outage tells the refusal', async () => {
    const { time, circuits } = circuitsAt();
    const within = access(refusing, { probeProves: true });
    await open(
      circuits,
      access(async () => undefined, { probeProves: true }),
    );
    time.ms += 15_001;
    expect(await codeOf(circuits.run('n', async () => 'answer', within))).toBe('dicomweb.unauthorised');
    expect(await codeOf(circuits.run('n', async () => 'answer', within))).toBe('node.account-refused');
  });

  it('asks as seldom without a search of its own', async () => {
    const { circuits } = circuitsAt();
    const { counts, probe, call } = counted();
    for (let count = 0; count < 200; count++) await errorOf(circuits.run('n', call, access(probe)));
    expect(counts).toEqual({ probes: 0, calls: 1 });
  });

  it('goes on at once with another password, and by itself when the account is accepted again', async () => {
    const { time, circuits, warnings } = circuitsAt();
    await errorOf(circuits.run('n', refusing, access(refusing, { probeProves: true })));
    const accepted = access(async () => undefined, { probeProves: true });
    expect(await codeOf(circuits.run('n', async () => 'answer', accepted))).toBe('node.account-refused');
    expect(await circuits.run('n', async () => 'answer', { ...accepted, credential: 'two' })).toBe('answer');
    await errorOf(circuits.run('n', refusing, { ...accepted, credential: 'two' }));
    time.ms += 60_001;
    expect(await circuits.run('n', async () => 'answer', { ...accepted, credential: 'two' })).toBe('answer');
    await errorOf(circuits.run('n', refusing, { ...accepted, credential: 'two' }));
    expect(warnings).toHaveLength(3);
  });

  it('holds a refusal of the password of before, which comes late, not against the present one', async () => {
    const { circuits, warnings } = circuitsAt();
    const refusal = Promise.withResolvers<never>();
    const probe = async () => undefined;
    const late = errorOf(circuits.run('n', () => refusal.promise, access(probe)));
    const present = access(refusing, { credential: 'two' });
    await errorOf(circuits.run('n', refusing, present));
    refusal.reject(failure('dicomweb.unauthorised', 'node'));
    expect((await late)?.code).toBe('dicomweb.unauthorised');
    expect(await codeOf(circuits.run('n', async () => 'answer', present))).toBe('node.account-refused');
    expect(warnings).toHaveLength(1);
  });

  it('keeps an account that stores apart from one that reads', async () => {
    const { circuits } = circuitsAt();
    await errorOf(
      circuits.run(
        'n',
        refusing,
        access(async () => undefined, { purpose: 'store' }),
      ),
    );
    expect(
      await circuits.run(
        'n',
        async () => 'answer',
        access(async () => undefined),
      ),
    ).toBe('answer');
  });
});
