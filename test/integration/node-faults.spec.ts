import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { PrelectorError } from '@prelector/kernel';
import { NodeCircuits, SharedRefusals, askRefusingNodeAgain } from '@prelector/pipeline';
import type { StudyStory } from '@prelector/ledger';
import { readStatus, statusLines } from '../../apps/prelector/src/commands/status.js';
import { storyLines, storyOf } from '../../apps/prelector/src/commands/study.js';
import { TestInstallation, siteOf } from '../system/installation.testing.js';
import { makePhantom } from '../system/phantom.testing.js';
import { TestPacs } from '../system/test-pacs.testing.js';
import { until } from '../system/until.testing.js';

describe('a PACS node that is slow, or does not let us in', () => {
  let pacs: TestPacs;
  let other: TestPacs;
  let locked: TestPacs;
  let installation: TestInstallation;

  beforeAll(async () => {
    pacs = await TestPacs.startSimulator();
    other = await TestPacs.startSimulator();
    locked = await TestPacs.startSimulator();
    installation = await TestInstallation.start();
  }, 60_000);

  afterEach(() => {
    pacs.gate.calm();
    other.gate.calm();
    locked.gate.calm();
  });

  afterAll(async () => {
    await installation?.stop();
    await pacs?.stop();
    await other?.stop();
    await locked?.stop();
  }, 60_000);

  /** As if every pause before a next attempt were over. */
  const hasten = async () => {
    await installation.rows(`UPDATE outbox SET due_at = now() WHERE due_at > now()`);
    await installation.rows(`SELECT pg_notify('prelector_outbox', '')`);
  };
  const statusText = async () => statusLines(await readStatus(installation.resources)).join('\n');

  it('is polled without another waiting for it', async () => {
    const [mine] = siteOf({ pacs, poll: true, state: 'off' }, installation.hl7Port).nodes;
    const site = siteOf({ pacs: other, poll: true, state: 'off' }, installation.hl7Port);
    const hung = pacs.gate.hold(/^\/?studies\?/u);
    await installation.apply({
      ...site,
      nodes: [{ ...mine, name: 'hangs' }, ...site.nodes] as typeof site.nodes,
    });
    await hung.reached;
    const before = other.gate.seen('GET', 'studies?00080020=').length;
    await until('the other node is polled twice more', async () =>
      other.gate.seen('GET', 'studies?00080020=').length >= before + 2 ? true : undefined,
    );
    const study = await makePhantom();
    await other.push(study);
    const found = await installation.storyWhen(
      study.studyInstanceUid,
      'the other node has found a study',
      ({ study: { state } }) => state === 'complete',
    );
    expect(found.study.state).toBe('complete');
    expect(await statusText()).not.toContain('POLL FAILS');
    hung.letGo();
  }, 120_000);

  it('is asked once with a wrong password by all steps of all processes, says so, and goes on with the right one', async () => {
    const file = join(installation.folder, 'password');
    await writeFile(file, 'wrong');
    const auth = { kind: 'basic', username: 'prelector', password: `file:${file}` };
    const header = (password: string) => `Basic ${Buffer.from(`prelector:${password}`).toString('base64')}`;
    locked.gate.disturb(({ authorization }) =>
      authorization === header('right') ? undefined : { answer: { status: 401 } },
    );
    const asked = () => locked.gate.requests.length;
    const before = asked();
    await installation.configure({ pacs: locked, state: 'off', poll: true, node: { auth } });
    const study = await makePhantom();
    for (let count = 0; count < 8; count++) {
      const identity = { ...study.identity, accessionNumber: `${study.identity.accessionNumber}${count}` };
      expect(await installation.tell({ identity })).toBe('AA');
    }
    expect(await installation.tell({ identity: study.identity })).toBe('AA');
    await until('every order waits for the node', async () => {
      const [row] = await installation.rows<{ waiting: number; others: number }>(
        `SELECT count(s.id)::int AS waiting, (count(*) - count(s.id))::int AS others FROM study_order o
         LEFT JOIN step s ON s.row_id = o.id AND s.step = 'resolve'
           AND s.reason LIKE '%The PACS refused our credentials%'
         WHERE o.state = 'announced'`,
      );
      return row && row.waiting > 0 && row.others === 0 ? true : undefined;
    });
    expect(asked() - before).toBe(1);
    const told = await until('a poll has failed, too', async () => {
      const text = await statusText();
      return text.includes('POLL FAILS') ? text : undefined;
    });
    expect(told).toMatch(/REFUSED +pacs: The PACS refused our credentials; correct them at the node\./u);
    expect(told).toMatch(/POLL FAILS: The PACS refused our credentials/u);
    const log = await installation.log();
    expect(log.match(/refuses our account and is asked ever more seldom/gu)).toHaveLength(1);
    expect(log).not.toContain('wrong');
    expect(told).toMatch(/To read, once, at 20/u);

    const polls = async () => {
      const [row] = await installation.rows<{ fence: string }>(
        `SELECT w.fence FROM poll_window w JOIN pacs_node n ON n.id = w.node_id WHERE n.name = 'pacs'`,
      );
      return Number(row?.fence);
    };
    const then = await polls();
    await until('it is due several times more', async () => ((await polls()) > then + 2 ? true : undefined));
    const failing = (await installation.log()).split('\n').filter((line) => line.includes('polls fail'));
    expect(failing.filter((line) => line.includes('"node":"pacs"'))).toHaveLength(1);

    await locked.push(study);
    const sent = asked();
    await writeFile(file, 'right');
    await installation.storyWhen(
      study.studyInstanceUid,
      'the study is found with the right password',
      ({ study: { state } }) => state === 'complete',
    );
    const later = locked.gate.requests.slice(sent).map(({ authorization }) => authorization);
    expect(new Set(later)).toEqual(new Set([header('right')]));
    await until('the next poll has passed', async () =>
      /REFUSED|POLL FAILS/u.test(await statusText()) ? undefined : true,
    );
  }, 180_000);

  it('is not asked by a second process with the password that a first was refused with', async () => {
    const { ledger } = installation.resources;
    const [node] = await installation.rows<{ id: string }>(`SELECT id FROM pacs_node WHERE name = 'pacs'`);
    const processOf = () => new NodeCircuits({ refusals: new SharedRefusals(ledger) });
    const [first, second] = [processOf(), processOf()];
    let asked = 0;
    const call = () => {
      asked += 1;
      return Promise.reject(
        new PrelectorError('dicomweb.unauthorised', 'permanent', 'no', { scope: 'node' }),
      );
    };
    const access = { purpose: 'store', credential: 'a digest', probe: call, probeProves: false } as const;
    const id = node?.id ?? '';
    await expect(first.run(id, call, access)).rejects.toMatchObject({ code: 'dicomweb.unauthorised' });
    await expect(second.run(id, call, access)).rejects.toMatchObject({ code: 'node.account-refused' });
    await expect(first.run(id, call, access)).rejects.toMatchObject({ code: 'node.account-refused' });
    expect(asked).toBe(1);
    const changed = { ...access, credential: 'another digest' };
    await expect(second.run(id, call, changed)).rejects.toMatchObject({ code: 'dicomweb.unauthorised' });
    expect(await second.run(id, async () => 'answer', { ...access, credential: 'a third' })).toBe('answer');
    const kept = await installation.rows<{ credential: string }>('SELECT credential FROM node_refusal');
    expect(JSON.stringify(kept)).not.toContain('digest');
  });

  it('is asked again at once when a person says so', async () => {
    const { ledger } = installation.resources;
    const file = join(installation.folder, 'password');
    await writeFile(file, 'changed');
    const stop = locked.gate.disturb(() => ({ answer: { status: 401 } }));
    const refused = () => installation.rows<{ refusals: number }>('SELECT refusals FROM node_refusal');
    await until('the poll is refused', async () => ((await refused()).length > 0 ? true : undefined));
    stop();
    expect(await askRefusingNodeAgain(ledger, 'pacs', 'person:pat', 'account unlocked')).toBe(true);
    const polled = locked.gate.seen('GET', 'studies?00080020=').length;
    await until('the node is polled again', async () =>
      locked.gate.seen('GET', 'studies?00080020=').length > polled ? true : undefined,
    );
    expect(await refused()).toEqual([]);
    expect(await askRefusingNodeAgain(ledger, 'pacs', 'person:pat', 'again')).toBe(false);
    await expect(askRefusingNodeAgain(ledger, 'nowhere', 'person:pat', 'x')).rejects.toMatchObject({
      code: 'retry.node-unknown',
    });
  }, 120_000);

  it('leaves the true cause of each attempt in the story', async () => {
    await installation.configure({ pacs: other });
    let refused = 0;
    const stop = other.gate.disturb(({ method, path }) => {
      if (method !== 'GET' || !/\/series\/[\d.]+(?:\/instances\/[\d.]+)?$/u.test(path)) return undefined;
      refused += 1;
      return { answer: { status: 503 } };
    });
    const study = await makePhantom();
    await other.push(study);
    expect(await installation.tell({ identity: study.identity })).toBe('AA');
    const { studyInstanceUid: uid } = study;
    const putOff = (count: number) => (story: StudyStory) =>
      story.entries.filter(({ what }) => /^run attempt \d+ deferred$/u.test(what)).length >= count;
    const hastened = (what: string, condition: (story: StudyStory) => boolean) =>
      until(what, async () => {
        await hasten();
        const story = await installation.story(uid);
        return story && condition(story) ? story : undefined;
      });
    await hastened('the run was put off twice', putOff(2));
    expect(refused).toBeGreaterThan(0);
    stop();
    await hastened('the run is done', ({ runs }) => runs.some(({ state }) => state === 'done'));
    const told = storyLines(await storyOf(installation.resources, uid)).join('\n');
    expect(told).toMatch(/run attempts? 1 .*deferred.*: .*503/u);
    expect(told).toMatch(/run moved to pending: .*503/u);
    expect(told).not.toContain('without an answer');
  }, 120_000);
});
