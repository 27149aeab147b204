import { buildDataset, codeItem, stringOf, tags, type Dataset } from '@prelector/dicom';

import { modelDeviceUid } from './algorithm.js';
import { concepts } from './concepts.js';
import { templateSequence } from './content-item.js';
import { copiedAttributes } from './copied-attributes.js';
import type { Place, ResultInput } from './evidence-input.js';
import type { EvidenceForm, FormInput } from './forms/evidence-form.js';
import { dicomTime, documentOffset } from './local-time.js';
import { shortText } from './short-text.js';
import { evidenceSequence, predecessorSequence } from './source-references.js';

/** What differs between the forms of a report in its header. */
type DocumentForm = Pick<EvidenceForm, 'sopClassUid' | 'templateId'>;

/** The offset in which a document's own times are written. */
export function offsetOfDocument(input: ResultInput): string {
  const stated = input.sourceTimezoneOffset ?? stringOf(input.source, tags.TimezoneOffsetFromUTC);
  return documentOffset(stated, input.timeZone, input.analysisStartedAt);
}

/** General Equipment (PS3.3 C.7.5.1): the worker, not the scanner. */
function equipment({ installation }: ResultInput): Dataset {
  return buildDataset({
    Manufacturer: shortText(installation.manufacturer),
    ManufacturerModelName: shortText(installation.modelName),
    DeviceSerialNumber: shortText(installation.id),
    SoftwareVersions: shortText(installation.softwareVersions),
    InstitutionName: installation.institution ? shortText(installation.institution) : undefined,
  });
}

/** Contributing Equipment (PS3.3 C.12.1.1.5): the algorithm and its regulatory status, as IHE AIR asks. */
function contributingEquipment({ model, analysisStartedAt }: ResultInput, offset: string): Dataset {
  const at = dicomTime(analysisStartedAt, offset);
  return buildDataset({
    ContributingEquipmentSequence: [
      buildDataset({
        Manufacturer: shortText(model.manufacturer),
        ManufacturerModelName: shortText(model.name),
        DeviceUID: modelDeviceUid(model),
        SoftwareVersions: shortText(model.version),
        ContributionDateTime: `${at.date}${at.time}${offset}`,
        ContributionDescription: shortText(
          `AI, not reviewed. ${model.regulatoryStatus}. Package ${model.digest}`,
          1024,
        ),
        PurposeOfReferenceCodeSequence: [codeItem(concepts.processingEquipment)],
      }),
    ],
  });
}

/** SR Document Series (PS3.3 C.17.1), repeated unchanged in every instance of the series. */
function seriesAttributes({ series }: Place, offset: string): Dataset {
  const created = dicomTime(series.createdAt, offset);
  return buildDataset({
    Modality: 'SR',
    SeriesInstanceUID: series.seriesInstanceUid,
    SeriesNumber: series.seriesNumber,
    SeriesDescription: series.seriesDescription,
    SeriesDate: created.date,
    SeriesTime: created.time,
    ReferencedPerformedProcedureStepSequence: [],
  });
}

/** SR Document General (PS3.3 C.17.2): complete in content, verified by nobody, preliminary. */
function documentAttributes(input: FormInput, form: DocumentForm, offset: string): Dataset {
  const studyInstanceUid = stringOf(input.source, tags.StudyInstanceUID) ?? '';
  const content = dicomTime(input.analysisStartedAt, offset);
  const created = dicomTime(input.completedAt, offset);
  const evidence = evidenceSequence(studyInstanceUid, input.findings.series);
  const { instanceNumber, predecessor } = input.place;
  return buildDataset({
    SpecificCharacterSet: 'ISO_IR 192',
    TimezoneOffsetFromUTC: offset,
    SOPClassUID: form.sopClassUid,
    InstanceCreationDate: created.date,
    InstanceCreationTime: created.time,
    InstanceNumber: instanceNumber,
    ContentDate: content.date,
    ContentTime: content.time,
    CompletionFlag: 'COMPLETE',
    VerificationFlag: 'UNVERIFIED',
    PreliminaryFlag: 'PRELIMINARY',
    PerformedProcedureCodeSequence: [],
    CurrentRequestedProcedureEvidenceSequence: evidence.length > 0 ? evidence : undefined,
    PredecessorDocumentsSequence: predecessor
      ? predecessorSequence(studyInstanceUid, predecessor)
      : undefined,
    ContentTemplateSequence: templateSequence(form.templateId),
  });
}

/**
 * Everything of a report but its content and its SOP Instance UID. Content Date and Time are the start of
 * the analysis (IHE AIR 6.5.3), Instance Creation its end.
 */
export function documentHeader(input: FormInput, form: DocumentForm): Dataset {
  const offset = offsetOfDocument(input);
  return {
    ...copiedAttributes(input.source),
    ...equipment(input),
    ...contributingEquipment(input, offset),
    ...seriesAttributes(input.place, offset),
    ...documentAttributes(input, form, offset),
  };
}
