import { describe, expect, it } from '@jest/globals';
import { stringOf, stringsOf, tags, type Dataset } from '@prelector/dicom';
import { collect } from './collect.js';
import type { DicomWebClient } from './dicomweb-client.js';
import type { DateRange, QidoQuery } from './query.js';
import { failureOf, SERIES, sendJson, STUDY, testNodes, type Handler } from './test-node.testing.js';

const serve = testNodes();

interface StudyFacts {
  uid: string;
  date?: string;
  patient?: string;
  accession?: string;
  modalities?: string[];
}

const asJson = ({ uid, date, patient, accession, modalities }: StudyFacts) => ({
  '0020000D': { vr: 'UI', Value: [uid] },
  ...(date === undefined ? {} : { '00080020': { vr: 'DA', Value: [date] } }),
  ...(patient === undefined ? {} : { '00100020': { vr: 'LO', Value: [patient] } }),
  ...(accession === undefined ? {} : { '00080050': { vr: 'SH', Value: [accession] } }),
  ...(modalities === undefined ? {} : { '00080061': { vr: 'CS', Value: modalities } }),
});

/** A server that pages as the standard says, over a list that ignores every key. */
function pagesOf(studies: StudyFacts[], cap = Infinity): Handler {
  return ({ url }, response) => {
    const offset = Number(url.searchParams.get('offset'));
    const limit = Math.min(Number(url.searchParams.get('limit')), cap);
    sendJson(response, studies.slice(offset, offset + limit).map(asJson));
  };
}

const many = (count: number): StudyFacts[] =>
  Array.from({ length: count }, (_, index) => ({ uid: `1.${index}`, date: '20260101' }));
const ALL: QidoQuery = { studyDate: { from: '20260101', to: '20260101' } };
const uidsOf = (found: Parameters<typeof stringsOf>[0][]) =>
  found.flatMap((study) => stringsOf(study, tags.StudyInstanceUID));

describe('paging', () => {
  it.each([0, 1, 99, 100, 101, 250])('reads all of %i studies', async (count) => {
    const node = await serve(pagesOf(many(count)));
    expect(uidsOf(await collect(node.client().searchForStudies(ALL)))).toEqual(
      many(count).map(({ uid }) => uid),
    );
  });

  it('goes on behind a page that the server capped in silence', async () => {
    const node = await serve(pagesOf(many(30), 12));
    expect(await collect(node.client().searchForStudies(ALL))).toHaveLength(30);
  });

  it('gives a study once for each patient under whom the server lists it', async () => {
    const twice = [
      { uid: STUDY, date: '20260101', patient: 'A' },
      { uid: STUDY, date: '20260101', patient: 'B' },
      { uid: STUDY, date: '20260101', patient: 'B' },
    ];
    const node = await serve(pagesOf(twice));
    for (const query of [ALL, { studyInstanceUid: STUDY }]) {
      const found = await collect(node.client().searchForStudies(query));
      expect(found.map((study) => stringOf(study, tags.PatientID))).toEqual(['A', 'B']);
    }
  });

  it('asks no further after an empty first page', async () => {
    const node = await serve(pagesOf([]));
    await collect(node.client().searchForStudies(ALL));
    expect(node.seen).toHaveLength(1);
  });

  it('stops at a short page only where the profile knows the page size, and not when a Warning says more', async () => {
    const paging = { qido: { paging: { stop: 'short-page' as const } } };
    const node = await serve(pagesOf(many(30)));
    expect(await collect(node.client(paging).searchForStudies(ALL))).toHaveLength(30);
    expect(node.seen).toHaveLength(1);
    const warning = { warning: 'Warning: 299 {+service}: There are 18 additional results' };
    const capped = await serve((seen, response, turn) => {
      if (turn === 1) response.setHeader('warning', warning.warning);
      pagesOf(many(30), 12)(seen, response, turn);
    });
    expect((await collect(capped.client(paging).searchForStudies(ALL))).length).toBeGreaterThan(12);
  });

  it('gives a study once when the list shifts, and none is lost where pages overlap', async () => {
    const studies = many(150);
    const node = await serve((seen, response, turn) => {
      const shifted = turn === 1 ? studies : [{ uid: '2.1', date: '20260101' }, ...studies];
      pagesOf(shifted)(seen, response, turn);
    });
    const found = uidsOf(await collect(node.client().searchForStudies(ALL)));
    expect(new Set(found).size).toBe(found.length);
    expect(found).toHaveLength(150);
    const removing = await serve((seen, response, turn) => {
      pagesOf(turn === 1 ? studies : studies.slice(3))(seen, response, turn);
    });
    const overlapping = removing.client({ qido: { paging: { overlap: 5 } } });
    expect(await collect(overlapping.searchForStudies(ALL))).toHaveLength(150);
  });

  it('says when the server repeats a full page, instead of ending in silence', async () => {
    const node = await serve((_seen, response) => sendJson(response, many(100).map(asJson)));
    const error = await failureOf(collect(node.client().searchForStudies(ALL)));
    expect(error.code).toBe('dicomweb.paging-ignored');
  });

  it('ends when the server gives everything at once, whatever was asked', async () => {
    const node = await serve((_seen, response) => sendJson(response, many(130).map(asJson)));
    expect(await collect(node.client().searchForStudies(ALL))).toHaveLength(130);
  });

  it('ends with the study whose UID was asked, and goes on where the server ignores the key', async () => {
    const node = await serve(pagesOf([{ uid: STUDY }]));
    expect(await collect(node.client().searchForStudies({ studyInstanceUid: STUDY }))).toHaveLength(1);
    expect(node.seen).toHaveLength(1);
    const ignoring = await serve(pagesOf([...many(120), { uid: STUDY }]));
    expect(await collect(ignoring.client().searchForStudies({ studyInstanceUid: STUDY }))).toHaveLength(1);
    expect(ignoring.seen).toHaveLength(2);
  });

  it('ends after the matches that were wanted', async () => {
    const node = await serve(pagesOf(many(30)));
    expect(await collect(node.client().searchForStudies({ limit: 7 }))).toHaveLength(7);
    expect(node.seen[0]?.url.search).toBe('?limit=7&offset=0');
  });
});

describe('too many matches', () => {
  const daily: StudyFacts[] = Array.from({ length: 31 }, (_, index) => ({
    uid: `1.${index}`,
    date: `202601${String(index + 1).padStart(2, '0')}`,
  }));
  const inRange = (range: string) => {
    const [from = '', to = ''] = range.split('-');
    return daily.filter(({ date = '' }) => date >= from && date <= to);
  };

  it('halve the range of dates until the server answers', async () => {
    const node = await serve((seen, response, turn) => {
      const hits = inRange(seen.url.searchParams.get('00080020') ?? '');
      if (hits.length > 5) response.writeHead(413).end('too many');
      else pagesOf(hits)(seen, response, turn);
    });
    const found = await collect(
      node.client().searchForStudies({ studyDate: { from: '20260101', to: '20260131' } }),
    );
    expect(uidsOf(found).sort()).toEqual(daily.map(({ uid }) => uid).sort());
  });

  it('are noticed by the number the profile gives', async () => {
    const node = await serve((seen, response, turn) => {
      pagesOf(inRange(seen.url.searchParams.get('00080020') ?? '').slice(0, 10))(seen, response, turn);
    });
    const client = node.client({ qido: { paging: { maxTotal: 10 } } });
    const found = await collect(client.searchForStudies({ studyDate: { from: '20260101', to: '20260131' } }));
    expect(new Set(uidsOf(found)).size).toBe(31);
    expect(found).toHaveLength(31);
  });

  it('of one day are an error', async () => {
    const node = await serve((_seen, response) => response.writeHead(413).end());
    const found = collect(node.client().searchForStudies({ studyDate: '20260101' }));
    expect((await failureOf(found)).code).toBe('dicomweb.too-many-matches');
  });
});

describe('a server that gives no further pages', () => {
  const daily = (perDay: number): StudyFacts[] =>
    Array.from({ length: 8 * perDay }, (_, index) => ({
      uid: `1.${index}`,
      date: `2026010${1 + Math.floor(index / perDay)}`,
    }));
  const week: QidoQuery = { studyDate: { from: '20260101', to: '20260108' } };
  /** Ignores offset and caps in silence. */
  const capped =
    (studies: readonly StudyFacts[], cap: number): Handler =>
    ({ url }, response) => {
      const [from = '', to = from] = (url.searchParams.get('00080020') ?? '').split('-');
      const hits = studies.filter(({ date = '' }) => date >= from && date <= to);
      sendJson(response, hits.slice(0, cap).map(asJson));
    };

  it('is asked for less at a time, until all is there', async () => {
    const node = await serve(capped(daily(3), 5));
    const found = await collect(node.client().searchForStudies(week));
    expect(new Set(uidsOf(found)).size).toBe(24);
    expect(found).toHaveLength(24);
  });

  it('is told to have cut its answer short where one day is as full as the whole was', async () => {
    const node = await serve(capped(daily(7), 5));
    const error = await failureOf(collect(node.client().searchForStudies(week)));
    expect(error.code).toBe('dicomweb.search-cut-short');
  });

  /** The same, of one day, by Study Time where that is a key of the server. */
  const cappedDay =
    (times: readonly string[], cap: number, key: 'taken' | 'ignored' | 'refused'): Handler =>
    ({ url }, response) => {
      const time = url.searchParams.get('00080030');
      if (time !== null && key === 'refused') return void response.writeHead(400).end();
      const [from = '', to = '999999'] = (key === 'taken' ? time : null)?.split('-') ?? [];
      const hits = times.flatMap((at, index) =>
        at >= from && at <= to
          ? [{ ...asJson({ uid: `1.${index}`, date: '20260101' }), '00080030': { vr: 'TM', Value: [at] } }]
          : [],
      );
      return sendJson(response, hits.slice(0, cap));
    };
  const hourly = Array.from({ length: 24 }, (_, hour) => `${String(hour).padStart(2, '0')}1530`);

  it.each([
    ['over the day', hourly],
    [
      'in the morning',
      hourly.slice(8, 12).flatMap((at) => [at, at.replace('1530', '4530'), `${at.slice(0, 2)}0000`]),
    ],
  ])('is told to have cut its answer of one day short, where the studies lie %s', async (_where, times) => {
    const node = await serve(cappedDay(times, 5, 'taken'));
    const found: Dataset[] = [];
    const read = async () => {
      for await (const each of node.client().searchForStudies(ALL)) found.push(each);
    };
    expect((await failureOf(read())).code).toBe('dicomweb.search-cut-short');
    expect(found.length).toBeGreaterThan(5);
  });

  it('is told to give too many of one day, whatever it gives of a part of it', async () => {
    const node = await serve((seen, response, turn) => {
      if (seen.url.searchParams.has('00080030')) cappedDay(hourly, 1000, 'taken')(seen, response, turn);
      else response.writeHead(413).end();
    });
    const error = await failureOf(collect(node.client().searchForStudies(ALL)));
    expect(error.code).toBe('dicomweb.too-many-matches');
  });

  it('is told to have cut its answer short where a quarter of an hour is as full as the whole day was', async () => {
    const times = [
      ...hourly,
      ...Array.from({ length: 9 }, (_, minute) => `1015${String(minute).padStart(2, '0')}`),
    ];
    const node = await serve(cappedDay(times, 5, 'taken'));
    const error = await failureOf(collect(node.client().searchForStudies(ALL)));
    expect(error.code).toBe('dicomweb.search-cut-short');
  });

  it.each([
    ['few of a day', hourly.slice(9, 12), 'taken' as const],
    ['a server that ignores Study Time', hourly, 'ignored' as const],
    ['a server that refuses Study Time', hourly, 'refused' as const],
  ])('is believed with %s, after a bounded number of requests', async (_what, times, key) => {
    const node = await serve(cappedDay(times, 1000, key));
    expect(await collect(node.client().searchForStudies(ALL))).toHaveLength(times.length);
    expect(node.seen.length).toBeLessThan(40);
  });

  it('is told to have cut its answer short where the studies of a day state no time', async () => {
    const timeless: Handler = (seen, response) => {
      if (seen.url.searchParams.has('00080030')) return sendJson(response, []);
      return capped(daily(13), 10)(seen, response, 1);
    };
    const node = await serve(timeless);
    const error = await failureOf(collect(node.client().searchForStudies(week)));
    expect(error.code).toBe('dicomweb.search-cut-short');
  });

  it('is asked for fewer days where it takes a limit and ignores the offset', async () => {
    const limited: Handler = (seen, response) =>
      capped(daily(40), Number(seen.url.searchParams.get('limit')))(seen, response, 1);
    const node = await serve(limited);
    expect(await collect(node.client().searchForStudies(week))).toHaveLength(320);
  });

  it('is believed where less at a time brings nothing more', async () => {
    const node = await serve(capped(daily(3), 1000));
    expect(await collect(node.client().searchForStudies(week))).toHaveLength(24);
  });

  it.each([
    ['a total', { 'x-total-count': '30' }],
    ['a Warning', { warning: '299 pacs "There are 18 additional results that can be requested"' }],
  ])('is told to have cut its answer short where %s says so', async (_what, headers) => {
    const node = await serve((seen, response) => {
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      pagesOf(many(12))(seen, response, 1);
    });
    const error = await failureOf(collect(node.client().searchForStudies(ALL)));
    expect(error.code).toBe('dicomweb.search-cut-short');
  });

  it('is read on after 206', async () => {
    const node = await serve(({ url }, response, turn) => {
      const offset = Number(url.searchParams.get('offset'));
      sendJson(
        response,
        many(12)
          .slice(offset, offset + 7)
          .map(asJson),
        turn === 1 ? 206 : 200,
      );
    });
    expect(await collect(node.client().searchForStudies(ALL))).toHaveLength(12);
  });
});

describe('a key for a server that does not decode', () => {
  it.each([
    ['A 1', 'A?1'],
    ['A/1', 'A/1'],
    ['A&B=c+d%20#é', 'A?B=c?d*20?*'],
    ['F,4', 'F?4'],
    ['F_18%', 'F_18*'],
    ['straße15', 'stra*e15'],
    ["~.-_!$'(),;:@", '~.-_!$?()?;:@'],
  ])('%j stands in the query as %j, and only what was meant is taken', async (accessionNumber, expected) => {
    const node = await serve(
      pagesOf([
        { uid: '1.1', accession: accessionNumber },
        { uid: '1.2', accession: expected.replaceAll(/[?*]/gu, 'X') + 'Y' },
      ]),
    );
    const client = node.client({ qido: { keyEncoding: 'literal' } });
    expect(uidsOf(await collect(client.searchForStudies({ accessionNumber })))).toEqual(['1.1']);
    expect(node.seen[0]?.url.search).toContain(`00080050=${expected}&`);
  });
});

describe('a number with characters beyond ASCII', () => {
  const answers = pagesOf([
    { uid: '1.1', accession: '39' },
    { uid: '1.2', accession: 'Ł39' },
    { uid: '1.3', accession: '139' },
  ]);

  it('is asked for by a wildcard where searches may lose them, and taken by what is left of it', async () => {
    const node = await serve(answers);
    const found = await collect(node.client().searchForStudies({ accessionNumber: 'Ł39' }));
    expect(uidsOf(found)).toEqual(['1.1', '1.2']);
    expect(node.seen[0]?.url.searchParams.get('00080050')).toBe('*39');
  });

  it('is asked for as it is where they lose none', async () => {
    const node = await serve(answers);
    const client = node.client({ qido: { text: 'exact' } });
    expect(uidsOf(await collect(client.searchForStudies({ accessionNumber: 'Ł39' })))).toEqual(['1.2']);
    expect(node.seen[0]?.url.searchParams.get('00080050')).toBe('Ł39');
  });

  it.each(['日本', 'Ł3', '%'])(
    'is not asked for where hardly anything is left: %s',
    async (accessionNumber) => {
      const node = await serve(answers);
      const client = node.client({ qido: { keyEncoding: 'literal' } });
      const error = await failureOf(collect(client.searchForStudies({ accessionNumber })));
      expect(error.code).toBe('dicomweb.invalid-key');
      expect(node.seen).toHaveLength(0);
    },
  );
});

describe('an empty answer', () => {
  it.each<[string, Handler]>([
    ['204', (_seen, response) => response.writeHead(204).end()],
    ['an empty list', (_seen, response) => sendJson(response, [])],
    ['an empty object', (_seen, response) => sendJson(response, {})],
  ])('as %s is no match', async (_what, handler) => {
    const node = await serve(handler);
    expect(await collect(node.client().searchForStudies(ALL))).toEqual([]);
  });

  it('as 404 is one only where the profile says so', async () => {
    const node = await serve((_seen, response) => response.writeHead(404).end());
    expect((await failureOf(collect(node.client().searchForStudies(ALL)))).code).toBe('dicomweb.not-found');
    const client = node.client({ qido: { notFoundIsEmpty: true } });
    expect(await collect(client.searchForStudies(ALL))).toEqual([]);
  });
});

describe('200 without a body', () => {
  const ways: [string, (client: DicomWebClient) => Promise<unknown>][] = [
    ['a search for studies', (client) => collect(client.searchForStudies(ALL))],
    ['a search for series', (client) => client.searchForSeries('1.2')],
    ['a search for instances', (client) => client.searchForInstances('1.2')],
    ['metadata', (client) => client.retrieveStudyMetadata('1.2')],
  ];
  const bodies: [string, string][] = [
    ['nothing', ''],
    ['blanks', ' \r\n'],
  ];
  const all = ways.flatMap(([what, ask]) => bodies.map(([how, body]) => ({ what, how, ask, body })));

  it.each(all)('is no answer to $what, with $how for a body', async ({ ask, body }) => {
    const node = await serve((_seen, response) => response.writeHead(200).end(body));
    const error = await failureOf(ask(node.client()));
    expect(error).toMatchObject({ code: 'dicomweb.empty-answer', recovery: 'transient' });
    expect(error.message).toContain('emptyBodyIsEmpty');
  });

  it.each(all)('is no match to $what where the profile says so', async ({ ask, body }) => {
    const node = await serve((_seen, response) => response.writeHead(200).end(body));
    expect(await ask(node.client({ qido: { emptyBodyIsEmpty: true } }))).toEqual([]);
  });

  it('after a first page is not the end of the matches', async () => {
    const page = Array.from({ length: 100 }, (_, index) => ({
      '0020000D': { vr: 'UI', Value: [`1.${index}`] },
    }));
    const node = await serve((_seen, response, turn) =>
      turn === 1 ? sendJson(response, page) : response.writeHead(200).end(),
    );
    const error = await failureOf(collect(node.client().searchForStudies(ALL)));
    expect(error.code).toBe('dicomweb.empty-answer');
  });
});

describe('what was not asked for', () => {
  const studies: StudyFacts[] = [
    { uid: '1.1', date: '20260101', patient: 'A', accession: 'X', modalities: ['CT'] },
    { uid: '1.2', date: '20260102', patient: 'B ', accession: 'Y', modalities: ['MR', 'SR'] },
    { uid: '1.3', date: '2026.01.03', patient: 'a', modalities: ['CT,SR'] },
    { uid: '1.4' },
  ];

  it.each<[QidoQuery, string[]]>([
    [{ studyInstanceUid: '1.2' }, ['1.2']],
    [{ patientId: 'B' }, ['1.2']],
    [{ patientId: 'A' }, ['1.1']],
    [{ accessionNumber: 'Y' }, ['1.2']],
    [{ studyDate: '20260102' }, ['1.2', '1.4']],
    [{ studyDate: { from: '20260102', to: '20260103' } }, ['1.2', '1.3', '1.4']],
    [{ studyDate: { from: '20260103' } }, ['1.3', '1.4']],
    [{ studyDate: { to: '20260101' } }, ['1.1', '1.4']],
    [{ modalitiesInStudy: ['CT'], limit: 9 }, ['1.1', '1.3', '1.4']],
    [{ modalitiesInStudy: ['MR', 'US'], limit: 9 }, ['1.2', '1.4']],
    [{ accessionNumber: 'X', patientId: 'B' }, []],
  ])('is dropped: %j', async (query, expected) => {
    const node = await serve(pagesOf(studies));
    expect(uidsOf(await collect(node.client().searchForStudies(query)))).toEqual(expected);
  });

  it.each<[string, QidoQuery]>([
    ['an accession number', { accessionNumber: 'Z' }],
    ['an accession number that is among it', { accessionNumber: 'X' }],
    ['a patient', { patientId: 'Z' }],
    ['a study', { studyInstanceUid: '1.9' }],
  ])('is no answer where it is all that a server gives, asked for %s', async (_what, query) => {
    const node = await serve((_seen, response) => sendJson(response, studies.map(asJson)));
    const error = await failureOf(collect(node.client().searchForStudies(query)));
    expect(error).toMatchObject({ code: 'dicomweb.keys-ignored', recovery: 'transient', scope: 'study' });
  });

  it('is dropped where a server that does not page matches loosely', async () => {
    const node = await serve(({ url }, response) => {
      const asked = url.searchParams.get('00080050') ?? '';
      const loose = [
        { uid: '1.1', accession: `${asked}1` },
        { uid: '1.2', accession: asked },
      ];
      sendJson(response, asked.startsWith('X') ? loose.map(asJson) : []);
    });
    const found = await collect(node.client().searchForStudies({ accessionNumber: 'X' }));
    expect(uidsOf(found)).toEqual(['1.2']);
  });

  it('lets a server that heeds no key be tried by the search for what is nowhere', async () => {
    const node = await serve((_seen, response) => sendJson(response, studies.map(asJson)));
    const search = node.client().searchForStudies({ studyInstanceUid: '2.25.0', limit: 1 });
    expect(await collect(search)).toEqual([]);
  });

  it('is dropped among series and instances too', async () => {
    const level = (study: string, series: string) => ({
      '0020000D': { vr: 'UI', Value: [study] },
      '0020000E': { vr: 'UI', Value: [series] },
      '00080018': { vr: 'UI', Value: [`${series}.1`] },
    });
    const mixed = [level(STUDY, SERIES), level(STUDY, '1.9'), level('9.9', '9.9.1')];
    const node = await serve(({ url }, response) => {
      sendJson(response, url.searchParams.get('offset') === '0' ? mixed : []);
    });
    const client = node.client();
    expect(await client.searchForSeries(STUDY)).toHaveLength(2);
    expect(await client.searchForSeries(STUDY, { seriesInstanceUid: SERIES })).toHaveLength(1);
    expect(await client.searchForInstances(STUDY)).toHaveLength(2);
    expect(await client.searchForInstances(STUDY, SERIES)).toHaveLength(1);
    expect(await client.searchForInstances(STUDY, SERIES, { sopInstanceUid: '1.8' })).toHaveLength(0);
  });
});

describe('keys', () => {
  it('become what the profile’s server takes', async () => {
    const node = await serve((_seen, response) => sendJson(response, []));
    const client = node.client({
      qido: {
        keyStyle: 'keyword',
        dateRange: 'open',
        includefield: 'repeat',
        modalitiesInStudy: { match: 'single', returned: 'includefield' },
        studyCounts: 'includefield',
      },
    });
    const query = { patientId: 'a+b&c=d é', studyDate: { from: '20260101' }, modalitiesInStudy: ['CT'] };
    await collect(client.searchForStudies({ ...query, includeFields: ['00100021'] }));
    expect(node.seen[0]?.url.search).toBe(
      '?PatientID=a%2Bb%26c%3Dd%20*&StudyDate=20260101-&ModalitiesInStudy=CT&includefield=00100021' +
        '&includefield=00080061&includefield=00201206&includefield=00201208&limit=100&offset=0',
    );
  });

  it.each<['single' | 'closed' | 'none', string | DateRange, (string | null)[]]>([
    ['closed', { from: '20260101' }, ['20260101-99991231']],
    ['closed', '20260101', ['20260101']],
    ['single', { from: '20251231', to: '20260102' }, ['20251231', '20260101', '20260102']],
    ['none', { from: '20260101', to: '20260102' }, [null]],
  ])('of dates on a server with %s matching: %j', async (dateRange, studyDate, expected) => {
    const node = await serve((_seen, response) => sendJson(response, []));
    await collect(node.client({ qido: { dateRange } }).searchForStudies({ studyDate }));
    expect(node.seen.map(({ url }) => url.searchParams.get('00080020'))).toEqual(expected);
  });

  it.each<[string, QidoQuery]>([
    ['no key', {}],
    ['an empty accession', { accessionNumber: '' }],
    ['a blank accession', { accessionNumber: '  ' }],
    ['a wildcard', { accessionNumber: '*' }],
    ['a single wildcard', { patientId: 'A?' }],
    ['a list', { patientId: 'A\\B' }],
    ['a line break', { patientId: 'A\nB' }],
    ['a long value', { patientId: 'A'.repeat(65) }],
    ['a UID with letters', { studyInstanceUid: '1.2.x' }],
    ['an empty UID', { studyInstanceUid: '' }],
    ['a path as UID', { studyInstanceUid: '../1' }],
    ['a date that is none', { studyDate: '2026-01-01' }],
    ['a range without ends', { studyDate: {} }],
    ['a range from behind', { studyDate: { from: '20260102', to: '20260101' } }],
    ['a modality wildcard', { modalitiesInStudy: ['C*'], limit: 1 }],
    ['an includefield that is no tag', { limit: 1, includeFields: ['all&x=1'] }],
  ])('that could match more are refused before anything is sent: %s', async (_what, query) => {
    const node = await serve((_seen, response) => sendJson(response, []));
    const client = node.client({ qido: { includefield: 'comma' } });
    expect((await failureOf(collect(client.searchForStudies(query)))).code).toBe('dicomweb.invalid-key');
    expect(node.seen).toHaveLength(0);
  });

  it('in a path are UIDs or nothing', async () => {
    const node = await serve((_seen, response) => sendJson(response, []));
    const client = node.client();
    for (const uid of ['', '..', '1/2', '1%2F2', 'x']) {
      expect((await failureOf(client.searchForSeries(uid))).code).toBe('dicomweb.invalid-key');
      expect((await failureOf(client.retrieveSeriesMetadata(STUDY, uid))).code).toBe('dicomweb.invalid-key');
      expect((await failureOf(client.retrieveInstance(STUDY, SERIES, uid))).code).toBe(
        'dicomweb.invalid-key',
      );
      expect((await failureOf(client.storeInstances(uid, [instance]))).code).toBe('dicomweb.invalid-key');
    }
    expect(node.seen).toHaveLength(0);
  });
});

const instance = { sopClassUid: '1.2', sopInstanceUid: '1.2.3', bytes: Buffer.from('x') };
