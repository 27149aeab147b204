import type { Dataset } from '@prelector/dicom';
import { readPart10, stringOf, stringsOf, tags } from '@prelector/dicom';
import type { DicomWebClient } from '@prelector/dicomweb';
import type { ObservedSeries, StudyIdentity } from '@prelector/findings';
import { identityOfDataset, isSourceSeries, readableModality } from '@prelector/findings';
import { PrelectorError } from '@prelector/kernel';
import type { OtherSeries, SeriesCandidate } from '@prelector/models';
import { statedCount } from '@prelector/pipeline';
import { leavesOut, losesValues, mattersIn } from './lost-values.js';
import type { StudyTraits } from './rule-applies.js';
import { shortOfObserved } from './short-of-observed.js';

/** A series as a search named it. */
interface FoundSeries {
  readonly seriesInstanceUid: string;
  readonly modality: string;
  /** Number of Series Related Instances, where it is stated and readable. */
  readonly announcedInstances: number | undefined;
  /** How many instances were seen there when the copy was observed last. */
  readonly observedInstances: number | undefined;
}

/** What came of a series: its instances, unless they are no series to go by, and why they may not be all. */
interface ReadSeries {
  readonly instances: Dataset[] | undefined;
  readonly short?: PrelectorError;
}

/** What a server states of how much there is in a study, and how much it lists. */
interface StudyCounts {
  /** Number of Study Related Series and Instances, where stated and readable. */
  readonly series: number | undefined;
  readonly instances: number | undefined;
  readonly listedSeries: number;
  /** All Numbers of Series Related Instances together; undefined where a series states none. */
  readonly inSeries: number | undefined;
}

function countsOf(answer: Dataset | undefined, listed: readonly Dataset[]): StudyCounts {
  const each = listed.map((series) => statedCount(series, tags.NumberOfSeriesRelatedInstances));
  return {
    series: answer && statedCount(answer, tags.NumberOfStudyRelatedSeries),
    instances: answer && statedCount(answer, tags.NumberOfStudyRelatedInstances),
    listedSeries: new Set(listed.map((series) => stringOf(series, tags.SeriesInstanceUID))).size,
    inSeries: each.includes(undefined) ? undefined : each.reduce<number>((sum, one) => sum + (one ?? 0), 0),
  };
}

/** The source series of a study: modality at once, the metadata of instances when somebody asks for it. */
export class StudyMetadata {
  readonly #metadata = new Map<string, Promise<ReadSeries>>();

  private constructor(
    private readonly client: DicomWebClient,
    private readonly studyInstanceUid: string,
    private readonly answer: Dataset | undefined,
    private readonly series: readonly FoundSeries[],
    private readonly counts: StudyCounts,
    /** Why what the server says of the study is no ground for any decision: less of it than was observed. */
    readonly shortOfObserved: PrelectorError | undefined,
  ) {}

  /**
   * @param ownSeries series that Prelector made, which are no input
   * @param observed the series of this copy as they were observed last
   */
  static async read(
    client: DicomWebClient,
    studyInstanceUid: string,
    ownSeries: ReadonlySet<string>,
    observed: readonly ObservedSeries[],
  ): Promise<StudyMetadata> {
    let answer: Dataset | undefined;
    // Servers need not return it unasked (PS3.18 table 10.6.3-3).
    const query = { studyInstanceUid, includeFields: [tags.StudyDescription] };
    for await (const each of client.searchForStudies(query)) answer ??= each;
    const listed = await client.searchForSeries(studyInstanceUid);
    const series = listed.flatMap((each) => {
      const seriesInstanceUid = stringOf(each, '0020000E');
      const modality = readableModality(stringOf(each, '00080060'));
      return seriesInstanceUid && isSourceSeries({ seriesInstanceUid, modality }, ownSeries)
        ? [
            {
              seriesInstanceUid,
              modality,
              announcedInstances: statedCount(each, tags.NumberOfSeriesRelatedInstances),
              observedInstances: observed.find((seen) => seen.seriesInstanceUid === seriesInstanceUid)
                ?.instances,
            },
          ]
        : [];
    });
    const asked = { client, studyInstanceUid, isFound: answer !== undefined };
    const short = await shortOfObserved(asked, listed, observed);
    return new StudyMetadata(client, studyInstanceUid, answer, series, countsOf(answer, listed), short);
  }

  /** Why the list of series may not be whole: the server counts more in the study than it lists. */
  get shortOfCounts(): PrelectorError | undefined {
    const { series = 0, listedSeries, instances = 0, inSeries } = this.counts;
    if (series > listedSeries)
      return new PrelectorError(
        'selection.series-short',
        'transient',
        `The PACS counts ${series} series in the study and lists ${listedSeries}: its list is not whole yet, or cut short.`,
      );
    if (inSeries === undefined || instances <= inSeries) return undefined;
    return new PrelectorError(
      'selection.instances-short',
      'transient',
      `The PACS counts ${instances} instances in the study and ${inSeries} in its series: its list is not whole yet, or cut short.`,
    );
  }

  traits(procedureCodes: readonly string[]): StudyTraits {
    return {
      modalities: [...new Set(this.series.map((each) => each.modality))],
      studyDescription: this.answer && stringOf(this.answer, tags.StudyDescription),
      procedureCodes: [
        ...procedureCodes,
        ...((this.answer?.['00081032']?.Value ?? []) as Dataset[]).flatMap((item) =>
          stringsOf(item, '00080100'),
        ),
      ],
    };
  }

  /**
   * Candidates of the given modalities, with the metadata of every instance; and apart from them why the others are
   * none yet, or that some may not be whole or not be listed: a series whose metadata are not whole hinders no other.
   */
  async candidates(
    modalities: readonly string[],
  ): Promise<{ candidates: SeriesCandidate[]; short: PrelectorError[] }> {
    const wanted = this.series.filter((each) => modalities.includes(each.modality));
    const read = await Promise.all(
      wanted.map(async (series) => ({ ...series, ...(await this.#instances(series)) })),
    );
    return {
      candidates: read.flatMap(({ seriesInstanceUid, announcedInstances, instances }) =>
        instances ? [{ seriesInstanceUid, announcedInstances, instances }] : [],
      ),
      short: [...read.map(({ short }) => short), this.shortOfCounts].filter((each) => each !== undefined),
    };
  }

  /** Who and what the study is, in the file of one of its instances. */
  async identityIn(seriesInstanceUid: string, sopInstanceUid: string): Promise<StudyIdentity> {
    const { client, studyInstanceUid } = this;
    return identityOfDataset(
      await client.retrieveInstanceHeader(studyInstanceUid, seriesInstanceUid, sopInstanceUid),
    );
  }

  /** The source series of other modalities, which no metadata are asked of. */
  others(modalities: readonly string[]): OtherSeries[] {
    return this.series
      .filter((each) => !modalities.includes(each.modality))
      .map(({ seriesInstanceUid, modality }) => ({ seriesInstanceUid, modality }));
  }

  /** Metadata of a series; where the server has none, or none to rely on, the headers of the files themselves. */
  async #headers({ seriesInstanceUid, modality }: FoundSeries): Promise<Dataset[]> {
    try {
      const metadata = await this.client.retrieveSeriesMetadata(this.studyInstanceUid, seriesInstanceUid);
      if (metadata.some(readAsShiftJis) || (await this.#areBare(seriesInstanceUid, modality, metadata)))
        return await this.#fromFiles(seriesInstanceUid);
      return await this.#withNumbers(seriesInstanceUid, metadata);
    } catch (thrown) {
      if (!(thrown instanceof PrelectorError) || thrown.code !== 'dicomweb.metadata-unsupported')
        throw thrown;
      return this.#fromFiles(seriesInstanceUid);
    }
  }

  /** Whether the metadata leave out what the files state: of the first that lacks something its file is asked. */
  async #areBare(
    seriesInstanceUid: string,
    modality: string,
    metadata: readonly Dataset[],
  ): Promise<boolean> {
    const attributes = mattersIn(modality);
    const bare = metadata.find((each) => leavesOut(each, attributes).length > 0);
    const sopInstanceUid = bare && stringOf(bare, tags.SOPInstanceUID);
    if (!bare || sopInstanceUid === undefined) return false;
    const header = await this.client.retrieveInstanceHeader(
      this.studyInstanceUid,
      seriesInstanceUid,
      sopInstanceUid,
    );
    return leavesOut(header, attributes).length < leavesOut(bare, attributes).length;
  }

  /** The metadata, with the header of the file in place of each that loses numbers which the file holds. */
  async #withNumbers(seriesInstanceUid: string, metadata: readonly Dataset[]): Promise<Dataset[]> {
    const whole: Dataset[] = [];
    for (const each of metadata) {
      const sopInstanceUid = stringOf(each, '00080018');
      const isLost = sopInstanceUid !== undefined && losesValues(each);
      whole.push(
        isLost
          ? await this.client.retrieveInstanceHeader(this.studyInstanceUid, seriesInstanceUid, sopInstanceUid)
          : each,
      );
    }
    return whole;
  }

  async #fromFiles(seriesInstanceUid: string): Promise<Dataset[]> {
    const headers: Dataset[] = [];
    const listed = await this.client.searchForInstances(this.studyInstanceUid, seriesInstanceUid);
    const expected = listed.flatMap((each) => stringOf(each, '00080018') ?? []);
    for await (const { bytes } of this.client.retrieveSeries(this.studyInstanceUid, seriesInstanceUid, {
      expected,
    })) {
      headers.push(readPart10(Uint8Array.from(bytes), { stopBeforePixelData: true }).dataset);
    }
    return headers;
  }

  /** False where the study has more instances by its own count than its series by theirs, or some state none. */
  get #addsUp(): boolean {
    const { instances, inSeries } = this.counts;
    return instances === undefined || (inSeries !== undefined && instances <= inSeries);
  }

  #instances(series: FoundSeries): Promise<ReadSeries> {
    const known = this.#metadata.get(series.seriesInstanceUid);
    if (known) return known;
    const asked = this.#whole(series);
    this.#metadata.set(series.seriesInstanceUid, asked);
    return asked;
  }

  /**
   * The metadata of every instance. A server that describes fewer than it counts, or none, or whose counts of study and
   * series do not add up, may not be done with them: where it lists an instance that it does not describe, or describes
   * none of those it counts, what came is not the series. Where list and metadata agree, both are short or its count is
   * wrong.
   */
  async #whole(series: FoundSeries): Promise<ReadSeries> {
    const { seriesInstanceUid, announcedInstances = 0, observedInstances = 0 } = series;
    const described = await this.#headers(series);
    const count = Math.max(announcedInstances, observedInstances);
    const isCounted = described.length > 0 && described.length >= count && this.#addsUp;
    if (isCounted) return { instances: described };
    const listed = await this.client.searchForInstances(this.studyInstanceUid, seriesInstanceUid);
    const uids = new Set(described.map((each) => stringOf(each, '00080018')));
    const isAllDescribed = listed.every((each) => uids.has(stringOf(each, '00080018')));
    if (isAllDescribed && described.length >= count) return { instances: described };
    if (isAllDescribed && described.length > 0)
      return {
        instances: described,
        short: new PrelectorError(
          'selection.series-overcounted',
          'transient',
          `The PACS counts ${count} instances of series ${seriesInstanceUid}, and lists and describes ${described.length}: its answers are not whole yet, or its count is wrong.`,
        ),
      };
    const short = new PrelectorError(
      'selection.metadata-short',
      'transient',
      `The PACS describes ${described.length} instances of series ${seriesInstanceUid}, and has ${Math.max(count, listed.length)} by its own count: its metadata are not whole yet, or cut short.`,
    );
    return { instances: undefined, short };
  }
}

/**
 * Metadata that state JIS X 0201 (ISO IR 13) as their own character set: Orthanc reads every text of such a
 * file as Shift-JIS, in which the backslash between values is a yen sign, and answers positions and spacings
 * without any value.
 */
function readAsShiftJis(metadata: Dataset): boolean {
  return stringsOf(metadata, '00080005').some((term) => /IR[ _-]?13$/u.test(term));
}

/** How many instances of a series the server describes, read by a model or not. */
export function describedIn(candidates: readonly SeriesCandidate[], seriesInstanceUid: string): number {
  const series = candidates.find((each) => each.seriesInstanceUid === seriesInstanceUid);
  return new Set(series?.instances.map((each) => stringOf(each, tags.SOPInstanceUID))).size;
}
