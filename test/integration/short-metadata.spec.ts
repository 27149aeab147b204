import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUid } from '@prelector/dicom';
import { Interleaving } from '../system/interleaving.testing.js';
import { makePhantom } from '../system/phantom.testing.js';

let play: Interleaving;
beforeAll(async () => {
  play = await Interleaving.start();
}, 60_000);
beforeEach(() => play.afresh(), 60_000);
afterAll(() => play?.stop(), 60_000);

describe.each([
  { what: 'no instance at all', keep: 0 },
  { what: 'half of the instances', keep: 0.5 },
])('a server whose metadata describe $what at first', ({ keep }) => {
  it('is asked again, and nothing is measured of a part', async () => {
    let answers = 0;
    play.pacs.gate.disturb(({ path }) => {
      if (!/\/series\/[^/]+\/metadata$/u.test(path) || (answers += 1) > 2) return undefined;
      return {
        changeAnswer: (body) => {
          const whole = JSON.parse(body.toString()) as unknown[];
          return Buffer.from(JSON.stringify(whole.slice(0, Math.floor(whole.length * keep))));
        },
      };
    });
    const { studyInstanceUid } = await play.announced();
    await play.installation.storyWhen(studyInstanceUid, 'the cause is told', ({ openSteps }) =>
      openSteps.some(({ reason }) => /its metadata are not whole yet, or cut short/u.test(reason ?? '')),
    );
    const story = await play.hastenedUntil(studyInstanceUid, 'all of it is measured', ({ runs }) =>
      runs.some(({ outcome }) => outcome === 'measured'),
    );
    expect(story.runs).toHaveLength(1);
    expect(answers).toBeGreaterThan(2);
  }, 120_000);
});

describe('a series whose metadata stay short', () => {
  const cut = (series: string | undefined) =>
    play.pacs.gate.disturb(({ path }) => {
      const isIts = series === undefined || path.includes(`/series/${series}/`);
      if (!isIts || !path.endsWith('/metadata')) return undefined;
      return {
        changeAnswer: (body) =>
          Buffer.from(JSON.stringify((JSON.parse(body.toString()) as unknown[]).slice(1))),
      };
    });

  it('is told to a person where no other fits', async () => {
    cut(undefined);
    const { studyInstanceUid } = await play.announced();
    const story = await play.hastenedUntil(studyInstanceUid, 'it is given up', ({ openSteps }) =>
      openSteps.some(({ step, state }) => step === 'select' && state === 'dead'),
    );
    expect(story.runs).toEqual([]);
    expect((await play.letters()).map(({ code }) => code)).toContain('selection.metadata-short');
  }, 120_000);

  it('hinders no other of its study, and is named', async () => {
    const studyUid = randomUid();
    const same = { studyUid, patientId: 'SHORT-1', accession: 'SHORT-1' };
    const study = await makePhantom(same);
    const other = await makePhantom({ ...same, seriesUid: randomUid(), slices: 24 });
    expect(other.instances[0]?.sopInstanceUid).not.toBe(study.instances[0]?.sopInstanceUid);
    await play.pacs.push(other);
    cut(other.seriesInstanceUid);
    await play.announced(study);
    const story = await play.hastenedUntil(studyUid, 'the other is measured', ({ runs }) =>
      runs.some(({ outcome }) => outcome === 'measured'),
    );
    expect(story.runs).toHaveLength(1);
  }, 120_000);

  it('is found out where the server states no count of the series', async () => {
    play.pacs.gate.disturb(({ path }) => {
      if (/\/series(?:\?|$)/u.test(path)) return { changeAnswer: uncounted };
      if (!path.endsWith('/metadata')) return undefined;
      return {
        changeAnswer: (body) =>
          Buffer.from(JSON.stringify((JSON.parse(body.toString()) as unknown[]).slice(3))),
      };
    });
    const { studyInstanceUid } = await play.announced();
    const story = await play.hastenedUntil(studyInstanceUid, 'it is given up', ({ openSteps }) =>
      openSteps.some(({ step, state }) => step === 'select' && state === 'dead'),
    );
    expect(story.runs).toEqual([]);
  }, 120_000);
});

type Answered = Record<string, { Value?: unknown[] }>;
const changed = (change: (answers: Answered[]) => object[]) => ({
  changeAnswer: (body: Buffer) =>
    Buffer.from(JSON.stringify(change(JSON.parse(body.toString()) as Answered[]))),
});
const numbered = (tag: string, value: unknown) =>
  changed((answers) => answers.map((each) => ({ ...each, [tag]: { vr: 'IS', Value: [value] } })));
const without = (sopInstanceUid: string | undefined) =>
  changed((answers) => answers.filter((each) => each['00080018']?.Value?.[0] !== sopInstanceUid));

describe('a series whose metadata are short, and its count as well', () => {
  it('is found out by the count of the study, and the list', async () => {
    const study = await makePhantom();
    const last = study.instances.at(-1)?.sopInstanceUid;
    play.pacs.gate.disturb(({ path }) => {
      if (/\/series(?:\?|$)/u.test(path)) return numbered('00201209', study.instances.length - 1);
      return path.endsWith('/metadata') ? without(last) : undefined;
    });
    const { studyInstanceUid } = await play.announced(study);
    const story = await play.hastenedUntil(studyInstanceUid, 'it is given up', ({ openSteps }) =>
      openSteps.some(({ step, state }) => step === 'select' && state === 'dead'),
    );
    expect(story.runs).toEqual([]);
    expect((await play.letters()).map(({ code }) => code)).toContain('selection.metadata-short');
  }, 120_000);

  it('is found out by the files where list and counts agree with the metadata', async () => {
    const study = await makePhantom();
    const last = study.instances.at(-1)?.sopInstanceUid;
    play.pacs.gate.disturb(({ path }) => {
      if (path.startsWith('/studies?')) return numbered('00201208', study.instances.length - 1);
      if (/\/series(?:\?|$)/u.test(path)) return numbered('00201209', study.instances.length - 1);
      return /\/metadata$|\/instances(?:\?|$)/u.test(path) ? without(last) : undefined;
    });
    const { studyInstanceUid } = await play.announced(study);
    const story = await play.hastenedUntil(studyInstanceUid, 'it is given up', ({ runs }) =>
      runs.some(({ state }) => state === 'dead'),
    );
    expect(story.deliveries).toEqual([]);
    expect((await play.letters()).map(({ code }) => code)).toContain('run.instances-undescribed');
  }, 120_000);
});

describe('a series of which another image comes between selection and run', () => {
  it('is selected from anew, and the run of before gives way without a letter', async () => {
    const study = await makePhantom();
    const { studyInstanceUid } = study;
    const last = study.instances.at(-1)?.sopInstanceUid;
    play.pacs.gate.disturb(({ path }) => {
      if (path.startsWith('/studies?')) return numbered('00201208', study.instances.length - 1);
      if (/\/series(?:\?|$)/u.test(path)) return numbered('00201209', study.instances.length - 1);
      return /\/metadata$|\/instances(?:\?|$)/u.test(path) ? without(last) : undefined;
    });
    await play.announced(study);
    await play.installation.storyWhen(studyInstanceUid, 'the run meets the image', ({ openSteps }) =>
      openSteps.some(({ step, reason }) => step === 'run' && /more images of the series/u.test(reason ?? '')),
    );
    play.pacs.gate.calm();
    const story = await play.hastenedUntil(
      studyInstanceUid,
      'all of it is measured',
      ({ runs, openSteps }) => runs.some(({ state }) => state === 'done') && openSteps.length === 0,
    );
    const [newer, before, ...others] = story.runs;
    expect(others).toEqual([]);
    expect(newer).toMatchObject({ outcome: 'measured', selection: { slices: study.instances.length } });
    expect(before).toMatchObject({ state: 'cancelled', stateReason: expect.stringContaining('took over') });
    expect((await play.letters()).filter(({ rowId }) => rowId === before?.id)).toEqual([]);
  }, 120_000);
});

describe('a server whose counts', () => {
  it.each([0, -1, 4.5, 1e308])(
    'of a series are %p is asked for the list',
    async (count) => {
      play.pacs.gate.disturb(({ path }) =>
        /\/series(?:\?|$)/u.test(path) ? numbered('00201209', count) : undefined,
      );
      const { studyInstanceUid } = await play.announced();
      const story = await play.hastenedUntil(studyInstanceUid, 'it is measured', ({ runs }) =>
        runs.some(({ outcome }) => outcome === 'measured'),
      );
      expect(story.runs).toHaveLength(1);
    },
    120_000,
  );

  it('say more series than it lists is asked again, and that is said of what it gives', async () => {
    play.pacs.gate.disturb(({ path }) =>
      path.startsWith('/studies?') ? numbered('00201206', 2) : undefined,
    );
    const { studyInstanceUid } = await play.announced();
    await play.installation.storyWhen(studyInstanceUid, 'the cause is told', ({ openSteps }) =>
      openSteps.some(({ reason }) => /counts 2 series in the study and lists 1/u.test(reason ?? '')),
    );
    await play.hastenedUntil(studyInstanceUid, 'it is measured', ({ runs }) =>
      runs.some(({ outcome }) => outcome === 'measured'),
    );
    const [run] = await play.installation.rows<{ notes: string[] }>(
      `SELECT selection->'notes' AS notes FROM run r JOIN study s ON s.id = r.study_id WHERE s.study_instance_uid = $1`,
      [studyInstanceUid],
    );
    expect(run?.notes.join()).toMatch(/counts 2 series in the study and lists 1/u);
  }, 120_000);
});

const uncounted = changeSeries(({ '00201209': _count, ...series }) => series);

function changeSeries(change: (series: Record<string, unknown>) => object) {
  return (body: Buffer) =>
    Buffer.from(JSON.stringify((JSON.parse(body.toString()) as Record<string, unknown>[]).map(change)));
}

describe('metadata that leave out what the files state', () => {
  it('are not taken for what is absent: the files are read', async () => {
    play.pacs.gate.disturb(({ path }) =>
      path.endsWith('/metadata')
        ? { changeAnswer: changeSeries(({ '00281053': _slope, '00281052': _intercept, ...rest }) => rest) }
        : undefined,
    );
    const { studyInstanceUid } = await play.announced();
    await play.hastenedUntil(studyInstanceUid, 'it is measured', ({ runs }) =>
      runs.some(({ outcome }) => outcome === 'measured'),
    );
  }, 120_000);
});

describe('metadata that state another value than the files', () => {
  it.each([
    { attribute: 'Rescale Intercept', change: { '00281052': { vr: 'DS', Value: [0] } } },
    { attribute: 'Photometric Interpretation', change: { '00280004': { vr: 'CS', Value: ['MONOCHROME1'] } } },
  ])(
    'in $attribute bring no number',
    async ({ attribute, change }) => {
      play.pacs.gate.disturb(({ path }) =>
        path.endsWith('/metadata')
          ? { changeAnswer: changeSeries((instance) => ({ ...instance, ...change })) }
          : undefined,
      );
      const { studyInstanceUid } = await play.announced();
      const story = await play.hastenedUntil(studyInstanceUid, 'the run is given up', ({ openSteps }) =>
        openSteps.some(({ step, state }) => step === 'run' && state === 'dead'),
      );
      expect(story.runs.map(({ outcome }) => outcome)).toEqual([null]);
      const [letter] = await play.letters();
      expect(letter).toMatchObject({
        code: 'run.images-differ',
        reason: expect.stringContaining(`(${attribute} (`),
      });
    },
    120_000,
  );
});
