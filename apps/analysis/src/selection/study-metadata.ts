import type { Dataset } from '@prelector/dicom';
import { stringOf, stringsOf } from '@prelector/dicom';
import type { DicomWebClient } from '@prelector/dicomweb';
import { isSourceSeries, readableModality } from '@prelector/findings';
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

  #instances(seriesInstanceUid: string): Promise<Dataset[]> {
    const known = this.#metadata.get(seriesInstanceUid);
    if (known) return known;
    const asked = this.client.retrieveSeriesMetadata(this.studyInstanceUid, seriesInstanceUid);
    this.#metadata.set(seriesInstanceUid, asked);
    return asked;
  }
}
