import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A study as this archive states it: images and derived objects are series of their own. */
export interface ArchivedStudy {
  readonly studyInstanceUid: string;
  readonly patientId: string;
  readonly issuerOfPatientId?: string;
  readonly accessionNumber?: string;
  readonly issuerOfAccessionNumber?: string;
  readonly birthDate?: string;
  readonly sex?: string;
  readonly studyDate: string;
  readonly studyTime?: string;
  /** Instances by modality, a series each. */
  readonly series: Readonly<Record<string, number>>;
}

type Json = Record<string, { vr: string; Value?: unknown[] }>;

const text = (vr: string, value: unknown) => ({ vr, ...(value === undefined ? {} : { Value: [value] }) });

/** An archive in memory that is searched over real HTTP: what a test of orders and polls asks of one. */
export class SearchArchive {
  readonly studies = new Map<string, ArchivedStudy>();
  /** Queries it was asked, without the root. */
  readonly asked: string[] = [];
  isAway = false;
  /** Whether it answers such a query with an error. */
  refuses: (query: string) => boolean = () => false;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  static async start(): Promise<SearchArchive> {
    const archive = new SearchArchive();
    await new Promise<void>((resolve) => archive.#server.listen(0, '127.0.0.1', resolve));
    return archive;
  }

  get root(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/dicom-web`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  put(study: ArchivedStudy): void {
    this.studies.set(study.studyInstanceUid, study);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', this.root);
    this.asked.push(`${url.pathname.replace('/dicom-web', '')}${url.search}`);
    if (this.isAway || this.refuses(url.search)) {
      response.writeHead(400).end();
      return;
    }
    const [, uid] = /studies\/([0-9.]+)\/series$/u.exec(url.pathname) ?? [];
    const hits = uid === undefined ? this.#search(url.searchParams) : this.#seriesOf(uid);
    const start = Number(url.searchParams.get('offset') ?? 0);
    const page = hits.slice(start);
    response.writeHead(page.length > 0 ? 200 : 204, { 'content-type': 'application/dicom+json' });
    response.end(page.length > 0 ? JSON.stringify(page) : undefined);
  }

  #search(query: URLSearchParams): Json[] {
    const key = (tag: string, keyword: string) => query.get(tag) ?? query.get(keyword) ?? undefined;
    const uid = key('0020000D', 'StudyInstanceUID');
    const accession = key('00080050', 'AccessionNumber');
    const [from, to] = (key('00080020', 'StudyDate') ?? '').split('-');
    return [...this.studies.values()]
      .filter(
        (study) =>
          (uid === undefined || study.studyInstanceUid === uid) &&
          (accession === undefined || study.accessionNumber === accession) &&
          (!from || study.studyDate >= from) &&
          (!from || study.studyDate <= (to ?? from)),
      )
      .map((study) => this.#studyLevel(study));
  }

  #studyLevel(study: ArchivedStudy): Json {
    const issuer = study.issuerOfAccessionNumber;
    return {
      '0020000D': text('UI', study.studyInstanceUid),
      '00080020': text('DA', study.studyDate),
      '00080030': text('TM', study.studyTime ?? '080000'),
      '00080050': text('SH', study.accessionNumber),
      ...(issuer ? { '00080051': { vr: 'SQ', Value: [{ '00400031': text('UT', issuer) }] } } : {}),
      '00080061': { vr: 'CS', Value: Object.keys(study.series) },
      '00100020': text('LO', study.patientId),
      '00100021': text('LO', study.issuerOfPatientId),
      '00100030': text('DA', study.birthDate),
      '00100040': text('CS', study.sex),
      '00201206': text('IS', Object.keys(study.series).length),
      '00201208': text(
        'IS',
        Object.values(study.series).reduce((sum, count) => sum + count, 0),
      ),
    };
  }

  #seriesOf(uid: string): Json[] {
    return Object.entries(this.studies.get(uid)?.series ?? {}).map(([modality, count], index) => ({
      '0020000D': text('UI', uid),
      '0020000E': text('UI', `${uid}.${index + 1}`),
      '00080060': text('CS', modality),
      '00201209': text('IS', count),
    }));
  }
}
