/** Tags that searching and storing look at. */
export const attribute = {
  studyDate: '00080020',
  accessionNumber: '00080050',
  modality: '00080060',
  modalitiesInStudy: '00080061',
  sopClassUid: '00080016',
  sopInstanceUid: '00080018',
  patientId: '00100020',
  studyInstanceUid: '0020000D',
  seriesInstanceUid: '0020000E',
  numberOfStudyRelatedSeries: '00201206',
  numberOfStudyRelatedInstances: '00201208',
  referencedSopClassUid: '00081150',
  referencedSopInstanceUid: '00081155',
  warningReason: '00081196',
  failureReason: '00081197',
  failedSopSequence: '00081198',
  referencedSopSequence: '00081199',
} as const;

/** Keywords of the query keys, for servers that want them instead of tags. */
export const keyword: Readonly<Record<string, string>> = {
  '00080020': 'StudyDate',
  '00080050': 'AccessionNumber',
  '00080060': 'Modality',
  '00080061': 'ModalitiesInStudy',
  '00080018': 'SOPInstanceUID',
  '00100020': 'PatientID',
  '0020000D': 'StudyInstanceUID',
  '0020000E': 'SeriesInstanceUID',
};
