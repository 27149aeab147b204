import type { Dataset } from '@prelector/dicom';
import { readPart10, stringOf, stringsOf } from '@prelector/dicom';
import type { DicomWebClient } from '@prelector/dicomweb';
import { isSourceSeries, readableModality } from '@prelector/findings';
import { PrelectorError } from '@prelector/kernel';
import type { SeriesCandidate } from '@prelector/models';
import type { StudyTraits } from './rule-applies.js';

/** The source series of a study: modality at once, the metadata of instances when somebody asks for it. */
export class StudyMetadata {
  readonly #metadata = new Map<string, Promise<Dataset[]>>();

  private constructor(
    private readonly client: DicomWebClient,
    private readonly studyInstanceUid: string,
    private readonly answer: Dataset | undefined,
    private readonly series: readonly { seriesInstanceUid: string; modality: string }[],
  ) {}

  /** @param ownSeries series that Prelector made, which are no input */
  static async read(
    client: DicomWebClient,
    studyInstanceUid: string,
    ownSeries: ReadonlySet<string>,
  ): Promise<StudyMetadata> {
    let answer: Dataset | undefined;
    for await (const each of client.searchForStudies({ studyInstanceUid })) answer ??= each;
    const series = (await client.searchForSeries(studyInstanceUid)).flatMap((each) => {
      const seriesInstanceUid = stringOf(each, '0020000E');
      const modality = readableModality(stringOf(each, '00080060'));
      return seriesInstanceUid && isSourceSeries({ seriesInstanceUid, modality }, ownSeries)
        ? [{ seriesInstanceUid, modality }]
        : [];
    });
    return new StudyMetadata(client, studyInstanceUid, answer, series);
  }

  traits(procedureCodes: readonly string[]): StudyTraits {
    return {
      modalities: [...new Set(this.series.map((each) => each.modality))],
      studyDescription: this.answer && stringOf(this.answer, '00081030'),
      procedureCodes: [
        ...procedureCodes,
        ...((this.answer?.['00081032']?.Value ?? []) as Dataset[]).flatMap((item) =>
          stringsOf(item, '00080100'),
        ),
      ],
    };
  }

  /** Candidates of the given modalities, with the metadata of every instance. */
  async candidates(modalities: readonly string[]): Promise<SeriesCandidate[]> {
    const wanted = this.series.filter((each) => modalities.includes(each.modality));
    return Promise.all(
      wanted.map(async ({ seriesInstanceUid }) => ({
        seriesInstanceUid,
        instances: await this.#instances(seriesInstanceUid),
      })),
    );
  }

  /** Metadata of a series; where the server has no such service, the headers of the instances themselves. */
  async #headers(seriesInstanceUid: string): Promise<Dataset[]> {
    try {
      return await this.client.retrieveSeriesMetadata(this.studyInstanceUid, seriesInstanceUid);
    } catch (thrown) {
      if (!(thrown instanceof PrelectorError) || thrown.code !== 'dicomweb.metadata-unsupported')
        throw thrown;
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
  }

  #instances(seriesInstanceUid: string): Promise<Dataset[]> {
    const known = this.#metadata.get(seriesInstanceUid);
    if (known) return known;
    const asked = this.#headers(seriesInstanceUid);
    this.#metadata.set(seriesInstanceUid, asked);
    return asked;
  }
}
